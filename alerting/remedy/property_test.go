package remedy_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/remedy"
)

const (
	known   = "222233334444"
	partner = "444455556666"
	ownOrg  = "o-own"
	inRange = "203.0.113.0/24"
)

// statement is one statement as the tests draw it, in the words of S3.
type statement struct {
	Effect       string                         `json:"Effect"`
	Principal    any                            `json:"Principal,omitempty"`
	NotPrincipal any                            `json:"NotPrincipal,omitempty"`
	Action       []string                       `json:"Action"`
	Resource     any                            `json:"Resource"`
	Condition    map[string]map[string][]string `json:"Condition,omitempty"`

	names []string // the AWS principals
}

func statementGen() *rapid.Generator[statement] {
	names := rapid.SampledFrom([]string{"*", app, foreign, "arn:aws:iam::" + partner + ":root", known})
	conditions := []map[string]map[string][]string{
		nil, nil, nil, {"IpAddress": {"aws:SourceIp": {inRange}}}, {"StringEquals": {"aws:PrincipalOrgID": {ownOrg}}}, {"Bool": {"aws:SecureTransport": {"true"}}},
	}
	return rapid.Custom(func(t *rapid.T) statement {
		s := statement{Effect: rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect")}
		s.Action = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}), 1, 2, rapid.ID).Draw(t, "action")
		s.Resource = rapid.SampledFrom([]any{"arn:aws:s3:::b/*", []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"}}).Draw(t, "resource")
		s.Condition = rapid.SampledFrom(conditions).Draw(t, "condition")
		s.names = rapid.SliceOfN(names, 1, 3).Draw(t, "principals")
		principal := map[string]any{"AWS": s.names}
		if rapid.Bool().Draw(t, "with a service") {
			principal["Service"] = "logging.s3.amazonaws.com"
		}
		switch rapid.IntRange(0, 9).Draw(t, "spelling") {
		case 0:
			s.Principal, s.names = "*", []string{"*"}
		case 1:
			s.NotPrincipal, s.names = map[string]any{"AWS": app}, []string{app}
		case 2:
			s.Principal, s.names = map[string]any{"Federated": "graph.facebook.com"}, nil
		case 3:
			s.Principal, s.names = map[string]any{"AWS": s.names[0]}, s.names[:1]
		default:
			s.Principal = principal
		}
		return s
	})
}

// request is who asks for what, from where.
type request struct{ principal, action, resource, ip string }

func requests() []request {
	var out []request
	for _, who := range []string{"", app, foreign, partner, known} {
		for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"} {
			for _, resource := range []string{"arn:aws:s3:::b", "arn:aws:s3:::b/k"} {
				out = append(out, request{who, action, resource, "203.0.113.7"}, request{who, action, resource, "198.51.100.7"})
			}
		}
	}
	return out
}

func (r request) outside() bool { return r.principal != app && r.principal != known }

// matches is IAM in small: whether a statement speaks of a request.
func (s *statement) matches(r request) bool {
	who := slices.ContainsFunc(s.names, func(name string) bool {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "arn:aws:iam::"+partner), ":root")
		return name == "*" || r.principal != "" && (name == r.principal || name == "" && r.principal == partner)
	})
	if who == (s.NotPrincipal != nil) || !slices.Contains(s.Action, r.action) {
		return false
	}
	resources, _ := s.Resource.([]string)
	if one, ok := s.Resource.(string); ok {
		resources = []string{one}
	}
	if many, ok := s.Resource.([]any); ok {
		resources = strings.Fields(strings.Trim(fmt.Sprint(many), "[]"))
	}
	if !slices.ContainsFunc(resources, func(p string) bool {
		head, any := strings.CutSuffix(p, "*")
		return p == r.resource || any && strings.HasPrefix(r.resource, head)
	}) {
		return false
	}
	if ranges := s.Condition["IpAddress"]["aws:SourceIp"]; ranges != nil && !netip.MustParsePrefix(ranges[0]).Contains(netip.MustParseAddr(r.ip)) {
		return false
	}
	return s.Condition["StringEquals"] == nil || r.principal == app || r.principal == known
}

// reader gives statements of a policy as they were drawn.
func statementsOf(t *rapid.T, doc string) []statement {
	if doc == "" {
		return nil
	}
	var p struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	var list []statement
	if json.Unmarshal(p.Statement, &list) != nil {
		list = make([]statement, 1)
		if err := json.Unmarshal(p.Statement, &list[0]); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
	}
	for i := range list {
		s := &list[i]
		principal := s.Principal
		if s.NotPrincipal != nil {
			principal = s.NotPrincipal
		}
		switch of := principal.(type) {
		case string:
			s.names = []string{of}
		case map[string]any:
			s.names = strings.Fields(strings.Trim(fmt.Sprint(of["AWS"]), "[]"))
			if of["AWS"] == nil {
				s.names = nil
			}
		}
	}
	return list
}

func allowed(all []statement, r request) bool {
	ok := false
	for i := range all {
		if s := &all[i]; s.matches(r) {
			if s.Effect == "Deny" {
				return false
			}
			ok = true
		}
	}
	return ok
}

// public reports whether S3 calls a statement public, as far as the tests draw them.
func (s *statement) public() bool {
	limited := s.Condition["IpAddress"] != nil || s.Condition["StringEquals"] != nil
	return s.Effect == "Allow" && !limited && (s.NotPrincipal != nil || slices.Contains(s.names, "*") || len(s.names) == 0)
}

// document writes statements down, with or without white space, as a list or alone.
func document(t *rapid.T, all []statement) string {
	var list any = all
	if len(all) == 1 && rapid.Bool().Draw(t, "alone") {
		list = all[0]
	}
	doc := map[string]any{"Version": "2012-10-17", "Statement": list}
	text, err := json.Marshal(doc)
	if rapid.Bool().Draw(t, "indented") {
		text, err = json.MarshalIndent(doc, "", " ")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPlansKeepTheirPromises draws what a bucket was and is, and asks IAM in small, which knows nothing of the plans,
// who could do what before and after.
func TestPlansKeepTheirPromises(t *testing.T) {
	t.Parallel()
	own := exposure.Own{OrganizationID: ownOrg, Accounts: []string{known}}
	statements := rapid.SliceOfN(statementGen(), 1, 4)
	flag := rapid.SampledFrom([]string{"true", "false"})
	rapid.Check(t, func(r *rapid.T) {
		var calls []call
		drawn := statements.Draw(r, "now")
		if rapid.Bool().Draw(r, "a policy before") {
			former := statements.Draw(r, "before")
			calls = append(calls, call{name: "PutBucketPolicy", params: `"bucketPolicy":` + document(r, former)})
			drawn = append(former[:rapid.IntRange(0, len(former)).Draw(r, "kept"):len(former)], drawn...) // often some of it is still there
		}
		if rapid.Bool().Draw(r, "a block") {
			calls = append(calls, call{name: "PutBucketPublicAccessBlock", params: `"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":` + flag.Draw(r, "restricts") + `}`})
		}
		doc := document(r, drawn)
		calls = append(calls, call{name: "PutBucketPolicy", params: `"bucketPolicy":` + doc, begins: true})
		if rapid.IntRange(0, 3).Draw(r, "block removed") == 0 {
			calls = append(calls, call{name: "DeleteBucketPublicAccessBlock"})
		}
		state, target := after(t, own, calls...)
		judgePlans(r, state, target, doc)
	})
}

func judgePlans(r *rapid.T, state remedy.State, target remedy.Target, doc string) {
	resource := exposure.Resource{Bucket: state.Buckets["b"], Account: state.Account, Own: state.Own, Scope: exposure.BucketScope}
	before := resource.Now()
	plans := remedy.Close(state, []remedy.Target{target}, 1)
	for _, p := range plans {
		state = remedy.Apply(state, p)
	}
	resource.Bucket = state.Buckets["b"]
	then := resource.Now()
	fail := func(format string, args ...any) {
		r.Fatalf("%s\nwas %s %s\nnow %s\nby %q", fmt.Sprintf(format, args...), before.State, doc, then.Policy, commands(plans))
	}
	if then.Open {
		fail("still open")
	}
	if before.Open && (len(plans) == 0 || plans[0].Effect == "" || len(plans[0].Writes) == 0) {
		fail("no plan, or none that says what it does")
	}
	old, left := statementsOf(r, doc), statementsOf(r, then.Policy)
	restricted := func(s exposure.Standing, all []statement) bool {
		return s.Live[exposure.PolicyPath] == exposure.No && slices.ContainsFunc(all, func(one statement) bool { return one.public() })
	}
	for _, q := range requests() {
		could := allowed(old, q) && !(restricted(before, old) && q.principal != app)
		can := allowed(left, q) && !(restricted(then, left) && q.principal != app)
		if can && !could && q.outside() {
			fail("%+v gains", q)
		}
		kept := slices.ContainsFunc(old, func(s statement) bool {
			if s.public() || !before.Open { // what is named beside the star stays
				s.names = slices.DeleteFunc(slices.Clone(s.names), func(name string) bool { return name == "*" })
			}
			return s.Effect == "Allow" && !s.public() && (before.Open || s.NotPrincipal == nil) && s.matches(q)
		})
		if kept && could && !can && (!q.outside() || before.Open) && !restricted(then, left) {
			fail("%+v loses what was not public", q)
		}
	}
	for _, s := range old {
		text, err := json.Marshal(s)
		if err != nil {
			r.Fatal(err)
		}
		touched := s.public() || !before.Open && s.Effect == "Allow" // of a share the parts of others go
		if !touched && !slices.ContainsFunc(left, func(o statement) bool { other, _ := json.Marshal(o); return string(other) == string(text) }) {
			fail("a statement that is not public changed: %s", text)
		}
	}
}

// TestACLPlansKeepTheirPromises does the same for ACLs, where grants are all there is.
func TestACLPlansKeepTheirPromises(t *testing.T) {
	t.Parallel()
	grantee := rapid.SampledFrom([]string{`"ID":"me"`, `"ID":"they"`, `"ID":"these"`, `"URI":"` + allURI + `"`, `"URI":"` + strings.Replace(allURI, "AllUsers", "AuthenticatedUsers", 1) + `"`, `"URI":"` + logURI + `"`, `"EmailAddress":"a@example.com"`})
	permission := rapid.SampledFrom([]string{"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"})
	body := rapid.Custom(func(t *rapid.T) string {
		var grants []string
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			grants = append(grants, `{"Grantee":{`+grantee.Draw(t, "grantee")+`},"Permission":"`+permission.Draw(t, "permission")+`"}`)
		}
		return `"AccessControlPolicy":{"Owner":{"ID":"me"},"AccessControlList":{"Grant":[` + strings.Join(grants, ",") + `]}}`
	})
	params := rapid.OneOf(body, rapid.Just(publicACL), rapid.Just(privateACL), rapid.Just(`"x-amz-acl":"authenticated-read"`))
	public := func(g exposure.ACLGrant) bool { return g.Grantee == "AllUsers" || g.Grantee == "AuthenticatedUsers" }
	rapid.Check(t, func(r *rapid.T) {
		name, key := "PutBucketAcl", ""
		if rapid.Bool().Draw(r, "of an object") {
			name, key = "PutObjectAcl", `"key":"k",`
		}
		var calls []call
		if rapid.Bool().Draw(r, "an ACL before") {
			calls = append(calls, call{name: name, params: key + params.Draw(r, "before")})
		}
		calls = append(calls, call{name: name, params: key + params.Draw(r, "now"), begins: true})
		state, target := after(t, exposure.Own{}, calls...)
		stand := func() exposure.Standing {
			return exposure.Resource{Bucket: state.Buckets["b"], Account: state.Account, Scope: target.Scope, Key: target.Key}.Now()
		}
		before := stand()
		plans := remedy.Close(state, []remedy.Target{target}, 1)
		for _, p := range plans {
			state = remedy.Apply(state, p)
		}
		then := stand()
		if then.Open || before.Open && len(plans) == 0 {
			r.Fatalf("from %v to %v by %q", before.ACL, then.ACL, commands(plans))
		}
		for _, g := range then.ACL.Grants {
			if outside := g.Grantee != "LogDelivery" && !then.ACL.IsOwner(g.Grantee); outside && !slices.Contains(before.ACL.Grants, g) {
				r.Fatalf("%v gains: from %v to %v", g, before.ACL, then.ACL)
			}
		}
		for _, g := range before.ACL.Grants {
			if before.Open && !public(g) && !before.ACL.IsOwner(g.Grantee) && !slices.Contains(then.ACL.Grants, g) {
				r.Fatalf("%v loses: from %v to %v by %q", g, before.ACL, then.ACL, commands(plans))
			}
		}
	})
}
