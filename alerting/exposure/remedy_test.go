package exposure_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestRemediation: exact commands that restore what was before, where that is known, else close and destroy
// nothing.
func TestRemediation(t *testing.T) {
	t.Parallel()
	const block = "aws s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
	tests := map[string]struct {
		calls []call
		want  []string
	}{
		"policy never seen": {[]call{{name: "PutBucketPolicy", params: publicPolicy}}, []string{block}},
		"policy where there was none": {
			[]call{{name: "DeleteBucketPolicy"}, {name: "PutBucketPolicy", params: publicPolicy}},
			[]string{"aws s3api delete-bucket-policy --bucket b", block},
		},
		"policy over another": {
			[]call{{name: "PutBucketPolicy", params: ownPolicy}, {name: "PutBucketPolicy", params: publicPolicy}},
			[]string{"aws s3api put-bucket-policy --bucket b --policy '" + strings.TrimPrefix(ownPolicy, `"bucketPolicy":`) + "'", block},
		},
		"shared": {
			[]call{{name: "DeleteBucketPolicy"}, {name: "PutBucketPolicy", params: foreignPolicy}},
			[]string{"aws s3api delete-bucket-policy --bucket b"},
		},
		"ACL": {[]call{{name: "PutBucketAcl", params: publicACL}}, []string{"aws s3api put-bucket-acl --bucket b --acl private", block}},
		"ACL over another": {[]call{
			{name: "PutBucketAcl", params: `"AccessControlPolicy":{"Owner":{"ID":"me"},"AccessControlList":{"Grant":[{"Grantee":{"ID":"me"},"Permission":"FULL_CONTROL"},{"Grantee":{"URI":"` + logURI + `"},"Permission":"WRITE"}]}}`},
			{name: "PutBucketAcl", params: publicACL},
		}, []string{`aws s3api put-bucket-acl --bucket b --access-control-policy '{"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"me"},"Permission":"FULL_CONTROL"},{"Grantee":{"Type":"Group","URI":"` + logURI + `"},"Permission":"WRITE"}],"Owner":{"ID":"me"}}'`, block}},
		"block": {[]call{{name: "DeleteBucketPublicAccessBlock"}}, []string{block}},
		"block partly on before": {[]call{
			{name: "PutBucketPublicAccessBlock", params: `"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true}`}, {name: "DeleteBucketPublicAccessBlock"},
		}, []string{"aws s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=false,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"}},
		"ownership": {
			[]call{{name: "PutBucketOwnershipControls", params: objectWriter}},
			[]string{"aws s3api put-bucket-ownership-controls --bucket b --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'", block},
		},
		"account": {
			[]call{{name: "DeleteAccountPublicAccessBlock", params: accountHost}},
			[]string{strings.Replace(block, "s3api put-public-access-block --bucket b", "s3control put-public-access-block --account-id "+owner, 1)},
		},
		"object":             {[]call{{name: "PutObjectAcl", params: `"key":"a b",` + publicACL}}, []string{"aws s3api put-object-acl --bucket b --key 'a b' --acl private"}},
		"option as a key":    {[]call{{name: "PutObjectAcl", params: `"key":"--acl",` + publicACL}}, []string{`aws s3api put-object-acl --cli-input-json '{"ACL":"private","Bucket":"b","Key":"--acl"}'`}},
		"file as a key":      {[]call{{name: "PutObjectAcl", params: `"key":"file:///etc/passwd",` + publicACL}}, []string{`aws s3api put-object-acl --cli-input-json '{"ACL":"private","Bucket":"b","Key":"file:///etc/passwd"}'`}},
		"access point":       {[]call{{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + quoted(policyWith(allow(`"*"`, "")))}}, []string{"aws s3control delete-access-point-policy --account-id " + owner + " --name p"}},
		"nothing to do":      {[]call{{name: "PutBucketAcl", params: privateACL}}, nil},
		"created that way":   {[]call{{name: "CreateBucket", params: publicACL}}, []string{"aws s3api put-bucket-acl --bucket b --acl private", block}},
		"evil name":          {[]call{{name: "PutBucketAcl", bucket: "b;rm -rf '/'", params: publicACL}}, []string{`aws s3api put-bucket-acl --bucket 'b;rm -rf '\''/'\''' --acl private`, strings.Replace(block, "--bucket b", `--bucket 'b;rm -rf '\''/'\'''`, 1)}},
		"invisible in a key": {[]call{{name: "PutObjectAcl", params: `"key":"a\u0007'b",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --key $'a\x07\'b' --acl private`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			var c exposure.Change
			for i, call := range tt.calls {
				call.minute = i + 1
				c = w.apply(t, call)
			}
			if !slices.Equal(c.Remediation, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(c.Remediation, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestRemediationIsOneCommand: a shell gives an attacker's text back as one argument.
func TestRemediationIsOneCommand(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash on this machine")
	}
	for _, key := range []string{"$(reboot)", "a'b", "`id`", "a\\\nb", "x; y | z & w", "\u202egnp.exe", "ünï", "{a,b}", "~", "*"} {
		w := newWorld()
		text := strings.NewReplacer("\\", `\\`, "\n", `\n`, "\"", `\"`).Replace(key)
		c := w.apply(t, call{name: "PutObjectAcl", minute: 1, params: `"key":"` + text + `",` + publicACL})
		if len(c.Remediation) != 1 {
			t.Fatalf("%q: got %q", key, c.Remediation)
		}
		cmd := exec.CommandContext(t.Context(), "bash")
		cmd.Stdin = strings.NewReader(`aws() { printf '%s\0' "$@"; }; ` + c.Remediation[0])
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		want := strings.Join([]string{"s3api", "put-object-acl", "--bucket", "b", "--key", key, "--acl", "private", ""}, "\x00")
		if string(out) != want {
			t.Errorf("%s\n gave %q\nwant %q", c.Remediation[0], out, want)
		}
	}
}
