package exposure

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// allowed is who is let in by a condition of an Allow.
func (s scene) allowed(c Condition) who {
	key := strings.ToLower(c.Key)
	op, ok := ParseOperator(c.Operator)
	switch {
	case !ok:
		return who{reach: Internet, note: fmt.Sprintf("unknown condition operator %q", clip(c.Operator))}
	case op.Negated:
		return who{reach: Internet, note: fmt.Sprintf("%s on %s excludes almost no one", clip(c.Operator), clip(c.Key))}
	case op.IfExists && key != "aws:userid":
		return who{reach: Internet, note: fmt.Sprintf("%s also matches callers without %s", c.Operator, clip(c.Key))}
	case op.ForAll:
		return who{reach: Internet, note: fmt.Sprintf("ForAllValues also matches callers without %s", clip(c.Key))}
	case op.Base == "Null":
		return present(key, c.Values, "false")
	case op.Base == "Bool":
		return boolean(key, c.Values, "true")
	default:
		return s.compared(op, key, c)
	}
}

// spared is who is left by a condition of a Deny: those for whom it is not true.
func (s scene) spared(c Condition) who {
	key := strings.ToLower(c.Key)
	op, ok := ParseOperator(c.Operator)
	switch {
	case !ok, op.ForAny:
		return everyone()
	case op.Base == "Null" && !op.ForAll:
		return present(key, c.Values, "true")
	case op.Base == "Bool" && !op.ForAll:
		if !op.IfExists && unsigned(key) {
			return everyone() // what is absent is not false: callers without credentials are not refused
		}
		return boolean(key, c.Values, "false")
	case op.Negated:
		return s.compared(op, key, c)
	default:
		return everyone()
	}
}

// compared is who a comparison of a key with values lets in.
func (s scene) compared(op Operator, key string, c Condition) who {
	if !op.compares() || len(c.Values) == 0 {
		return everyone()
	}
	if op.Base == "IpAddress" && key == "aws:vpcsourceip" {
		return who{reach: AnyVPC, note: "any VPC can use these private addresses"}
	}
	if key == "aws:sourceip" {
		if op.arn() {
			return everyone()
		}
		return addresses(c.Values)
	}
	var out who
	for i, v := range c.Values {
		w := s.value(op, key, v)
		if i == 0 {
			out = w
		} else {
			out = union(out, w)
		}
	}
	if c.Number {
		out.floor = max(out.floor, alert.Low)
		out.note = "the value is a number; leading zeros may be missing"
	}
	return out
}

// value is who one value of a key lets in.
func (s scene) value(op Operator, key, v string) who {
	if strings.ContainsAny(v, "*?") && !variable(v) && !op.patterns() {
		return who{reach: Nobody, floor: alert.Low, note: clip(op.Base) + " compares a wildcard literally, so it matches no one; S3 may still treat the policy as public"}
	}
	w, known := s.keyed(op, key, v)
	if !known {
		return everyone()
	}
	if wild(v) && !nameOnly(key, v, s.point) {
		if w.fixed {
			w.note = "the value has a wildcard or variable, so S3 does not treat it as fixed"
		}
		w.fixed = false
	}
	return w
}

// nameOnly reports whether a value is an access point ARN with wildcards in the access point's name alone,
// which S3 takes for fixed in a bucket's policy.
func nameOnly(key, v string, point bool) bool {
	if key != "s3:dataaccesspointarn" || point || variable(v) {
		return false
	}
	parts := strings.SplitN(v, ":", 6)
	return len(parts) == 6 && isAccount(parts[4]) && !wild(strings.Join(parts[:5], ":")) && strings.HasPrefix(parts[5], "accesspoint/")
}

// present is who has the key at all, where a Null condition asks for it.
func present(key string, values []string, when string) who {
	if len(values) == 0 {
		return everyone()
	}
	for _, v := range values {
		if !strings.EqualFold(v, when) {
			return everyone()
		}
	}
	switch {
	case key == "aws:sourcevpc", key == "aws:sourcevpce", key == "aws:vpcsourceip", strings.HasPrefix(key, "aws:vpce"):
		return who{reach: AnyVPC, note: "it only requires that the call comes through any VPC"}
	case key == "aws:sourcearn", key == "aws:sourceaccount", key == "aws:sourceowner", strings.HasPrefix(key, "aws:sourceorg"):
		return who{reach: Service, floor: alert.Medium, note: "it only requires that any AWS service makes the call"}
	case strings.HasPrefix(key, "aws:principalorg"), key == "aws:principalarn", key == "aws:principalaccount",
		key == "aws:username", strings.HasPrefix(key, "aws:principaltag/"), key == "s3:authtype", key == "s3:dataaccesspointarn",
		key == "aws:calledvia", key == "aws:tokenissuetime":
		return who{reach: AnyAWS, note: "it only requires that the caller has an AWS account"}
	default:
		return everyone()
	}
}

// unsigned reports whether requests without credentials lack the key.
func unsigned(key string) bool {
	return key == "aws:principalisawsservice" || key == "aws:multifactorauthpresent"
}

// boolean is who is left where a Bool condition asks for the value.
func boolean(key string, values []string, when string) who {
	if len(values) == 0 {
		return everyone()
	}
	for _, v := range values {
		// Asking for true, and refusing what is false, leave the same callers.
		if !strings.EqualFold(v, when) {
			return everyone()
		}
	}
	switch key {
	case "aws:principalisawsservice":
		return who{reach: Service, trust: uncertain, floor: alert.Low, note: "aws:PrincipalIsAWSService is not on S3's list of condition keys that limit public access"}
	case "elasticfilesystem:accessedviamounttarget":
		return who{reach: VPC, trust: own, fixed: true}
	case "aws:multifactorauthpresent", "aws:viaawsservice":
		return who{reach: AnyAWS, note: "callers in any AWS account can satisfy it"}
	default:
		return everyone()
	}
}
