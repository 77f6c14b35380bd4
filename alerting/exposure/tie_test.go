package exposure_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestEventsOfOneSecond brings two calls of the same second in both orders, with ids in both orders: what is left is
// what S3 would have allowed, and where that is open, the more open.
func TestEventsOfOneSecond(t *testing.T) {
	t.Parallel()
	made, off, writer := call{name: "CreateBucket"}, call{name: "DeleteBucketPublicAccessBlock", minute: 1}, call{name: "PutBucketOwnershipControls", minute: 1, params: objectWriter}
	public := call{name: "PutBucketPolicy", minute: 2, params: publicPolicy}
	at := func(c call) call { c.minute = 5; return c }
	block, unblock := call{name: "PutBucketPublicAccessBlock", params: allOn}, call{name: "DeleteBucketPublicAccessBlock"}
	blockAll, unblockAll := call{name: "PutAccountPublicAccessBlock", params: accountHost + "," + allOn}, call{name: "DeleteAccountPublicAccessBlock", params: accountHost}
	acl := func(params string) call { return call{name: "PutBucketAcl", params: params} }
	tests := map[string]struct {
		before []call
		a, b   call
		want   exposure.State
	}{
		"public policy and block":                {[]call{made, off}, public, block, exposure.Latent},
		"public policy and account block":        {[]call{made, off}, public, blockAll, exposure.Latent},
		"block lifted and public policy":         {[]call{made}, unblock, public, exposure.Public},
		"public policy and its deletion":         {[]call{made, off}, public, call{name: "DeleteBucketPolicy"}, exposure.Public},
		"public policy and one of the account":   {[]call{made, off}, public, call{name: "PutBucketPolicy", params: ownPolicy}, exposure.Public},
		"shared policy and its deletion":         {[]call{made, off}, call{name: "PutBucketPolicy", params: foreignPolicy}, call{name: "DeleteBucketPolicy"}, exposure.Shared},
		"block on and off":                       {[]call{made, off, public}, block, unblock, exposure.Public},
		"account block on and off":               {[]call{made, off, public}, blockAll, unblockAll, exposure.Public},
		"public and private ACL":                 {[]call{made, off, writer}, acl(publicACL), acl(privateACL), exposure.Public},
		"ACLs enabled and public ACL":            {[]call{made, off}, call{name: "PutBucketOwnershipControls", params: objectWriter}, acl(publicACL), exposure.Public},
		"bucket deleted and made anew":           {[]call{made, off, public}, call{name: "DeleteBucket"}, made, exposure.Private},
		"public policy and bucket deleted":       {[]call{made, off}, public, call{name: "DeleteBucket"}, exposure.Private},
		"ownership enforced, ACL public before":  {[]call{made, off, writer}, call{name: "PutObjectAcl", params: `"key":"k",` + publicACL}, call{name: "PutBucketOwnershipControls", params: enforced}, exposure.Private},
		"block of other flags and public policy": {[]call{made, off}, public, call{name: "PutBucketPublicAccessBlock", params: `"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true}`}, exposure.Public},
	}
	for name, test := range tests {
		for _, ids := range [][2]string{{"0", "f"}, {"f", "0"}} {
			for _, swapped := range []bool{false, true} {
				w := newWorld()
				for _, c := range test.before {
					w.apply(t, c)
				}
				a, b := at(test.a), at(test.b)
				a.id, b.id = ids[0], ids[1]
				if swapped {
					a, b = b, a
				}
				w.apply(t, a)
				w.apply(t, b)
				if got, _ := w.now(t); got != test.want {
					t.Errorf("%s, ids %v, swapped %t: %s, want %s", name, ids, swapped, got, test.want)
				}
			}
		}
	}
}
