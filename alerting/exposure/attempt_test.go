package exposure_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestAttempts: a failed call changes nothing, tells what it would have opened, and sits one step below.
func TestAttempts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call      call
		kind      exposure.Kind
		attempted exposure.State
		severity  alert.Severity
		reach     exposure.Reach
	}{
		"public policy":   {call{name: "PutBucketPolicy", params: publicPolicy, err: "AccessDenied"}, exposure.Attempted, exposure.Public, alert.Medium, exposure.Internet},
		"foreign policy":  {call{name: "PutBucketPolicy", params: foreignPolicy, err: "AccessDenied"}, exposure.Attempted, exposure.Shared, alert.Low, exposure.CrossAccount},
		"own policy":      {call{name: "PutBucketPolicy", params: ownPolicy, err: "AccessDenied"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"no document":     {call{name: "PutBucketPolicy", params: `"bucketPolicy":{}`, err: "AccessDenied"}, exposure.Attempted, exposure.Unknown, alert.Low, exposure.Nobody},
		"public ACL":      {call{name: "PutBucketAcl", params: publicACL, err: "AccessControlListNotSupported"}, exposure.Attempted, exposure.Public, alert.Medium, exposure.Internet},
		"write ACL":       {call{name: "PutBucketAcl", params: `"x-amz-acl":"public-read-write"`, err: "AccessDenied"}, exposure.Attempted, exposure.Public, alert.High, exposure.Internet},
		"private ACL":     {call{name: "PutBucketAcl", params: privateACL, err: "AccessDenied"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"public creation": {call{name: "CreateBucket", params: publicACL, err: "InvalidBucketAclWithBlockPublicAccessError"}, exposure.Attempted, exposure.Public, alert.Medium, exposure.Internet},
		"creation":        {call{name: "CreateBucket", err: "BucketAlreadyExists"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"block":           {call{name: "DeleteBucketPublicAccessBlock", err: "AccessDenied"}, exposure.Attempted, exposure.Unknown, alert.Low, exposure.Nobody},
		"account block":   {call{name: "DeleteAccountPublicAccessBlock", params: accountHost, err: "AccessDenied"}, exposure.Attempted, exposure.Unknown, alert.Medium, exposure.Nobody},
		"block put":       {call{name: "PutBucketPublicAccessBlock", params: allOn, err: "AccessDenied"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"ownership":       {call{name: "PutBucketOwnershipControls", params: objectWriter, err: "AccessDenied"}, exposure.Attempted, exposure.Unknown, alert.Low, exposure.Nobody},
		"object ACL":      {call{name: "PutObjectAcl", params: `"key":"k",` + publicACL, err: "AccessDenied"}, exposure.Attempted, exposure.Public, alert.Medium, exposure.Internet},
		"upload":          {call{name: "PutObject", params: `"key":"k"`, err: "AccessDenied"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"no such bucket":  {call{name: "PutBucketPolicy", params: publicPolicy, err: "NoSuchBucket"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"busy":            {call{name: "PutBucketPolicy", params: publicPolicy, err: "SlowDown"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"policy deletion": {call{name: "DeleteBucketPolicy", err: "NoSuchBucket"}, exposure.Unchanged, "", alert.Info, exposure.Nobody},
		"access point":    {call{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + quoted(policyWith(allow(`"*"`, ""))), err: "AccessDenied"}, exposure.Attempted, exposure.Public, alert.Medium, exposure.AnyAWS},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.apply(t, call{name: "PutBucketAcl", minute: 1, params: privateACL})
			before := snapshot(t, w)
			tt.call.minute = 2
			c := w.apply(t, tt.call)
			if c.Kind != tt.kind || c.Attempted != tt.attempted || c.Severity != tt.severity || c.Reach != tt.reach {
				t.Errorf("got %q, %s, %s, %s; want %q, %s, %s, %s\n%s", c.Kind, c.Attempted, c.Severity, c.Reach, tt.kind, tt.attempted, tt.severity, tt.reach, strings.Join(c.Reasons, "\n"))
			}
			if c.Before != c.After || c.Closes {
				t.Errorf("an attempt changed something: %+v", c)
			}
			if after := snapshot(t, w); after != before {
				t.Errorf("the state changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}

// TestAttemptLeavesNoTrace: not even spare capacity of the state's lists is written to.
func TestAttemptLeavesNoTrace(t *testing.T) {
	t.Parallel()
	b, a := &exposure.Bucket{}, &exposure.Account{}
	for i := range 3 {
		exposure.Apply(b, a, call{name: "PutBucketPolicy", minute: 10 + i, params: ownPolicy}.record(t), exposure.Own{})
	}
	w := &world{bucket: b, account: a}
	before := snapshot(t, w)
	exposure.Apply(b, a, call{name: "PutBucketPolicy", minute: 5, params: publicPolicy, err: "AccessDenied"}.record(t), exposure.Own{})
	exposure.Apply(b, a, call{name: "PutBucketPolicy", minute: 30, params: publicPolicy, err: "AccessDenied"}.record(t), exposure.Own{})
	if after := snapshot(t, w); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}

func snapshot(t testing.TB, w *world) string {
	t.Helper()
	text, err := json.Marshal([]any{w.bucket, w.account})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }
