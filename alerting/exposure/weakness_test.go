package exposure_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestARemovedFlagIsAsSevereAsWhatPassesNow removes flags that refuse new grants and flags that stop existing ones.
func TestARemovedFlagIsAsSevereAsWhatPassesNow(t *testing.T) {
	t.Parallel()
	made := call{name: "CreateBucket"}
	writer := call{name: "PutBucketOwnershipControls", minute: 1, params: objectWriter}
	block := func(flags string) call {
		return call{name: "PutBucketPublicAccessBlock", minute: 2, params: `"PublicAccessBlockConfiguration":{` + flags + `}`}
	}
	account := func(flags string) call {
		return call{name: "PutAccountPublicAccessBlock", minute: 2, params: accountHost + `,"PublicAccessBlockConfiguration":{` + flags + `}`}
	}
	const acls, policies = `"BlockPublicAcls":true,"IgnorePublicAcls":true`, `"BlockPublicPolicy":true,"RestrictPublicBuckets":true`
	tests := map[string]struct {
		calls []call
		want  alert.Severity
	}{
		"new ACLs refused no more":                  {[]call{made, writer, block(`"IgnorePublicAcls":true,` + policies)}, alert.Low},
		"existing ACLs ignored no more, none known": {[]call{made, writer, block(`"BlockPublicAcls":true,` + policies)}, alert.Low},
		"both of the ACLs":                          {[]call{made, writer, block(policies)}, alert.Medium},
		"both of the ACLs, which are disabled":      {[]call{made, block(policies)}, alert.Low},
		"new policies refused no more":              {[]call{made, block(acls + `,"RestrictPublicBuckets":true`)}, alert.Low},
		"both of the policies":                      {[]call{made, block(acls)}, alert.Medium},
		"of a bucket never seen":                    {[]call{block(acls + `,"BlockPublicPolicy":true`)}, alert.Medium},
		"ACLs enabled under a full block":           {[]call{made, writer}, alert.Low},
		"the account's new ACLs":                    {[]call{account(`"IgnorePublicAcls":true,` + policies)}, alert.Low},
		"the account's existing ACLs":               {[]call{account(`"BlockPublicAcls":true,` + policies)}, alert.Medium},
		"both of the account's":                     {[]call{account(policies)}, alert.High},
	}
	for name, test := range tests {
		w := newWorld()
		var c exposure.Change
		for _, call := range test.calls {
			c = w.apply(t, call)
		}
		if c.Kind != exposure.Weakened || c.Severity != test.want {
			t.Errorf("%s: %s, %s, want %s: %s", name, c.Kind, c.Severity, test.want, c.Sentence(exposure.OpenClass))
		}
	}
}
