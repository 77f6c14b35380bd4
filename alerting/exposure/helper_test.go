package exposure_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// owner is the account of the buckets in these tests, foreign one that is nobody's.
const (
	owner   = "999988887777"
	foreign = "111122223333"
)

// parse reads a policy that must be readable.
func parse(t testing.TB, doc string) *exposure.Policy {
	t.Helper()
	p, err := exposure.ParsePolicy([]byte(doc))
	if err != nil {
		t.Fatalf("parse %s: %v", doc, err)
	}
	return p
}

// policyWith wraps statements in a policy.
func policyWith(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allow is an Allow of s3:GetObject to a principal, with a condition unless it is empty.
func allow(principal, condition string) string {
	return statement("Allow", principal, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, condition)
}

func statement(effect, principal, action, resource, condition string) string {
	s := fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":%s,"Resource":%s`, effect, principal, action, resource)
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + "}"
}

// judge evaluates a policy of a bucket of the owner, without any gate.
func judge(t testing.TB, doc string) exposure.Verdict {
	t.Helper()
	return exposure.Evaluate(exposure.Input{Account: owner, Policy: parse(t, doc)})
}

// call is one CloudTrail record in short.
type call struct {
	name   string
	minute int    // of the test's hour
	params string // members of requestParameters without the bucket
	bucket string // "b" unless said otherwise
	err    string
	id     string // else made of name and minute
	region string // "eu-west-1" unless said otherwise
}

func (c call) record(t testing.TB) *cloudtrail.Record {
	t.Helper()
	if c.id == "" {
		c.id = fmt.Sprintf("%s-%d", c.name, c.minute)
	}
	if c.region == "" {
		c.region = "eu-west-1"
	}
	params := c.params
	if !strings.Contains(c.name, "Account") && !strings.Contains(c.name, "AccessPoint") {
		if c.bucket == "" {
			c.bucket = "b"
		}
		params = strings.TrimSuffix(fmt.Sprintf(`"bucketName":%q,%s`, c.bucket, params), ",")
	}
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventSource":"s3.amazonaws.com","eventName":%q,"eventID":%q,"eventTime":%q,
		"awsRegion":%q,"recipientAccountId":%q,"userIdentity":{"type":"IAMUser","accountId":%q,"arn":"arn:aws:iam::%s:user/u"},
		"errorCode":%q,"requestParameters":{%s}}`,
		c.name, c.id, time.Date(2026, 5, 1, 12, c.minute, 0, 0, time.UTC).Format(time.RFC3339), c.region, owner, owner, owner, c.err, params)
	rec, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	return rec
}

// world is the state of one bucket and its account, passed through JSON after every record as a store would.
type world struct {
	bucket  *exposure.Bucket
	account *exposure.Account
	own     exposure.Own
}

func newWorld() *world { return &world{bucket: &exposure.Bucket{}, account: &exposure.Account{}} }

func (w *world) apply(t testing.TB, c call) exposure.Change {
	t.Helper()
	change := exposure.Apply(w.bucket, w.account, c.record(t), w.own)
	w.bucket, w.account = again(t, w.bucket), again(t, w.account)
	return change
}

// now is the state by the newest facts, told by a record that changes nothing.
func (w *world) now(t testing.TB) (exposure.State, exposure.Verdict) {
	t.Helper()
	const last = 59
	c := w.effect(t, w.bucket, call{name: "PutBucketWebsite", minute: last})
	return c.Now, c.Verdict
}

// effect is what an account-wide record that was applied means for one bucket.
func (w *world) effect(t testing.TB, b *exposure.Bucket, c call) *exposure.Change {
	t.Helper()
	wide := exposure.Change{Scope: exposure.AccountScope}
	return exposure.Effects(&wide, []*exposure.Bucket{b}, w.account, c.record(t), w.own)[0]
}

// again is a value after a trip through JSON.
func again[T any](t testing.TB, v *T) *T {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out := new(T)
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("read back %s: %v", text, err)
	}
	return out
}

// The requests used again and again.
const (
	publicPolicy  = `"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`
	ownPolicy     = `"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + owner + `:role/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`
	foreignPolicy = `"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + foreign + `:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`
	publicACL     = `"acl":"","x-amz-acl":"public-read"`
	privateACL    = `"acl":[""],"x-amz-acl":["private"]`
	allOn         = `"publicAccessBlock":"","PublicAccessBlockConfiguration":{"xmlns":"x","BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}`
	allOff        = `"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}`
	objectWriter  = `"OwnershipControls":{"xmlns":"x","Rule":{"ObjectOwnership":"ObjectWriter"}}`
	enforced      = `"OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}`
	accountHost   = `"host":["` + owner + `.s3-control.eu-west-1.amazonaws.com"]`
)

func day(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
