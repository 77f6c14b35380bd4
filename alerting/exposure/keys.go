package exposure

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// keyed is who a value of a condition key stands for, fixed where the key is one by which S3 calls a statement
// non-public; known is false for a key that says nothing of who calls. Keys that S3's page does not name but
// that limit who in reality are told with their reach and not fixed.
func (s scene) keyed(op Operator, key, v string) (w who, known bool) {
	switch key {
	case "aws:principalorgid":
		return s.organization(v, "aws:ResourceOrgID"), true
	case "aws:principalorgpaths":
		org, _, _ := strings.Cut(v, "/")
		return s.organization(org, ""), true
	case "aws:principalaccount", "s3:dataaccesspointaccount":
		return s.accountValue(key, v), !s.point || key == "aws:principalaccount"
	case "aws:principalarn":
		return s.arnValue(op, v), true
	case "aws:userid":
		return s.userID(v), true
	case "aws:sourcearn":
		id, ok := arnAccount(v, op.arn())
		return s.service(id, ok || !wild(v) || ofBucket(v)), true
	case "aws:sourceaccount", "aws:sourceowner":
		if strings.EqualFold(v, "${aws:ResourceAccount}") {
			return who{reach: Service, trust: own, fixed: true}, true
		}
		return s.service(v, isAccount(v)), true
	case "aws:sourcevpc", "aws:sourcevpce":
		if wild(v) {
			return who{reach: AnyVPC, note: "the VPC is not fixed (wildcard or variable)"}, true
		}
		return who{reach: VPC, trust: own, fixed: true, to: named(VPC, v)}, true
	case "s3:dataaccesspointarn":
		if s.point {
			return who{}, false // it names the access point itself: always true
		}
		return s.pointARN(op, v), true
	case "s3:x-amz-server-side-encryption-aws-kms-key-id":
		return s.encryptionKey(op, v), true
	}
	return s.unlisted(key, v)
}

// unlisted are the keys S3's page does not name, which are still no limit by the letter.
func (s scene) unlisted(key, v string) (w who, known bool) {
	switch {
	case key == "aws:sourceorgid", key == "aws:sourceorgpaths":
		org, _, _ := strings.Cut(v, "/")
		w = s.serviceFor(s.organization(org, "aws:ResourceOrgID"))
		w.fixed = false
		if w.trust == uncertain {
			w.floor = max(w.floor, alert.Low)
		}
	case key == "aws:principalservicename":
		w = who{reach: Service, trust: uncertain, floor: alert.Low, to: named(Service, v)}
	case key == "aws:vpceaccount", key == "aws:vpceorgid", key == "aws:vpceorgpaths", key == "aws:ec2instancesourcevpc":
		w = who{reach: VPC, trust: uncertain, floor: alert.Low}
		if wild(v) {
			w = who{reach: AnyVPC}
		}
	case key == "kms:calleraccount":
		w = s.accountValue(key, v)
	case key == "aws:username", strings.HasPrefix(key, "aws:principaltag/"), strings.HasPrefix(key, "aws:calledvia"), key == "s3:authtype",
		key == "aws:principaltype" && !strings.EqualFold(v, "Anonymous") && !wild(v):
		return who{reach: AnyAWS, note: key + " can be set by callers in any account"}, true
	case strings.HasSuffix(key, ":aud"), strings.HasSuffix(key, ":sub"), strings.HasSuffix(key, ":amr"), strings.HasSuffix(key, ":app_id"):
		w = who{reach: AnyAWS, most: alert.Medium}
		if wild(v) {
			w.most = 0
		}
		return w, true
	default:
		return everyone(), false
	}
	w.note = key + " is not on S3's list of condition keys that limit public access"
	return w, true
}

func (s scene) organization(id, ownVariable string) who {
	if ownVariable != "" && strings.EqualFold(id, "${"+ownVariable+"}") {
		return who{reach: Organization, trust: own, fixed: true}
	}
	if wild(id) {
		return who{reach: AnyAWS, note: "the organization is not fixed (wildcard or variable)"}
	}
	return s.ofOrganization(id)
}

func (s scene) accountValue(key, id string) who {
	if key == "aws:principalaccount" && strings.EqualFold(id, "${aws:ResourceAccount}") {
		return who{reach: SameAccount, trust: own, fixed: true}
	}
	if wild(id) {
		return who{reach: AnyAWS, note: "the account is not fixed (wildcard or variable)"}
	}
	w := s.ofAccount(id)
	if key == "s3:dataaccesspointaccount" {
		w = delegated(w)
	}
	return w
}

// arnValue is who an ARN of callers stands for.
func (s scene) arnValue(op Operator, arn string) who {
	if account, ok := arnAccount(arn, op.arn()); ok {
		return s.ofAccount(account)
	}
	if wild(arn) {
		return who{reach: AnyAWS, note: "the account is not fixed (wildcard or variable)"}
	}
	return who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, arn)}
}

// userID is who an aws:userid stands for: an account's root, a unique id, a unique id with a session's name.
// The key is present in every request, those without credentials included.
func (s scene) userID(v string) who {
	switch id, _, _ := strings.Cut(v, ":"); {
	case isAccount(v):
		return s.ofAccount(v)
	case !wild(v), uniqueID(id):
		return who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, v)}
	case variable(v), covers(strings.ToLower(v), "anonymous"):
		return everyone()
	default:
		return who{reach: AnyAWS, note: "the user ID is not fixed (wildcard or variable)"}
	}
}

// service is what AWS services do on behalf of an account, which is not told where they do it for a resource whose ARN
// names none; fixed tells whether it is a named one.
func (s scene) service(account string, fixed bool) who {
	switch {
	case !fixed:
		return s.serviceFor(who{reach: AnyAWS})
	case !isAccount(account):
		return who{reach: Service, trust: uncertain, fixed: true}
	default:
		return s.serviceFor(s.ofAccount(account))
	}
}

// serviceFor is what AWS services do on behalf of others. Whoever has an account can have most of them read or write
// in their own name, so that is worth as much as an access of those others.
func (s scene) serviceFor(others who) who {
	if others.reach.open() {
		return who{reach: Service, floor: alert.Medium, note: "any AWS customer can make the service call this bucket", to: named(AnyAWS, "any AWS account")}
	}
	w := who{reach: Service, trust: others.trust, fixed: others.fixed, to: others.to}
	if w.trust == stranger {
		w.floor = alert.Medium
	}
	return w
}

// ofBucket reports whether an ARN pattern names one bucket, of whatever region and account: names of buckets are taken
// once in the world.
func ofBucket(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[2] == "s3" && parts[5] != "" && !wild(parts[5])
}

// pointARN is who comes through the access points an ARN names.
func (s scene) pointARN(op Operator, arn string) who {
	account, ok := arnAccount(arn, op.arn())
	if !ok {
		return who{reach: AnyAWS, note: "anyone who creates an access point for this bucket has access"}
	}
	return delegated(s.ofAccount(account))
}

// delegated leaves the decision to the access points of an account, whose own policies are judged apart.
func delegated(w who) who {
	if w.trust == uncertain {
		w.reach, w.trust = SameAccount, own
	}
	return w
}

// encryptionKey is who may write with a KMS key: those its own policy lets use it.
func (s scene) encryptionKey(op Operator, arn string) who {
	if account, ok := arnAccount(arn, op.arn()); ok {
		w := s.ofAccount(account)
		w.floor = alert.Low
		return w
	}
	if wild(arn) {
		return who{reach: AnyAWS, note: "the KMS key is not fixed (wildcard or variable)"}
	}
	return who{reach: CrossAccount, trust: uncertain, fixed: true, floor: alert.Low, to: named(CrossAccount, arn)}
}
