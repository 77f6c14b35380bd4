package exposure_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func canned(t testing.TB, name string) *exposure.ACL {
	t.Helper()
	acl, err := exposure.CannedACL(name)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// TestGates follows "Blocking public access to your Amazon S3 storage": which flag neutralises what exists.
// BlockPublicAcls and BlockPublicPolicy stop new ones only.
func TestGates(t *testing.T) {
	t.Parallel()
	public, shared := parse(t, policyWith(allow(`"*"`, ""))), parse(t, policyWith(allow(`{"AWS":"`+foreign+`"}`, "")))
	both := parse(t, policyWith(allow(`"*"`, ""), allow(`{"AWS":"`+foreign+`"}`, "")))
	acl := canned(t, "public-read")
	restrict, ignore := exposure.Block{RestrictPublicBuckets: true}, exposure.Block{IgnorePublicAcls: true}
	refuse := exposure.Block{BlockPublicAcls: true, BlockPublicPolicy: true}
	tests := map[string]struct {
		in   exposure.Input
		want exposure.State
	}{
		"nothing":                  {exposure.Input{}, exposure.Private},
		"policy":                   {exposure.Input{Policy: public}, exposure.Public},
		"ACL":                      {exposure.Input{ACL: acl}, exposure.Public},
		"refusing flags":           {exposure.Input{Policy: public, ACL: acl, Gates: exposure.Gates{Bucket: refuse, Account: refuse}}, exposure.Public},
		"policy, bucket":           {exposure.Input{Policy: public, Gates: exposure.Gates{Bucket: restrict}}, exposure.Latent},
		"policy, account":          {exposure.Input{Policy: public, Gates: exposure.Gates{Account: restrict}}, exposure.Latent},
		"policy, organization":     {exposure.Input{Policy: public, Gates: exposure.Gates{Organization: restrict}}, exposure.Latent},
		"policy, wrong flag":       {exposure.Input{Policy: public, Gates: exposure.Gates{Bucket: ignore}}, exposure.Public},
		"ACL, bucket":              {exposure.Input{ACL: acl, Gates: exposure.Gates{Bucket: ignore}}, exposure.Latent},
		"ACL, wrong flag":          {exposure.Input{ACL: acl, Gates: exposure.Gates{Bucket: restrict}}, exposure.Public},
		"ACL, enforced":            {exposure.Input{ACL: acl, Gates: exposure.Gates{Ownership: exposure.BucketOwnerEnforced}}, exposure.Latent},
		"ACL, preferred":           {exposure.Input{ACL: acl, Gates: exposure.Gates{Ownership: exposure.BucketOwnerPreferred}}, exposure.Public},
		"policy, enforced":         {exposure.Input{Policy: public, Gates: exposure.Gates{Ownership: exposure.BucketOwnerEnforced}}, exposure.Public},
		"flags of two levels":      {exposure.Input{Policy: public, ACL: acl, Gates: exposure.Gates{Bucket: ignore, Account: restrict}}, exposure.Latent},
		"one of two":               {exposure.Input{Policy: public, ACL: acl, Gates: exposure.Gates{Bucket: ignore}}, exposure.Public},
		"object ACL":               {exposure.Input{ObjectACL: acl}, exposure.Public},
		"object ACL, ignored":      {exposure.Input{ObjectACL: acl, Gates: exposure.Gates{Account: ignore}}, exposure.Latent},
		"shared":                   {exposure.Input{Policy: shared}, exposure.Shared},
		"shared, blocked":          {exposure.Input{Policy: shared, Gates: exposure.Gates{Bucket: exposure.BlockAll()}}, exposure.Shared},
		"public and shared, block": {exposure.Input{Policy: both, Gates: exposure.Gates{Bucket: restrict}}, exposure.Latent},
		"shared beside latent":     {exposure.Input{Policy: shared, ACL: acl, Gates: exposure.Gates{Bucket: exposure.BlockAll()}}, exposure.Shared},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.Account = owner
			v := exposure.Evaluate(tt.in)
			if v.Effective != tt.want {
				t.Errorf("got %s, want %s (%v)", v.Effective, tt.want, v.Reasons)
			}
			if v.Effective == exposure.Latent && !strings.Contains(strings.Join(v.Reasons, "\n"), "public access is blocked by") {
				t.Errorf("no reason names the gate: %v", v.Reasons)
			}
		})
	}
}

// TestAccessPoint follows "Managing data access with Amazon S3 access points": no anonymous calls, a VPC network
// origin is never public, its own block counts, and s3:DataAccessPointArn is no limit in its own policy.
func TestAccessPoint(t *testing.T) {
	t.Parallel()
	point := func(condition string, vpc bool, block exposure.Block) exposure.Input {
		return exposure.Input{Account: owner, Point: &exposure.Point{Policy: parse(t, policyWith(allow(`"*"`, condition))), VPCOnly: vpc, Block: block}}
	}
	own := `{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:` + owner + `:accesspoint/*"}}`
	tests := map[string]struct {
		in       exposure.Input
		public   exposure.Tri
		reach    exposure.Reach
		severity alert.Severity
		state    exposure.State
	}{
		"internet":       {point("", false, exposure.Block{}), exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"blocked":        {point("", false, exposure.BlockAll()), exposure.Yes, exposure.AnyAWS, alert.High, exposure.Latent},
		"VPC":            {point("", true, exposure.Block{}), exposure.No, exposure.VPC, alert.Low, exposure.Private},
		"own ARN":        {point(own, false, exposure.Block{}), exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"organization":   {point(`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, false, exposure.Block{}), exposure.No, exposure.Organization, alert.Low, exposure.Shared},
		"without policy": {exposure.Input{Point: &exposure.Point{}}, exposure.No, exposure.Nobody, alert.Info, exposure.Private},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := exposure.Evaluate(tt.in)
			if v.Public != tt.public || v.Reach != tt.reach || v.Severity != tt.severity || v.Effective != tt.state {
				t.Errorf("got %v, %s, %s, %s; want %v, %s, %s, %s", v.Public, v.Reach, v.Severity, v.Effective, tt.public, tt.reach, tt.severity, tt.state)
			}
		})
	}
}

func TestParseBlock(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc  string
		want exposure.Block
		ok   bool
	}{
		"four flags":   {`{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}`, exposure.BlockAll(), true},
		"absent flags": {`{"IgnorePublicAcls":true}`, exposure.Block{IgnorePublicAcls: true}, true},
		"as text":      {`{"IgnorePublicAcls":"true","xmlns":"x"}`, exposure.Block{IgnorePublicAcls: true}, true},
		"wrapped":      {`{"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":true}}`, exposure.Block{RestrictPublicBuckets: true}, true},
		"null":         {`null`, exposure.Block{}, true},
		"all":          {`"all"`, exposure.BlockAll(), true},
		"none":         {`"none"`, exposure.Block{}, true},
		"unknown flag": {`{"BlockEverything":true}`, exposure.Block{}, false},
		"number":       {`{"BlockPublicAcls":1}`, exposure.Block{}, false},
		"list":         {`[true]`, exposure.Block{}, false},
		"twice":        {`{"BlockPublicAcls":true,"BlockPublicAcls":false}`, exposure.Block{}, false},
		"nothing":      {``, exposure.Block{}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := exposure.ParseBlock([]byte(tt.doc))
			if (err == nil) != tt.ok || tt.ok && got != tt.want {
				t.Errorf("got %+v, %v; want %+v, ok %v", got, err, tt.want, tt.ok)
			}
		})
	}
}
