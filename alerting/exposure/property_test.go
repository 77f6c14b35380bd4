package exposure_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// drawn is a policy as the tests draw it: plain maps, so that it can be spelt in many ways.
type drawn struct{ statements []map[string]any }

func (d drawn) doc(t *rapid.T) []byte {
	doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": d.statements})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func (d drawn) judge(t *rapid.T) exposure.Verdict {
	p, err := exposure.ParsePolicy(d.doc(t))
	if err != nil {
		t.Fatalf("%s: %v", d.doc(t), err)
	}
	return exposure.Evaluate(exposure.Input{Account: owner, Policy: p})
}

func principalGen() *rapid.Generator[any] {
	aws := rapid.SampledFrom([]string{"*", owner, "arn:aws:iam::" + foreign + ":root", "arn:aws:iam::" + owner + ":role/r", "arn:aws:iam::*:root"})
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 4).Draw(t, "kind of principal") {
		case 0:
			return "*"
		case 1:
			return map[string]any{"Service": []string{"logging.s3.amazonaws.com"}}
		case 2:
			return map[string]any{"Federated": []string{"graph.facebook.com"}}
		default:
			return map[string]any{"AWS": rapid.SliceOfN(aws, 1, 3).Draw(t, "AWS")}
		}
	})
}

func conditionGen() *rapid.Generator[map[string]any] {
	operator := rapid.SampledFrom([]string{
		"StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "ArnLike", "IpAddress", "NotIpAddress",
		"Null", "Bool", "ForAllValues:StringEquals", "ForAnyValue:StringLike", "StringNotEqualsIfExists", "BoolIfExists",
	})
	key := rapid.SampledFrom([]string{
		"aws:PrincipalOrgID", "aws:SourceIp", "aws:SourceVpce", "aws:SourceArn", "aws:PrincipalArn", "aws:userid", "aws:SecureTransport",
		"aws:PrincipalIsAWSService", "s3:prefix", "aws:PrincipalTag/x", "s3:DataAccessPointArn", "aws:PrincipalAccount",
	})
	value := rapid.SampledFrom([]string{
		"o-1", "0.0.0.0/0", "203.0.113.0/24", "vpce-1", "vpce-*", "arn:aws:iam::" + foreign + ":role/x", "arn:aws:iam::*:role/x",
		"true", "false", "*", owner, foreign, "arn:aws:s3:us-west-2:" + owner + ":accesspoint/*", "${aws:username}",
	})
	return rapid.Custom(func(t *rapid.T) map[string]any {
		keys := rapid.MapOfN(key, rapid.SliceOfN(value, 1, 3), 1, 2)
		out := map[string]any{}
		for op, block := range rapid.MapOfN(operator, keys, 0, 2).Draw(t, "condition") {
			out[op] = block
		}
		return out
	})
}

func statementGen(effect string) *rapid.Generator[map[string]any] {
	action := rapid.SampledFrom([]string{"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:*", "s3:Get*", "s3:GetBucketLocation", "*"})
	resource := rapid.SampledFrom([]string{"arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", "*"})
	return rapid.Custom(func(t *rapid.T) map[string]any {
		return map[string]any{
			"Effect":    effect,
			"Principal": principalGen().Draw(t, "principal"),
			"Action":    rapid.SliceOfNDistinct(action, 1, 3, rapid.ID).Draw(t, "action"),
			"Resource":  rapid.SliceOfNDistinct(resource, 1, 2, rapid.ID).Draw(t, "resource"),
			"Condition": conditionGen().Draw(t, "condition"),
		}
	})
}

func policyGen() *rapid.Generator[drawn] {
	return rapid.Custom(func(t *rapid.T) drawn {
		d := drawn{rapid.SliceOfN(statementGen("Allow"), 1, 3).Draw(t, "allows")}
		d.statements = append(d.statements, rapid.SliceOfN(statementGen("Deny"), 0, 2).Draw(t, "denies")...)
		return d
	})
}

// TestDenyNeverRaises: adding a Deny never raises reach or severity, and never changes S3's own verdict.
func TestDenyNeverRaises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := policyGen().Draw(t, "policy")
		before := d.judge(t)
		d.statements = append(slices.Clone(d.statements), statementGen("Deny").Draw(t, "deny"))
		after := d.judge(t)
		if after.Reach.Wider(before.Reach) || after.Severity > before.Severity || after.Public != before.Public {
			t.Fatalf("from %v %s %s to %v %s %s", before.Public, before.Reach, before.Severity, after.Public, after.Reach, after.Severity)
		}
	})
}

// TestAllowNeverLowers: removing an Allow never raises reach, severity or publicness.
func TestAllowNeverLowers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := policyGen().Draw(t, "policy")
		before := d.judge(t)
		more := drawn{append(slices.Clone(d.statements), statementGen("Allow").Draw(t, "allow"))}
		after := more.judge(t)
		narrower := before.Reach.Wider(after.Reach) && before.Severity == after.Severity // where something comes to be told, its reach counts alone
		if narrower || before.Severity > after.Severity || before.Public > after.Public || before.Access > after.Access {
			t.Fatalf("from %v %s %s to %v %s %s", before.Public, before.Reach, before.Severity, after.Public, after.Reach, after.Severity)
		}
	})
}

// TestOrderAndSpelling: the order of statements and values, and a single value for a list of one, never matter.
func TestOrderAndSpelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := policyGen().Draw(t, "policy")
		other := drawn{rapid.Permutation(d.statements).Draw(t, "order")}
		respelt, ok := respell(t, other.statements).([]any)
		if !ok {
			respelt = []any{respell(t, other.statements)}
		}
		doc, err := json.Marshal(map[string]any{"Statement": respelt, "Version": "2012-10-17"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := exposure.ParsePolicy(doc)
		if err != nil {
			t.Fatal(err)
		}
		a, b := d.judge(t), exposure.Evaluate(exposure.Input{Account: owner, Policy: p})
		if a.Public != b.Public || a.Reach != b.Reach || a.Severity != b.Severity || a.Effective != b.Effective || a.Access != b.Access {
			t.Fatalf("%v %s %s for\n%s\n%v %s %s for\n%s", a.Public, a.Reach, a.Severity, d.doc(t), b.Public, b.Reach, b.Severity, doc)
		}
	})
}

// respell turns lists of text around and lists of one into their element.
func respell(t *rapid.T, v any) any {
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(doc, &tree); err != nil {
		t.Fatal(err)
	}
	return turned(tree)
}

func turned(v any) any {
	switch v := v.(type) {
	case []any:
		slices.Reverse(v)
		for i := range v {
			v[i] = turned(v[i])
		}
		if len(v) == 1 {
			return v[0]
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = turned(v[k])
		}
	}
	return v
}

// TestGateNeverRaises: closing a gate never makes a bucket more open, and changes nothing of S3's own verdict.
func TestGateNeverRaises(t *testing.T) {
	t.Parallel()
	order := []exposure.State{exposure.Private, exposure.Latent, exposure.Shared, exposure.Public}
	block := rapid.Custom(func(t *rapid.T) exposure.Block {
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		return exposure.Block{BlockPublicAcls: flag("a"), IgnorePublicAcls: flag("b"), BlockPublicPolicy: flag("c"), RestrictPublicBuckets: flag("d")}
	})
	rapid.Check(t, func(t *rapid.T) {
		p, err := exposure.ParsePolicy(policyGen().Draw(t, "policy").doc(t))
		if err != nil {
			t.Fatal(err)
		}
		acl, err := exposure.CannedACL(rapid.SampledFrom([]string{"private", "public-read", "authenticated-read"}).Draw(t, "acl"))
		if err != nil {
			t.Fatal(err)
		}
		in := exposure.Input{Account: owner, Policy: p, ACL: acl, Gates: exposure.Gates{Bucket: block.Draw(t, "bucket"), Account: block.Draw(t, "account")}}
		before := exposure.Evaluate(in)
		switch rapid.IntRange(0, 2).Draw(t, "gate") {
		case 0:
			in.Gates.Organization = exposure.BlockAll()
		case 1:
			in.Gates.Ownership = exposure.BucketOwnerEnforced
		default:
			in.Gates.Bucket.RestrictPublicBuckets = true
		}
		after := exposure.Evaluate(in)
		if slices.Index(order, after.Effective) > slices.Index(order, before.Effective) || after.Public != before.Public {
			t.Fatalf("from %s to %s", before.Effective, after.Effective)
		}
	})
}

// callGen draws records of one bucket at distinct minutes.
func callGen() *rapid.Generator[[]call] {
	kinds := []call{
		{name: "CreateBucket"},
		{name: "CreateBucket", params: `"x-amz-acl":"public-read"`},
		{name: "DeleteBucket"},
		{name: "PutBucketPolicy", params: publicPolicy},
		{name: "PutBucketPolicy", params: ownPolicy},
		{name: "DeleteBucketPolicy"},
		{name: "PutBucketAcl", params: publicACL},
		{name: "PutBucketAcl", params: privateACL},
		{name: "PutBucketPublicAccessBlock", params: allOn},
		{name: "PutBucketPublicAccessBlock", params: allOff},
		{name: "DeleteBucketPublicAccessBlock"},
		{name: "PutAccountPublicAccessBlock", params: accountHost + "," + allOn},
		{name: "DeleteAccountPublicAccessBlock", params: accountHost},
		{name: "PutBucketOwnershipControls", params: objectWriter},
		{name: "PutBucketOwnershipControls", params: enforced},
		{name: "PutObjectAcl", params: `"key":"k",` + publicACL},
		{name: "PutBucketPolicy", params: publicPolicy, err: "AccessDenied"},
	}
	return rapid.Custom(func(t *rapid.T) []call {
		out := rapid.SliceOfN(rapid.SampledFrom(kinds), 1, 6).Draw(t, "calls")
		for i := range out {
			out[i].minute = i / 2 // some at the same time
			out[i].id = fmt.Sprintf("%02d", i)
		}
		return out
	})
}

// TestArrivalNeverMatters: whatever the order of arrival, and however often a record comes, the state ends the
// same, and every record told last tells the same change.
func TestArrivalNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		calls := callGen().Draw(r, "calls")
		late := append(rapid.Permutation(calls).Draw(r, "arrival"), calls[rapid.IntRange(0, len(calls)-1).Draw(r, "again")])
		first, second := newWorld(), newWorld()
		for _, c := range calls {
			first.apply(t, c)
		}
		for _, c := range late {
			second.apply(t, c)
		}
		a, va := first.now(t)
		b, vb := second.now(t)
		if a != b || va.Public != vb.Public || va.Severity != vb.Severity {
			r.Fatalf("in order: %s %v, as they came: %s %v", a, va.Public, b, vb.Public)
		}
		if snapshot(t, first) != snapshot(t, second) {
			r.Fatal("the states differ")
		}
		last := calls[len(calls)-1]
		x, y := first.apply(t, last), second.apply(t, last)
		if x.Kind != y.Kind || x.Before != y.Before || x.After != y.After || x.Closes != y.Closes {
			r.Fatalf("the last tells %q %s -> %s and %q %s -> %s", x.Kind, x.Before, x.After, y.Kind, y.Before, y.After)
		}
	})
}
