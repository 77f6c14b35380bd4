package exposure_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestAnswerLine: a line of `exposure --batch` for a line, whatever the line is.
func TestAnswerLine(t *testing.T) {
	t.Parallel()
	open, own := policyWith(allow(`"*"`, "")), policyWith(allow(`{"AWS":"`+owner+`"}`, ""))
	text, err := json.Marshal(open)
	if err != nil {
		t.Fatal(err)
	}
	const all = `{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}`
	tests := map[string]struct {
		line string
		want string // id public reach severity effective, and whether there is an error
	}{
		"policy":              {`{"id":"a","policy":` + open + `}`, `"a" true internet high public ok`},
		"policy as text":      {`{"id":"a","policy":` + string(text) + `}`, `"a" true internet high public ok`},
		"own account":         {`{"id":"a","account_id":"` + owner + `","policy":` + own + `}`, `"a" false account info private ok`},
		"owner not known":     {`{"id":"a","policy":` + own + `}`, `"a" false cross-account low shared ok`},
		"blocked":             {`{"id":"a","policy":` + open + `,"bucket_public_access_block":` + all + `}`, `"a" true internet high latent ok`},
		"by the organization": {`{"id":"a","policy":` + open + `,"organization_public_access_block":` + all + `}`, `"a" true internet high latent ok`},
		"absent parts":        {`{"id":"a","policy":null,"acl":null,"ownership":""}`, `"a" false none none private ok`},
		"nothing":             {`{"id":"a"}`, `"a" false none none private ok`},
		"ACL enforced":        {`{"id":"a","acl":{"canned":"public-read"},"ownership":"BucketOwnerEnforced"}`, `"a" true internet high latent ok`},
		"ACL and account":     {`{"id":"a","acl":{"canned":"public-read"},"account_public_access_block":` + all + `}`, `"a" true internet high latent ok`},
		"ownership as object": {`{"id":"a","acl":{"canned":"public-read"},"ownership":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`, `"a" true internet high latent ok`},
		"object ACL":          {`{"id":"a","object_acl":{"canned":"public-read"}}`, `"a" true internet high public ok`},
		"access point":        {`{"id":"a","access_point":{"policy":` + open + `,"network_origin":"Internet","public_access_block":null}}`, `"a" true any-aws high public ok`},
		"access point in VPC": {`{"id":"a","access_point":{"policy":` + open + `,"network_origin":"VPC"}}`, `"a" false vpc low private ok`},
		"number as id":        {`{"id":7,"policy":` + open + `}`, `7 true internet high public ok`},
		"no id":               {`{"policy":` + open + `}`, `12 true internet high public ok`},
		"no JSON":             {`what?`, `12 null none medium unknown error`},
		"list":                {`[]`, `12 null none medium unknown error`},
		"cut off":             {`{"id":"a","policy":`, `"a" null none medium unknown error`},
		"text behind":         {`{"id":"a"} x`, `"a" null none medium unknown error`},
		"bad policy":          {`{"id":"a","policy":"{"}`, `"a" null none medium unknown error`},
		"twice in the policy": {`{"id":"a","policy":{"Statement":[],"Statement":[]}}`, `"a" null none medium unknown error`},
		"bad beside public":   {`{"id":"a","policy":"{","acl":{"canned":"public-read"}}`, `"a" true internet high public error`},
		"part twice":          {`{"id":"a","policy":` + own + `,"policy":` + own + `}`, `"a" null cross-account medium unknown error`},
		"unknown part":        {`{"id":"a","polcy":` + open + `}`, `"a" null none medium unknown error`},
		"unknown ownership":   {`{"id":"a","ownership":"Nobody"}`, `"a" null none medium unknown error`},
		"bad block":           {`{"id":"a","bucket_public_access_block":[]}`, `"a" null none medium unknown error`},
		"bad point":           {`{"id":"a","access_point":[]}`, `"a" null none medium unknown error`},
		"bad origin":          {`{"id":"a","access_point":{"network_origin":"Moon"}}`, `"a" null none medium unknown error`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := short(t, exposure.AnswerLine([]byte(tt.line), 12)); got != tt.want {
				t.Errorf("%s\n got %s\nwant %s", tt.line, got, tt.want)
			}
		})
	}
}

// short is an answer as it looks in JSON, shortened to one line of words.
func short(t testing.TB, a exposure.Answer) string {
	t.Helper()
	doc, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatal(err)
	}
	if string(m["reasons"]) == "null" {
		t.Errorf("reasons are null in %s", doc)
	}
	words := []string{string(m["id"]), string(m["public"])}
	for _, name := range []string{"reach", "severity", "effective"} {
		words = append(words, strings.Trim(string(m[name]), `"`))
	}
	end := "ok"
	if string(m["error"]) != `""` {
		end = "error"
	}
	return strings.Join(append(words, end), " ")
}

// TestAnswerParts judges what the command line names by file.
func TestAnswerParts(t *testing.T) {
	t.Parallel()
	a := exposure.AnswerParts(map[string][]byte{
		"policy": []byte(policyWith(allow(`"*"`, ""))), "ownership": []byte(`"ObjectWriter"`), "acl": []byte(`{"canned":"private"}`),
	})
	if got := short(t, a); got != `"" true internet high public ok` {
		t.Error(got)
	}
	a = exposure.AnswerParts(map[string][]byte{"policy": []byte("{"), "acl": []byte("[")})
	if got := short(t, a); got != `"" null none medium unknown error` {
		t.Error(got)
	}
}

func TestTri(t *testing.T) {
	t.Parallel()
	var zero exposure.Tri
	if zero != exposure.Maybe || zero.Bool() != nil || zero.String() != "maybe" {
		t.Errorf("the zero value is %v", zero)
	}
	if b := exposure.TriOf(true).Bool(); b == nil || !*b || exposure.Yes.String() != "yes" {
		t.Errorf("true is %v", b)
	}
	if b := exposure.TriOf(false).Bool(); b == nil || *b || exposure.No.String() != "no" {
		t.Errorf("false is %v", b)
	}
}
