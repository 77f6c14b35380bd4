package exposure_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestUnreadablePolicy: what has no one meaning is an error.
func TestUnreadablePolicy(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"nothing":              ``,
		"no JSON":              `hello`,
		"cut off":              `{"Version":"2012-10-17","Statement":[`,
		"text behind":          policyWith(allow(`"*"`, "")) + `x`,
		"two documents":        policyWith(allow(`"*"`, "")) + policyWith(allow(`"*"`, "")),
		"number":               `5`,
		"list":                 `[` + allow(`"*"`, "") + `]`,
		"null":                 `null`,
		"empty object":         `{}`,
		"no statement":         `{"Version":"2012-10-17"}`,
		"statement by case":    `{"Version":"2012-10-17","statement":[]}`,
		"principal twice":      policyWith(`{"Effect":"Allow","Principal":{"AWS":"` + owner + `"},"Principal":"*","Action":"s3:GetObject","Resource":"*"}`),
		"operator twice":       policyWith(allow(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1"},"StringEquals":{"s3:prefix":"x"}}`)),
		"key twice":            policyWith(allow(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1","aws:SourceVpce":"vpce-2"}}`)),
		"escaped name twice":   policyWith(`{"Effect":"Allow","Effec\u0074":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}`),
		"statement twice":      `{"Statement":[],"Statement":[` + allow(`"*"`, "") + `]}`,
		"invalid UTF-8":        "{\"Id\":\"\xff\",\"Statement\":[]}",
		"deep":                 strings.Repeat(`{"Statement":`, 100) + `1` + strings.Repeat(`}`, 100),
		"text that is no JSON": `"hello"`,
		"comment":              `{/* */"Statement":[]}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p, err := exposure.ParsePolicy([]byte(doc)); err == nil {
				t.Errorf("read as %+v", p)
			}
		})
	}
}

// TestRefusedPolicy: what S3 would refuse is told as an error, and is never private.
func TestRefusedPolicy(t *testing.T) {
	t.Parallel()
	own := `{"AWS":"` + owner + `"}`
	member := func(s, member string) string { return strings.TrimSuffix(s, "}") + "," + member + "}" }
	tests := map[string]struct {
		doc    string
		public exposure.Tri
	}{
		"empty list":            {policyWith(), exposure.Maybe},
		"statement is text":     {policyWith(`"x"`), exposure.Maybe},
		"no principal":          {policyWith(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), exposure.Maybe},
		"empty principal":       {policyWith(allow(`{}`, "")), exposure.Maybe},
		"empty text":            {policyWith(allow(`""`, "")), exposure.Maybe},
		"empty list of AWS":     {policyWith(allow(`{"AWS":[]}`, "")), exposure.Maybe},
		"number as principal":   {policyWith(allow(`{"AWS":111122223333}`, "")), exposure.Maybe},
		"principal type":        {policyWith(allow(`{"Aws":"`+owner+`"}`, "")), exposure.Maybe},
		"bare list":             {policyWith(allow(`["*"]`, "")), exposure.Yes},
		"bare ARN":              {policyWith(allow(`"arn:aws:iam::*:root"`, "")), exposure.Yes},
		"bare account":          {policyWith(allow(`"`+owner+`"`, "")), exposure.Maybe},
		"effect by case":        {policyWith(statement("allow", own, `"s3:GetObject"`, `"*"`, "")), exposure.Maybe},
		"no effect":             {policyWith(`{"Principal":` + own + `,"Action":"s3:GetObject","Resource":"*"}`), exposure.Maybe},
		"elements by case":      {policyWith(`{"effect":"Allow","principal":"*","action":"s3:GetObject","resource":"*"}`), exposure.Maybe},
		"unknown element":       {policyWith(member(allow(own, ""), `"Principals":"*"`)), exposure.Maybe},
		"unknown at the top":    {`{"Statements":[],"Statement":[` + allow(own, "") + `]}`, exposure.Maybe},
		"both principals":       {policyWith(member(allow(own, ""), `"NotPrincipal":`+own)), exposure.Yes},
		"both actions":          {policyWith(member(allow(own, ""), `"NotAction":"s3:PutObject"`)), exposure.Maybe},
		"version":               {`{"Version":"2020-01-01","Statement":[` + allow(own, "") + `]}`, exposure.Maybe},
		"null in a condition":   {policyWith(allow(own, `{"StringEquals":{"aws:SourceVpce":null}}`)), exposure.Maybe},
		"no value":              {policyWith(allow(own, `{"StringEquals":{"aws:SourceVpce":[]}}`)), exposure.Maybe},
		"condition is text":     {policyWith(allow(own, `"x"`)), exposure.Maybe},
		"operator holds text":   {policyWith(allow(own, `{"StringEquals":"x"}`)), exposure.Maybe},
		"more than 20 KB":       {policyWith(member(allow(own, ""), `"Sid":"`+strings.Repeat("s", 21<<10)+`"`)), exposure.Maybe},
		"id is a number":        {`{"Id":1,"Statement":[` + allow(own, "") + `]}`, exposure.Maybe},
		"number among actions":  {policyWith(statement("Allow", own, `[1]`, `"*"`, "")), exposure.Maybe},
		"public and bad beside": {policyWith(allow(`"*"`, ""), `7`), exposure.Yes},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, tt.doc)
			if v.Error == "" || v.Public != tt.public || v.Severity < alert.Medium || v.Effective == exposure.Private {
				t.Errorf("got public %v, severity %s, effective %s, error %q; want %v", v.Public, v.Severity, v.Effective, v.Error, tt.public)
			}
		})
	}
}

// TestRemarks: a statement without Action or Resource is no policy S3 takes, yet leaves no doubt about who.
func TestRemarks(t *testing.T) {
	t.Parallel()
	for _, who := range []struct {
		principal string
		public    exposure.Tri
	}{{`"*"`, exposure.Yes}, {`{"AWS":"` + owner + `"}`, exposure.No}} {
		v := judge(t, policyWith(`{"Effect":"Allow","Principal":`+who.principal+`}`))
		if v.Public != who.public || !strings.Contains(v.Error, "no Action") || !strings.Contains(v.Error, "no Resource") {
			t.Errorf("%s: got public %v, error %q", who.principal, v.Public, v.Error)
		}
	}
}

// TestSpelling: JSON spelling, white space and optional elements make no difference.
func TestSpelling(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"no version":          `{"Statement":[` + allow(`"*"`, "") + `]}`,
		"old version":         `{"Version":"2008-10-17","Statement":[` + allow(`"*"`, "") + `]}`,
		"statement as object": `{"Version":"2012-10-17","Statement":` + allow(`"*"`, "") + `}`,
		"with an id":          `{"Id":"x","Version":"2012-10-17","Statement":` + allow(`"*"`, "") + `}`,
		"lists of one":        policyWith(statement("Allow", `{"AWS":["*"]}`, `["s3:GetObject"]`, `["arn:aws:s3:::b/*"]`, "")),
		"white space":         " \n" + strings.ReplaceAll(policyWith(allow(`"*"`, "")), ":{", ": \n\t{"),
		"as text":             `"` + strings.ReplaceAll(policyWith(allow(`"*"`, "")), `"`, `\"`) + `"`,
		"sids twice":          policyWith(`{"Sid":"a",`+allow(`"*"`, "")[1:], `{"Sid":"a",`+allow(`"*"`, "")[1:]),
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, doc)
			if v.Public != exposure.Yes || v.Reach != exposure.Internet || v.Severity != alert.High || v.Error != "" {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// TestReasons name the statement, its Sid and what it comes down to.
func TestReasons(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc  string
		want []string
	}{
		"number":     {policyWith(allow(`{"AWS":"`+owner+`"}`, ""), allow(`"*"`, "")), []string{"statement 2 allows s3:GetObject to everyone"}},
		"sid":        {policyWith(`{"Sid":"Open",` + allow(`"*"`, "")[1:]), []string{"statement 1 (Open)"}},
		"two halves": {policyWith(allow(`"*"`, `{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}`)), []string{"0.0.0.0/1 and 128.0.0.0/1", "covers the whole internet"}},
		"share":      {policyWith(allow(`"*"`, "{\"IpAddress\":{\"aws:SourceIp\":"+eighths(128)+"}}")), []string{"50 % of all IPv4"}},
		"key":        {policyWith(allow(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), []string{"aws:PrincipalOrgID o-1"}},
		"deny":       {policyWith(allow(`"*"`, ""), statement("Deny", `"*"`, `"s3:*"`, `"*"`, `{"StringNotEquals":{"aws:SourceVpce":"v"}}`)), []string{"a Deny limits it"}},
		"if exists":  {policyWith(allow(`"*"`, `{"StringEqualsIfExists":{"aws:SourceVpce":"v"}}`)), []string{"also matches callers without aws:SourceVpce"}},
		"many":       {policyWith(statement("Allow", `"*"`, `["s3:GetObject","s3:GetObjectAcl","s3:GetObjectTagging","s3:ListBucket","s3:GetBucketAcl"]`, `"*"`, "")), []string{"and 2 more actions"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Join(judge(t, tt.doc).Reasons, "\n")
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in:\n%s", want, text)
				}
			}
		})
	}
}

// TestIdentityPoliciesNameNoPrincipal: the IAM grammar has Principal in policies of resources only.
func TestIdentityPoliciesNameNoPrincipal(t *testing.T) {
	const own = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	p, err := exposure.ParseIdentityPolicy([]byte(own))
	if err != nil || len(p.Faults) > 0 || len(p.Statements) != 1 || p.Version != "2012-10-17" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = exposure.ParseIdentityPolicy([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`)); err != nil || len(p.Faults) != 1 {
		t.Errorf("with a Principal: %+v, %v", p, err)
	}
	if p, err = exposure.ParsePolicy([]byte(own)); err != nil || len(p.Faults) != 1 {
		t.Errorf("of a bucket: %+v, %v", p, err)
	}
}
