package exposure_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestObjects: an object's own ACL is public or not whatever the bucket's is.
func TestObjects(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PutObjectAcl", "PutObject", "CopyObject", "CreateMultipartUpload"} {
		w := newWorld()
		w.apply(t, call{name: "PutBucketAcl", minute: 1, params: privateACL})
		c := w.apply(t, call{name: name, minute: 2, params: `"key":"a b",` + publicACL})
		if c.Kind != exposure.Opened || c.Scope != exposure.ObjectScope || c.Object != "a b" || c.After != exposure.Public || c.Severity != alert.High || c.Grant != "AllUsers READ" {
			t.Errorf("%s: got %q, %s, %q, %s, %s, %q", name, c.Kind, c.Scope, c.Object, c.After, c.Severity, c.Grant)
		}
		if c.Resource != "arn:aws:s3:::b/a b" {
			t.Errorf("%s: resource %s", name, c.Resource)
		}
		if state, _ := w.now(t); state == exposure.Public {
			t.Errorf("%s made the bucket %s", name, state)
		}
		c = w.apply(t, call{name: "PutObject", minute: 3, params: `"key":"a b"`})
		if c.Kind != exposure.Closed || !c.Closes || c.After != exposure.Private {
			t.Errorf("%s, then overwritten: got %q, %s, closes %v", name, c.Kind, c.After, c.Closes)
		}
	}
}

// TestBlockedObjects sleep.
func TestBlockedObjects(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.apply(t, call{name: "PutBucketPublicAccessBlock", minute: 1, params: `"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true}`})
	if c := w.apply(t, call{name: "PutObjectAcl", minute: 2, params: `"key":"k",` + publicACL}); c.Kind != exposure.Slept || c.After != exposure.Latent {
		t.Errorf("got %q, %s", c.Kind, c.After)
	}
}

// TestManyObjects: memory stays bounded, and the latest are kept.
func TestManyObjects(t *testing.T) {
	t.Parallel()
	w := &world{bucket: &exposure.Bucket{}, account: &exposure.Account{}}
	const n = 400
	for i := range n {
		rec := call{name: "PutObjectAcl", params: fmt.Sprintf(`"key":"k%d",`, i) + publicACL}.record(t)
		rec.EventTime = rec.EventTime.Add(time.Duration(i) * time.Second)
		rec.EventID = fmt.Sprint(i)
		exposure.Apply(w.bucket, w.account, rec, w.own)
	}
	if got := len(w.bucket.Objects); got >= n || got < 100 {
		t.Errorf("%d objects are kept", got)
	}
	if _, ok := w.bucket.Objects["k399"]; !ok {
		t.Error("the latest is forgotten")
	}
}

// TestAccount: an account-wide record is one change, and Effects say what it means for each bucket.
func TestAccount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	on := call{name: "PutAccountPublicAccessBlock", minute: 1, params: accountHost + "," + allOn}
	if c := w.apply(t, on); c.Kind != exposure.Tightened || c.Scope != exposure.AccountScope || c.Bucket != "" || len(c.Restored) != 4 {
		t.Errorf("on: got %q, %s, %q, %v", c.Kind, c.Scope, c.Bucket, c.Restored)
	}
	sleeping := &exposure.Bucket{}
	quiet := &exposure.Bucket{}
	exposure.Apply(sleeping, w.account, call{name: "CreateBucket", bucket: "s", minute: 2}.record(t), w.own)
	exposure.Apply(sleeping, w.account, call{name: "DeleteBucketPublicAccessBlock", bucket: "s", minute: 3}.record(t), w.own)
	exposure.Apply(quiet, w.account, call{name: "PutBucketPolicy", bucket: "q", minute: 3, params: ownPolicy}.record(t), w.own)
	exposure.Apply(sleeping, nil, call{name: "PutBucketPolicy", bucket: "s", minute: 4, params: publicPolicy}.record(t), w.own)

	off := call{name: "DeleteAccountPublicAccessBlock", minute: 5, params: accountHost}
	c := w.apply(t, off)
	if c.Kind != exposure.Weakened || c.Severity != alert.High || len(c.Gates) != 4 || c.Resource != "arn:aws:s3::"+owner+":account" {
		t.Errorf("off: got %q, %s, %v, %s", c.Kind, c.Severity, c.Gates, c.Resource)
	}
	e := w.effect(t, sleeping, off)
	if e.Kind != exposure.Opened || e.Before != exposure.Latent || e.After != exposure.Public || len(e.Woken) != 1 || e.Bucket != "s" {
		t.Errorf("sleeping bucket: got %q, %s -> %s, woken %v", e.Kind, e.Before, e.After, e.Woken)
	}
	if e := w.effect(t, quiet, off); e.Kind != exposure.Unchanged || e.Bucket != "q" {
		t.Errorf("quiet bucket: got %q", e.Kind)
	}
	back := call{name: "PutAccountPublicAccessBlock", minute: 6, params: accountHost + "," + allOn}
	w.apply(t, back)
	if e := w.effect(t, sleeping, back); e.Kind != exposure.Closed || !e.Closes || e.After != exposure.Latent {
		t.Errorf("closed again: got %q, %s", e.Kind, e.After)
	}
	if c := exposure.Apply(nil, w.account, back.record(t), w.own); c.Kind != exposure.Tightened {
		t.Errorf("the same record again: got %q", c.Kind)
	}
}

// TestAccessPoints: their policies are set by name; only their making names the bucket.
func TestAccessPoints(t *testing.T) {
	t.Parallel()
	open := quoted(policyWith(allow(`"*"`, "")))
	tests := map[string]struct {
		calls []call
		kind  exposure.Kind
		after exposure.State
		sure  exposure.Confidence
	}{
		"never seen": {[]call{{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + open}}, exposure.Opened, exposure.Public, exposure.Unconfirmed},
		"blocked by default": {[]call{
			{name: "CreateAccessPoint", params: `"name":"p","bucket":"b"`},
			{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + open},
		}, exposure.Slept, exposure.Latent, exposure.Confirmed},
		"not blocked": {[]call{
			{name: "CreateAccessPoint", params: `"name":"p","bucket":"b","CreateAccessPointRequest":{"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":false}}`},
			{name: "PutAccessPointPolicy", params: `"name":"p","PutAccessPointPolicyRequest":{"Policy":` + open + `}`},
		}, exposure.Opened, exposure.Public, exposure.Unconfirmed},
		"VPC": {[]call{
			{name: "CreateAccessPoint", params: `"name":"p","bucket":"b","VpcConfiguration":{"VpcId":"vpc-1"},"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":false}`},
			{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + open},
		}, exposure.Unchanged, exposure.Private, exposure.Confirmed},
		"policy deleted": {[]call{
			{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + open},
			{name: "DeleteAccessPointPolicy", params: `"name":"p"`},
		}, exposure.Closed, exposure.Private, exposure.Confirmed},
		"access point deleted": {[]call{
			{name: "PutAccessPointPolicy", params: `"name":"p","policy":` + open},
			{name: "DeleteAccessPoint", params: `"name":"arn:aws:s3:eu-west-1:` + owner + `:accesspoint/p"`},
		}, exposure.Closed, exposure.Private, exposure.Confirmed},
		"multi-region": {[]call{
			{name: "CreateMultiRegionAccessPoint", params: `"CreateMultiRegionAccessPointRequest":{"Details":{"Name":"p","PublicAccessBlock":{"RestrictPublicBuckets":false},"Regions":{"Region":{"Bucket":"b"}}}}`},
			{name: "PutMultiRegionAccessPointPolicy", params: `"PutMultiRegionAccessPointPolicyRequest":{"Details":{"Name":"p","Policy":` + open + `}}`},
		}, exposure.Opened, exposure.Public, exposure.Unconfirmed},
		"unreadable": {[]call{{name: "PutAccessPointPolicy", params: `"name":"p","policy":"{"`}}, exposure.Unclear, exposure.Unknown, exposure.Unconfirmed},
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
			if c.Kind != tt.kind || c.After != tt.after || c.Confidence != tt.sure || c.Scope != exposure.AccessPointScope || c.Point != "p" {
				t.Errorf("got %q, %s, %s, %s %q; want %q, %s, %s\n%v", c.Kind, c.After, c.Confidence, c.Scope, c.Point, tt.kind, tt.after, tt.sure, c.Reasons)
			}
		})
	}
}

// TestTouches: both spellings of the API, and nothing of other services.
func TestTouches(t *testing.T) {
	t.Parallel()
	yes := []string{
		"CreateBucket", "DeleteBucket", "PutBucketAcl", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketPublicAccessBlock",
		"DeleteBucketPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock", "PutAccountPublicAccessBlock",
		"DeleteAccountPublicAccessBlock", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", "PutObjectAcl", "PutObject",
		"CopyObject", "CreateMultipartUpload", "CreateAccessPoint", "PutAccessPointPolicy", "DeleteAccessPointPolicy", "DeleteAccessPoint",
		"CreateMultiRegionAccessPoint", "PutMultiRegionAccessPointPolicy", "DeleteMultiRegionAccessPoint", "PutBucketWebsite", "DeleteBucketWebsite", "PutBucketLogging",
		"PutBucketVersioning", "PutBucketEncryption", "DeleteBucketEncryption", "PutBucketLifecycle", "PutBucketLifecycleConfiguration",
		"DeleteBucketLifecycle", "PutBucketReplication", "DeleteBucketReplication", "PutBucketCors", "DeleteBucketCors", "PutObjectLockConfiguration",
	}
	for _, name := range yes {
		if !exposure.Touches("s3.amazonaws.com", name) {
			t.Errorf("%s does not touch exposure", name)
		}
		if exposure.Touches("sns.amazonaws.com", name) {
			t.Errorf("%s of another service does", name)
		}
	}
	for _, name := range []string{"GetBucketAcl", "ListBuckets", "GetObject", "PutBucketTagging", ""} {
		if exposure.Touches("s3.amazonaws.com", name) {
			t.Errorf("%q touches exposure", name)
		}
		w := newWorld()
		if c := w.apply(t, call{name: name, minute: 1}); c.Kind != exposure.Unchanged || len(w.bucket.Exists) > 0 {
			t.Errorf("%q gave %q", name, c.Kind)
		}
	}
	if !exposure.Carries([]byte(`{"x-amz-acl":"public-read"}`)) || !exposure.Carries([]byte(`"x-amz-grant-read"`)) || exposure.Carries([]byte(`{"key":"acl"}`)) {
		t.Error("Carries looks for the wrong names")
	}
}
