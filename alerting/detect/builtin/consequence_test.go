package builtin_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// detail is what the rules say of a change.
func detail(t *testing.T, c exposure.Change) string {
	t.Helper()
	rec, err := cloudtrail.Decode([]byte(`{"eventID":"e","eventName":"` + c.EventName + `","eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T12:00:00Z",
		"userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111122223333"},"recipientAccountId":"111122223333"}`))
	if err != nil {
		t.Fatal(err)
	}
	in := &detect.Input{Record: rec, Change: &c, Settings: &detect.Settings{}}
	for _, r := range builtin.Rules() {
		if strings.HasPrefix(r.ID, "s3-") && r.Match != nil && len(r.Events) == 1 && r.Events[0] == detect.OnExposure {
			if hit := r.Match(in); hit != nil {
				return hit.Detail
			}
		}
	}
	t.Fatalf("no rule tells of %s", c.Kind)
	return ""
}

func TestASentenceSaysWhatIsPossibleForWhom(t *testing.T) {
	bucket := exposure.Change{Scope: exposure.BucketScope, Bucket: "kops-state", EventName: "PutBucketAcl", Confidence: exposure.Confirmed}
	with := func(edit func(*exposure.Change)) exposure.Change {
		c := bucket
		edit(&c)
		return c
	}
	for want, c := range map[string]exposure.Change{
		"Anyone on the internet can list kops-state (AllUsers READ).": with(func(c *exposure.Change) {
			c.Kind, c.Reach, c.Access, c.Grant = exposure.Opened, exposure.Internet, exposure.List, "AllUsers READ"
		}),
		"Anyone with an AWS account can write to kops-state (AuthenticatedUsers WRITE).": with(func(c *exposure.Change) {
			c.Kind, c.Reach, c.Access, c.Grant, c.Confidence = exposure.Widened, exposure.AnyAWS, exposure.Write, "AuthenticatedUsers WRITE", exposure.Unconfirmed
		}),
		"Anyone on the internet can read object keys/id_rsa in kops-state (AllUsers READ).": with(func(c *exposure.Change) {
			c.Kind, c.Scope, c.Object, c.EventName = exposure.Opened, exposure.ObjectScope, "keys/id_rsa", "PutObjectAcl"
			c.Reach, c.Access, c.Grant = exposure.Internet, exposure.Read, "AllUsers READ"
		}),
		"A grant for anyone on the internet to list kops-state is stored (AllUsers READ), and it is stopped only by bucket IgnorePublicAcls.": with(func(c *exposure.Change) {
			c.Kind, c.Reach, c.Access, c.Grant, c.Blocks = exposure.Slept, exposure.Internet, exposure.List, "AllUsers READ", []string{"bucket IgnorePublicAcls"}
		}),
		"Another AWS account can take over kops-state (999988887777 s3:*).": with(func(c *exposure.Change) {
			c.Kind, c.Reach, c.Access, c.Grant, c.EventName = exposure.SharedOut, exposure.CrossAccount, exposure.Takeover, "999988887777 s3:*", "PutBucketPolicy"
		}),
		"Public grants on kops-state are no longer stopped: BlockPublicAcls, IgnorePublicAcls off.": with(func(c *exposure.Change) {
			c.Kind, c.Gates, c.EventName = exposure.Weakened, []string{"bucket BlockPublicAcls", "bucket IgnorePublicAcls"}, "DeleteBucketPublicAccessBlock"
		}),
	} {
		if got := detail(t, c); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
