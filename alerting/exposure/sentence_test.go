package exposure_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// sentenceOf is what is said of the last of some calls.
func sentenceOf(t *testing.T, calls ...call) string {
	t.Helper()
	w := newWorld()
	var c exposure.Change
	for _, call := range calls {
		c = w.apply(t, call)
	}
	return c.Sentence(c.Class())
}

// TestASentenceSaysWhatIsPossibleForWhom reads the sentences on the grants that records make.
func TestASentenceSaysWhatIsPossibleForWhom(t *testing.T) {
	t.Parallel()
	off := call{name: "DeleteBucketPublicAccessBlock", minute: 1}
	made := call{name: "CreateBucket"}
	policy := func(statements ...string) call {
		return call{name: "PutBucketPolicy", minute: 2, params: `"bucketPolicy":` + policyWith(statements...)}
	}
	everyone := func(condition string) string { return allow(`"*"`, condition) }
	tests := map[string][]call{
		"Anyone on the internet can list objects in b (AllUsers READ).": {off, {name: "PutBucketAcl", minute: 2, params: publicACL}},
		"Any AWS account can write to b (AuthenticatedUsers WRITE).": {
			off, {name: "PutBucketAcl", minute: 2, params: `"acl":"","accessControlList":{"x-amz-grant-write":"uri=` + signedURI + `"}`},
		},
		"Anyone on the internet can read object keys/id_rsa in b (AllUsers READ).": {
			off, {name: "PutObjectAcl", minute: 2, params: `"key":"keys/id_rsa",` + publicACL},
		},
		"Not public yet: a grant that would let anyone on the internet read objects in b exists (* s3:GetObject), but it is blocked only by bucket RestrictPublicBuckets.": {
			made, {name: "PutBucketPublicAccessBlock", minute: 1, params: `"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":true}`}, policy(everyone("")),
		},
		"External account 111122223333 can read objects in b (111122223333 s3:GetObject).": {
			policy(statement("Allow", `{"AWS":["arn:aws:iam::`+owner+`:root","`+foreign+`"]}`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")),
		},
		"External accounts 111122223333 and 444455556666 can read objects in b (111122223333 and 1 more s3:GetObject).": {
			policy(allow(`{"AWS":["arn:aws:iam::`+owner+`:role/app","111122223333","444455556666"]}`, "")),
		},
		"External account 111122223333 can change the permissions of b (111122223333 s3:*); every account in organization o-a1b2c3d4e5 can read objects in b (o-a1b2c3d4e5 s3:GetObject).": {
			policy(everyone(`{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`), statement("Allow", `{"AWS":"111122223333"}`, `"s3:*"`, `"arn:aws:s3:::b/*"`, "")),
		},
		"Anyone in IP range 198.51.100.0/24 can read objects in b (198.51.100.0/24 s3:GetObject).": {
			policy(everyone(`{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`)),
		},
		"External account 111122223333 from IP range 198.51.100.0/24 can read objects in b (111122223333 s3:GetObject).": {
			policy(allow(`{"AWS":"111122223333"}`, `{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`)),
		},
		"An external account can list objects in b (ffff READ).": {
			{name: "PutBucketAcl", minute: 2, params: `"acl":"","accessControlList":{"x-amz-grant-read":"id=ffff"}`},
		},
		"Block Public Access (all four settings) turned off for b.": {made, off},
		"BlockPublicAcls turned off for b; public access is still blocked by Object Ownership BucketOwnerEnforced and bucket IgnorePublicAcls.": {
			made, {name: "PutBucketPublicAccessBlock", minute: 1, params: `"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}`},
		},
		"BlockPublicPolicy turned off for account 999988887777; public access is still blocked by account RestrictPublicBuckets.": {
			{name: "PutAccountPublicAccessBlock", minute: 1, params: accountHost + `,"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}`},
		},
		"Object Ownership BucketOwnerEnforced removed from b: ACLs are enabled; public access is still blocked by bucket IgnorePublicAcls.": {
			made, {name: "PutBucketOwnershipControls", minute: 1, params: objectWriter},
		},
	}
	for want, calls := range tests {
		if got := sentenceOf(t, calls...); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
