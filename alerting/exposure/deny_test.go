package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// eighths lists n ranges of /8, each narrow enough for S3.
func eighths(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%d.0.0.0/8"`, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// TestDeny: a Deny may lower reach and severity; it never makes the policy non-public, and never silences.
func TestDeny(t *testing.T) {
	t.Parallel()
	const bucket = `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
	deny := func(action, resource, condition string) string {
		return statement("Deny", `"*"`, action, resource, condition)
	}
	everything := func(condition string) string { return deny(`"s3:*"`, bucket, condition) }
	tests := map[string]struct {
		deny     string
		reach    exposure.Reach
		severity alert.Severity
	}{
		"TLS only":             {everything(`{"Bool":{"aws:SecureTransport":"false"}}`), exposure.Internet, alert.High},
		"unconditional":        {everything(""), exposure.Nobody, alert.Low},
		"all but an endpoint":  {everything(`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`), exposure.VPC, alert.Medium},
		"all but a range":      {everything(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), exposure.AddressRange, alert.Medium},
		"all but two halves":   {everything(`{"NotIpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}`), exposure.Internet, alert.High},
		"absent is not false":  {everything(`{"Bool":{"aws:PrincipalIsAWSService":"false"}}`), exposure.Internet, alert.High},
		"no MFA at all":        {everything(`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`), exposure.Internet, alert.High},
		"absent counts":        {everything(`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`), exposure.AnyAWS, alert.High},
		"all but an org":       {everything(`{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}`), exposure.Organization, alert.Medium},
		"org or endpoint":      {everything(`{"StringNotEquals":{"aws:PrincipalOrgID":"o-1","aws:SourceVpce":"vpce-1"}}`), exposure.Organization, alert.Medium},
		"all without an org":   {everything(`{"Null":{"aws:PrincipalOrgID":"true"}}`), exposure.AnyAWS, alert.High},
		"only some values":     {everything(`{"ForAnyValue:StringNotEquals":{"aws:PrincipalOrgPaths":"o-1/"}}`), exposure.Internet, alert.High},
		"one bad actor":        {everything(`{"StringEquals":{"aws:PrincipalAccount":"` + foreign + `"}}`), exposure.Internet, alert.High},
		"other action":         {deny(`"s3:PutObject"`, bucket, ""), exposure.Internet, alert.High},
		"action by wildcard":   {deny(`"S3:get*"`, bucket, ""), exposure.Nobody, alert.Low},
		"other objects":        {deny(`"s3:*"`, `"arn:aws:s3:::b/private/*"`, ""), exposure.Internet, alert.High},
		"bucket alone":         {deny(`"s3:*"`, `"arn:aws:s3:::b"`, ""), exposure.Internet, alert.High},
		"every resource":       {deny(`"s3:*"`, `"*"`, ""), exposure.Nobody, alert.Low},
		"to one principal":     {statement("Deny", `{"AWS":"`+foreign+`"}`, `"s3:*"`, bucket, ""), exposure.Internet, alert.High},
		"all actions but this": {strings.Replace(deny(`"s3:GetObject"`, bucket, ""), `"Action"`, `"NotAction"`, 1), exposure.Internet, alert.High},
		"all actions but put":  {strings.Replace(deny(`"s3:PutObject"`, bucket, ""), `"Action"`, `"NotAction"`, 1), exposure.Nobody, alert.Low},
		"all but the owner":    {strings.Replace(statement("Deny", `{"AWS":"`+owner+`"}`, `"s3:*"`, bucket, ""), `"Principal"`, `"NotPrincipal"`, 1), exposure.SameAccount, alert.Medium},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, policyWith(allow(`"*"`, ""), tt.deny))
			if v.Public != exposure.Yes {
				t.Errorf("public %v: a Deny must not silence", v.Public)
			}
			if v.Reach != tt.reach || v.Severity != tt.severity {
				t.Errorf("got %s, %s; want %s, %s (%v)", v.Reach, v.Severity, tt.reach, tt.severity, v.Reasons)
			}
		})
	}
}

// TestDenyAlone grants nothing.
func TestDenyAlone(t *testing.T) {
	t.Parallel()
	v := judge(t, policyWith(statement("Deny", `"*"`, `"s3:PutObject"`, `"*"`, `{"StringNotEquals":{"aws:SourceVpce":"x"}}`)))
	if v.Public != exposure.No || v.Effective != exposure.Private || v.Severity != alert.Info || len(v.Grants) != 0 {
		t.Errorf("got %+v", v)
	}
}

// TestActions: what is granted decides how bad it is, never whether it is public.
func TestActions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statement string
		access    exposure.Access
		severity  alert.Severity
	}{
		"read":            {statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, ""), exposure.Read, alert.High},
		"any case":        {statement("Allow", `"*"`, `"S3:GETOBJECT"`, `"arn:aws:s3:::b/*"`, ""), exposure.Read, alert.High},
		"list":            {statement("Allow", `"*"`, `"s3:ListBucket"`, `"arn:aws:s3:::b"`, ""), exposure.List, alert.High},
		"one object":      {statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/index.html"`, ""), exposure.Read, alert.Medium},
		"prefix":          {statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/a/*"`, ""), exposure.Read, alert.High},
		"location":        {statement("Allow", `"*"`, `"s3:GetBucketLocation"`, `"arn:aws:s3:::b"`, ""), exposure.Recon, alert.Medium},
		"unknown getter":  {statement("Allow", `"*"`, `"s3:GetSomethingNew"`, `"*"`, ""), exposure.Recon, alert.Medium},
		"unknown setter":  {statement("Allow", `"*"`, `"s3:PutSomethingNew"`, `"*"`, ""), exposure.Write, alert.Critical},
		"write":           {statement("Allow", `"*"`, `"s3:PutObject"`, `"arn:aws:s3:::b/*"`, ""), exposure.Write, alert.Critical},
		"delete":          {statement("Allow", `"*"`, `"s3:DeleteObject"`, `"arn:aws:s3:::b/*"`, ""), exposure.Write, alert.Critical},
		"by wildcard":     {statement("Allow", `"*"`, `"s3:P*"`, `"*"`, ""), exposure.Takeover, alert.Critical},
		"question marks":  {statement("Allow", `"*"`, `"s3:?utBucketAcl"`, `"*"`, ""), exposure.Takeover, alert.Critical},
		"policy":          {statement("Allow", `"*"`, `"s3:PutBucketPolicy"`, `"*"`, ""), exposure.Takeover, alert.Critical},
		"all of S3":       {statement("Allow", `"*"`, `"s3:*"`, `"*"`, ""), exposure.Takeover, alert.Critical},
		"everything":      {statement("Allow", `"*"`, `"*"`, `"*"`, ""), exposure.Takeover, alert.Critical},
		"other service":   {statement("Allow", `"*"`, `"sqs:SendMessage"`, `"*"`, ""), exposure.NoAccess, alert.Medium},
		"worst of two":    {statement("Allow", `"*"`, `["s3:GetBucketLocation","s3:PutObject"]`, `"*"`, ""), exposure.Write, alert.Critical},
		"not action":      {strings.Replace(statement("Allow", `"*"`, `"s3:DeleteBucket"`, `"*"`, ""), `"Action"`, `"NotAction"`, 1), exposure.Takeover, alert.Critical},
		"not any action":  {strings.Replace(statement("Allow", `"*"`, `"s3:*"`, `"*"`, ""), `"Action"`, `"NotAction"`, 1), exposure.NoAccess, alert.Medium},
		"not a resource":  {strings.Replace(statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/private/x"`, ""), `"Resource"`, `"NotResource"`, 1), exposure.Read, alert.High},
		"weakly limited":  {statement("Allow", `"*"`, `"s3:PutObject"`, `"*"`, `{"StringLike":{"aws:Referer":"x"}}`), exposure.Write, alert.Critical},
		"web identity":    {statement("Allow", `{"Federated":"graph.facebook.com"}`, `"s3:PutObject"`, `"*"`, ""), exposure.Write, alert.High},
		"identity's pool": {statement("Allow", `{"Federated":"cognito-identity.amazonaws.com"}`, `"s3:GetObject"`, `"*"`, `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"p"}}`), exposure.Read, alert.Medium},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, policyWith(tt.statement))
			if v.Public != exposure.Yes || v.Access != tt.access || v.Severity != tt.severity {
				t.Errorf("got public %v, %s, %s; want %s, %s", v.Public, v.Access, v.Severity, tt.access, tt.severity)
			}
		})
	}
}
