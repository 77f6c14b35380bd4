package remedy_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/remedy"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// owner is the account of the buckets in these tests, foreign one that is nobody's.
const (
	owner   = "999988887777"
	foreign = "111122223333"
	app     = "arn:aws:iam::" + owner + ":role/app"
	logURI  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
	allURI  = "http://acs.amazonaws.com/groups/global/AllUsers"
)

// call is one CloudTrail record in short; those of an exposure come after the first begun.
type call struct {
	name   string
	params string // members of requestParameters without the bucket
	bucket string // "b" unless said otherwise
	region string // "eu-west-1" unless said otherwise
	begins bool   // the exposure begins with it; unless some call says so, with the last one
}

func start() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }

func (c call) record(t testing.TB, minute int) *cloudtrail.Record {
	t.Helper()
	params := c.params
	if !strings.Contains(c.name, "Account") && !strings.Contains(c.name, "AccessPoint") {
		params = strings.TrimSuffix(fmt.Sprintf(`"bucketName":%q,%s`, cmp.Or(c.bucket, "b"), params), ",")
	}
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventSource":"s3.amazonaws.com","eventName":%q,"eventID":"e%d","eventTime":%q,
		"awsRegion":%q,"recipientAccountId":%q,"userIdentity":{"type":"IAMUser","accountId":%q,"arn":"arn:aws:iam::%s:user/u"},"requestParameters":{%s}}`,
		c.name, minute, start().Add(time.Duration(minute)*time.Minute).Format(time.RFC3339), cmp.Or(c.region, "eu-west-1"), owner, owner, owner, params)
	rec, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	return rec
}

// after is the state after some calls, and the target of the last one.
func after(t testing.TB, own exposure.Own, calls ...call) (remedy.State, remedy.Target) {
	t.Helper()
	s := remedy.State{Account: &exposure.Account{}, Buckets: map[string]*exposure.Bucket{}, Own: own}
	var target remedy.Target
	var since time.Time
	for minute, c := range calls {
		rec := c.record(t, minute)
		name := s.Account.BucketOf(rec)
		b := s.Buckets[name]
		if b == nil {
			b = &exposure.Bucket{Name: name, Account: owner}
		}
		change := exposure.Apply(b, s.Account, rec, own)
		if name != "" {
			s.Buckets[name] = b
		}
		if c.begins {
			since = change.At
		}
		target, _ = remedy.TargetOf(change.Resource, change.Bucket, since)
		if since.IsZero() {
			target.Since = change.At
		}
		target.Share = change.Class() == exposure.ShareClass
	}
	return s, target
}

// commands are what is printed for a state.
func commands(plans []remedy.Plan) []string {
	var out []string
	for _, p := range plans {
		for _, w := range p.Writes {
			out = append(out, w.Command())
		}
	}
	return out
}

func policyOf(statements ...string) string {
	return `"bucketPolicy":{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func allow(principal, rest string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"` + rest + `}`
}

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(out)
}

// The requests used again and again.
const (
	publicACL    = `"acl":"","x-amz-acl":"public-read"`
	privateACL   = `"acl":[""],"x-amz-acl":["private"]`
	allOn        = `"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}`
	allOff       = `"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}`
	restricted   = `"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":true}`
	objectWriter = `"OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}`
	enforced     = `"OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}`
	accountHost  = `"host":["` + owner + `.s3-control.eu-west-1.amazonaws.com"]`
)
