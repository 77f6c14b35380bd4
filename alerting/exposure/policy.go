package exposure

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxPolicyBytes is S3's limit on a bucket policy, white space aside.
	maxPolicyBytes = 20 * 1024
	// maxDocument is the size beyond which nobody tries to judge one.
	maxDocument = 64 * 1024
)

var errDocument = fmt.Errorf("policy: it has more than %d KB, and S3's limit is 20 KB", maxDocument>>10)

// Policy is a policy as its document says it.
type Policy struct {
	Version    string // 2012-10-17, 2008-10-17 or what else stands there; empty if nothing does
	Statements []Statement
	// Faults say why S3 would refuse the document although it can be read: a missing Principal, an element S3
	// does not know. What such a document grants is told, but never called private.
	Faults []string
	// Remarks are reasons of S3 to refuse it that leave no doubt about who is let in: no Action, no Resource.
	Remarks []string
}

// Statement is one statement of a policy.
type Statement struct {
	Number       int // from 1
	Sid          string
	Deny         bool
	Principals   []Principal // of Principal, or of NotPrincipal
	NotPrincipal bool
	Actions      []string // of Action, or of NotAction
	NotAction    bool
	Resources    []string // of Resource, or of NotResource
	NotResource  bool
	Conditions   []Condition
}

// Principal is one principal of a statement.
type Principal struct {
	Type string // AWS, Service, Federated, CanonicalUser
	ID   string
}

// Condition is one key of one operator: true if any of the values matches.
type Condition struct {
	Operator string
	Key      string
	Values   []string
	Number   bool // a value was a JSON number, so leading zeros of an account id may be lost
}

// ParsePolicy reads a policy document. It refuses, with an error, what has no one meaning: no JSON, member
// names given twice, no object, no Statement. What S3 would refuse but can be understood is in Policy.Faults.
func ParsePolicy(doc []byte) (*Policy, error) {
	if len(doc) > maxDocument {
		return nil, errDocument
	}
	n, err := parseJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return policyOf(n)
}

// ParseIdentityPolicy reads a policy that is attached to its principals, and so names none: of a user, a group or a role,
// a permissions boundary or a service control policy. It is as strict as ParsePolicy; the size is IAM's to limit.
func ParseIdentityPolicy(doc []byte) (*Policy, error) {
	if len(doc) > maxDocument {
		return nil, errDocument
	}
	n, err := parseJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return (&Policy{}).read(n, false)
}

func policyOf(n node) (*Policy, error) {
	if n.kind == '"' {
		return ParsePolicy([]byte(n.text))
	}
	p := &Policy{}
	if n.size > maxPolicyBytes {
		p.fault("it has %d bytes, more than S3's limit of 20 KB", n.size)
	}
	return p.read(n, true)
}

// read takes the document's elements. named says whether its statements name principals.
func (p *Policy) read(n node, named bool) (*Policy, error) {
	if n.kind != '{' {
		return nil, fmt.Errorf("policy: %s where an object is expected", n.what())
	}
	if n.size > maxDocument {
		return nil, errDocument
	}
	found := false
	for _, m := range n.members {
		switch m.name {
		case "Version":
			p.Version = m.text
			if m.text != "2012-10-17" && m.text != "2008-10-17" {
				p.fault("its Version is neither 2012-10-17 nor 2008-10-17")
			}
		case "Id":
			if m.kind != '"' {
				p.fault("its Id is %s", m.what())
			}
		case "Statement":
			found = true
			p.statements(m.node, named)
		default:
			p.fault("unknown policy element %q", clip(m.name))
		}
	}
	if !found {
		return nil, fmt.Errorf("policy: no Statement")
	}
	return p, nil
}

func (p *Policy) fault(format string, args ...any) {
	p.Faults = append(p.Faults, fmt.Sprintf(format, args...))
}

func (p *Policy) statements(n node, named bool) {
	list := n.list()
	if len(list) == 0 {
		p.fault("the policy has no statements")
	}
	p.Statements = slices.Grow(p.Statements, len(list))
	for i, s := range list {
		if s.kind != '{' {
			p.fault("statement %d is %s", i+1, s.what())
			continue
		}
		p.Statements = append(p.Statements, p.statement(i+1, s, named))
	}
}

func (p *Policy) statement(number int, n node, named bool) Statement {
	s := Statement{Number: number}
	fault := func(format string, args ...any) {
		p.fault("statement %d: %s", number, fmt.Sprintf(format, args...))
	}
	effect := ""
	seen := map[string]bool{}
	for _, m := range n.members {
		seen[m.name] = true
		switch m.name {
		case "Sid":
			s.Sid = m.text
		case "Effect":
			effect = m.text
		case "Principal", "NotPrincipal":
			s.NotPrincipal = m.name == "NotPrincipal"
			s.Principals = principals(m.node, fault)
		case "Action", "NotAction":
			s.NotAction = m.name == "NotAction"
			s.Actions = texts(m.name, m.node, fault)
		case "Resource", "NotResource":
			s.NotResource = m.name == "NotResource"
			s.Resources = texts(m.name, m.node, fault)
		case "Condition":
			s.Conditions = conditions(m.node, fault)
		default:
			fault("unknown policy element %q", clip(m.name))
		}
	}
	s.Deny = effect == "Deny"
	if !s.Deny && effect != "Allow" {
		fault("Effect must be Allow or Deny")
	}
	for _, pair := range [][2]string{{"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		switch a, b := seen[pair[0]], seen[pair[1]]; {
		case a && b:
			fault("%s and %s cannot be used together", pair[0], pair[1])
		case pair[0] == "Principal" && named == (a || b):
		case pair[0] == "Principal" && !named:
			fault("a policy of this kind has no %s", pair[0])
		case pair[0] == "Principal":
			fault("it has no %s", pair[0])
		case !a && !b:
			p.Remarks = append(p.Remarks, fmt.Sprintf("statement %d: it has no %s", number, pair[0]))
		}
	}
	return s
}

func texts(name string, n node, fault func(string, ...any)) []string {
	var out []string
	for _, v := range n.list() {
		if v.kind != '"' {
			fault("its %s holds %s", name, v.what())
			continue
		}
		out = append(out, v.text)
	}
	if len(out) == 0 {
		fault("its %s is empty", name)
	}
	return out
}

func principals(n node, fault func(string, ...any)) []Principal {
	var out []Principal
	if n.kind != '{' {
		if n.kind != '"' || n.text != "*" {
			fault("Principal must be \"*\" or an object")
		}
		for _, v := range n.list() {
			if v.text != "" {
				out = append(out, Principal{"AWS", v.text})
			}
		}
		return out
	}
	for _, m := range n.members {
		kind := m.name
		if !slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, kind) {
			fault("unknown principal type %q", clip(kind))
			kind = "AWS"
		}
		for _, id := range texts("Principal "+clip(m.name), m.node, fault) {
			out = append(out, Principal{kind, id})
		}
	}
	if len(out) == 0 {
		fault("its Principal is empty")
	}
	return out
}

func conditions(n node, fault func(string, ...any)) []Condition {
	if n.kind != '{' {
		fault("its Condition is %s", n.what())
	}
	var out []Condition
	for _, op := range n.members {
		if op.kind != '{' {
			fault("its condition %q holds %s", clip(op.name), op.what())
		}
		for _, key := range op.members {
			out = append(out, condition(op.name, key, fault))
		}
	}
	return out
}

func condition(op string, key member, fault func(string, ...any)) Condition {
	c := Condition{Operator: op, Key: key.name}
	for _, v := range key.list() {
		switch v.kind {
		case '"', '0', 't', 'f':
			c.Values = append(c.Values, v.text)
			c.Number = c.Number || v.kind == '0'
		default:
			fault("its condition key %q holds %s", clip(key.name), v.what())
		}
	}
	if len(c.Values) == 0 {
		fault("its condition key %q has no value", clip(key.name))
	}
	return c
}

// clip shortens text of a document for use in a sentence.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
