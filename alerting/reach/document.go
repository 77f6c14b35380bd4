package reach

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// The kinds of documents and gates, as answers name them.
const (
	kindIdentity   = "identity-policy"
	kindBucket     = "bucket-policy"
	kindPoint      = "access-point"
	kindTrust      = "trust-policy"
	kindACL        = "acl"
	kindOwner      = "owner"
	kindBoundary   = "boundary"
	kindSCP        = "scp"
	kindRCP        = "rcp"
	kindKMS        = "kms"
	kindBlock      = "public-access-block"
	kindOwnership  = "ownership"
	kindNone       = "none"
	kindDocument   = "document"
	session        = "session-name"  // the condition that the session has one name
	otherAccount   = "other-account" // the condition that the other account's own policies allow it
	currentVersion = "2012-10-17"    // the version that knows policy variables
)

// document is one policy, or the reason why it cannot be judged.
type document struct {
	kind, name string
	fault      string // empty if it can be judged
	policy     *exposure.Policy
	statements []statement
}

// statement is one statement, made ready to be matched.
type statement struct {
	*exposure.Statement
	name       string   // its Sid, or its index from 0
	actions    []string // in lower case
	conditions []condition
	variables  bool // ${…} is filled in
}

// condition is one key of one operator.
type condition struct {
	exposure.Condition
	op   exposure.Operator
	key  string // in lower case
	name string // as AWS writes it
}

// gap is the document as one that was not read.
func (d *document) gap() gap {
	return gap{d.kind, d.name, d.fault}
}

// because names a statement of the document.
func (d *document) because(s *statement) Because {
	return Because{Kind: d.kind, Policy: d.name, Statement: s.name}
}

// missing is a document that was not read.
func missing(kind, name, what string) *document {
	return &document{kind: kind, name: name, fault: what + " was not read"}
}

// load reads a policy, an object or its text, which the IAM API sends URL-encoded. A document that AWS would not store
// cannot be judged.
func load(raw jsontext.Value, kind, name string) *document {
	d := &document{kind: kind, name: name}
	policy, err := parse(raw, kind)
	if err == nil {
		d.policy = policy
		d.statements, err = prepare(policy, kind)
	}
	if err != nil {
		d.fault = fmt.Sprintf("the %s cannot be judged: %s", strings.TrimSpace(kind+" "+name), err)
	}
	return d
}

func parse(raw jsontext.Value, kind string) (*exposure.Policy, error) {
	text := []byte(raw)
	if raw.Kind() == '"' {
		plain, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return nil, fmt.Errorf("its text: %w", err)
		}
		if text = plain; !strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
			decoded, err := url.PathUnescape(string(text))
			if err != nil {
				return nil, fmt.Errorf("its URL encoding: %w", err)
			}
			text = []byte(decoded)
		}
	}
	var policy *exposure.Policy
	var err error
	switch kind {
	case kindIdentity, kindBoundary, kindSCP:
		policy, err = exposure.ParseIdentityPolicy(text)
	default:
		policy, err = exposure.ParsePolicy(text)
	}
	if err != nil {
		return nil, err
	}
	if len(policy.Faults) > 0 {
		return nil, errors.New(strings.Join(policy.Faults, "; "))
	}
	return policy, nil
}

// prepare makes the statements of a policy ready. It refuses what the parser lets pass for the sake of buckets alone.
func prepare(p *exposure.Policy, kind string) ([]statement, error) {
	out := make([]statement, 0, len(p.Statements))
	for i := range p.Statements {
		s := statement{Statement: &p.Statements[i], name: p.Statements[i].Sid, variables: p.Version == currentVersion}
		if s.name == "" {
			s.name = strconv.Itoa(s.Number - 1)
		}
		if err := s.complete(kind); err != nil {
			return nil, fmt.Errorf("statement %s: %w", s.name, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// complete checks a statement's elements and makes them ready.
func (s *statement) complete(kind string) error {
	if len(s.Actions) == 0 {
		return errors.New("it has no Action")
	}
	if len(s.Resources) == 0 && kind != kindTrust {
		return errors.New("it has no Resource")
	}
	for _, a := range s.Actions {
		s.actions = append(s.actions, strings.ToLower(a))
	}
	for i, r := range s.Resources {
		s.Resources[i] = wholeARN(r)
	}
	for _, p := range s.Principals {
		if p.ID != "*" && strings.ContainsAny(p.ID, "*?") || p.ID == "*" && p.Type != "AWS" && p.Type != "Federated" {
			return errors.New("it has a principal with a wildcard")
		}
	}
	for _, c := range s.Conditions {
		op, ok := exposure.ParseOperator(c.Operator)
		if !ok || op.Base == "Null" && op.IfExists {
			return fmt.Errorf("it has the unknown operator %q", c.Operator)
		}
		s.conditions = append(s.conditions, condition{Condition: c, op: op, key: strings.ToLower(c.Key), name: keyName(c.Key)})
	}
	return nil
}

// wholeARN completes an ARN that ends early, as IAM does ("IAM JSON policy elements: Resource").
func wholeARN(arn string) string {
	const parts = 6
	if n := strings.Count(arn, ":") + 1; strings.HasPrefix(arn, "arn:") && n < parts {
		arn += strings.Repeat(":*", parts-n)
	}
	return arn
}

// keyName is a condition key as AWS writes it; one that is not known stays as it is.
func keyName(key string) string {
	known := []string{
		"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:CurrentTime", "aws:EpochTime", "aws:FederatedProvider",
		"aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService",
		"aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalType",
		"aws:Referer", "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport",
		"aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceVpc",
		"aws:SourceVpce", "aws:TokenIssueTime", "aws:userid", "aws:username", "aws:UserAgent", "aws:ViaAWSService", "aws:VpcSourceIp",
		"s3:DataAccessPointAccount", "s3:DataAccessPointArn", "s3:AccessPointNetworkOrigin", "s3:TlsVersion", "s3:prefix", "sts:ExternalId",
	}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
		return known[i]
	}
	if tag, ok := cutFold(key, "aws:PrincipalTag/"); ok {
		return "aws:PrincipalTag/" + tag
	}
	return key
}

// cutFold cuts a prefix whatever the case of its letters.
func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}
