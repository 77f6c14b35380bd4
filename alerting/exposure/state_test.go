package exposure_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// step is one record and what it must tell.
type step struct {
	call       call
	kind       exposure.Kind
	before     exposure.State
	after      exposure.State
	confidence exposure.Confidence
	severity   alert.Severity
	closes     bool
}

func run(t *testing.T, steps []step) (*world, exposure.Change) {
	t.Helper()
	w := newWorld()
	var last exposure.Change
	for i, s := range steps {
		s.call.minute = i + 1
		last = w.apply(t, s.call)
		if last.Kind != s.kind || last.Before != s.before || last.After != s.after || last.Confidence != s.confidence || last.Severity != s.severity || last.Closes != s.closes {
			t.Fatalf("step %d, %s: got %q, %s -> %s, %s, %s, closes %v\nwant %q, %s -> %s, %s, %s, closes %v\n%s", i+1, s.call.name,
				last.Kind, last.Before, last.After, last.Confidence, last.Severity, last.Closes,
				s.kind, s.before, s.after, s.confidence, s.severity, s.closes, strings.Join(last.Reasons, "\n"))
		}
	}
	return w, last
}

// Steps that many stories share. A new bucket has all four flags on and ACLs disabled, since April 2023.
func created() step {
	return step{call{name: "CreateBucket"}, exposure.Unchanged, exposure.Private, exposure.Private, exposure.Confirmed, alert.Info, true}
}

func unblocked() step {
	return step{call{name: "DeleteBucketPublicAccessBlock"}, exposure.Weakened, exposure.Private, exposure.Private, exposure.Confirmed, alert.Medium, true}
}

func opened() step {
	return step{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Opened, exposure.Private, exposure.Public, exposure.Unconfirmed, alert.High, false}
}

func accountOff() step {
	return step{call{name: "DeleteAccountPublicAccessBlock", params: accountHost}, exposure.Weakened, exposure.Unknown, exposure.Unknown, exposure.Unconfirmed, alert.High, false}
}

// TestStories follow one bucket from record to record.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, stories := range []map[string][]step{cold(), known(), openings()} {
		for name, steps := range stories {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(t, steps)
			})
		}
	}
}

// Short names for the stories.
const (
	unknown, private, latent, shared, public = exposure.Unknown, exposure.Private, exposure.Latent, exposure.Shared, exposure.Public
	sure, unsure                             = exposure.Confirmed, exposure.Unconfirmed
)

// cold are records of buckets never seen before.
func cold() map[string][]step {
	return map[string][]step{
		"public policy, never seen before": {{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Opened, unknown, public, unsure, alert.High, false}},
		"public ACL, never seen before":    {{call{name: "PutBucketAcl", params: publicACL}, exposure.Opened, unknown, public, unsure, alert.High, false}},
		"block removed, never seen before": {{call{name: "DeleteBucketPublicAccessBlock"}, exposure.Weakened, unknown, unknown, unsure, alert.Medium, true}},
		"block set, never seen before":     {{call{name: "PutBucketPublicAccessBlock", params: allOn}, exposure.Tightened, unknown, private, sure, alert.Info, true}},
		"ACLs enabled, never seen before":  {{call{name: "PutBucketOwnershipControls", params: objectWriter}, exposure.Weakened, unknown, unknown, unsure, alert.Medium, true}},
		"ownership deleted, never seen":    {{call{name: "DeleteBucketOwnershipControls"}, exposure.Weakened, unknown, unknown, unsure, alert.Medium, true}},
		"policy deleted, never seen":       {{call{name: "DeleteBucketPolicy"}, exposure.Tightened, unknown, private, unsure, alert.Info, true}},
		"shared, never seen before":        {{call{name: "PutBucketPolicy", params: foreignPolicy}, exposure.SharedOut, unknown, shared, unsure, alert.Medium, true}},
		"unreadable policy":                {{call{name: "PutBucketPolicy", params: `"bucketPolicy":{}`}, exposure.Unclear, unknown, unknown, unsure, alert.Medium, false}},
		"ACL without a body":               {{call{name: "PutBucketAcl", params: `"acl":""`}, exposure.Unclear, unknown, unknown, unsure, alert.Medium, false}},
		"block without flags":              {{call{name: "PutBucketPublicAccessBlock"}, exposure.Unclear, unknown, unknown, unsure, alert.Medium, true}},
	}
}

// known are stories that are told from the making of the bucket and end closed.
func known() map[string][]step {
	return map[string][]step{
		"opened and closed": {
			created(), unblocked(), opened(),
			{call{name: "DeleteBucketPolicy"}, exposure.Closed, public, private, sure, alert.Info, true},
		},
		"closed by another policy": {
			created(), unblocked(), opened(),
			{call{name: "PutBucketPolicy", params: ownPolicy}, exposure.Closed, public, private, sure, alert.Info, true},
		},
		"closed by the block, then woken": {
			created(), unblocked(), opened(),
			{call{name: "PutBucketPublicAccessBlock", params: allOn}, exposure.Closed, public, latent, sure, alert.Info, true},
			{call{name: "DeleteBucketPublicAccessBlock"}, exposure.Opened, latent, public, unsure, alert.High, false},
		},
		"closed by deletion": {
			created(), unblocked(), opened(),
			{call{name: "DeleteBucket"}, exposure.Closed, public, private, sure, alert.Info, true},
		},
		"half closed": {
			{call{name: "CreateBucket", params: `"x-amz-object-ownership":"ObjectWriter"`}, exposure.Unchanged, private, private, sure, alert.Info, true},
			unblocked(),
			{call{name: "PutBucketAcl", params: publicACL}, exposure.Opened, private, public, unsure, alert.High, false},
			{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Widened, public, public, unsure, alert.High, false},
			{call{name: "PutBucketAcl", params: privateACL}, exposure.Narrowed, public, public, unsure, alert.Info, false},
			{call{name: "DeleteBucketPolicy"}, exposure.Closed, public, private, sure, alert.Info, true},
		},
	}
}

// openings are the ways a bucket opens, and what looks like one.
func openings() map[string][]step {
	sure2 := opened()
	sure2.confidence = sure
	return map[string][]step{
		"confirmed where the account is known": {created(), accountOff(), unblocked(), sure2},
		"success disproves what was believed": {
			created(),
			{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Opened, private, public, unsure, alert.High, false},
		},
		"sleeping behind the account": {
			created(), unblocked(),
			{call{name: "PutAccountPublicAccessBlock", params: accountHost + `,"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":true}`}, exposure.Weakened, unknown, unknown, unsure, alert.High, false},
			{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Slept, private, latent, sure, alert.Low, true},
		},
		"public from the start": {
			{call{name: "CreateBucket", params: `"x-amz-acl":"public-read-write"`}, exposure.Opened, private, public, unsure, alert.Critical, false},
		},
		"created with an empty header": {
			{call{name: "CreateBucket", params: `"x-amz-acl":[""]`}, exposure.Unchanged, private, private, sure, alert.Info, true},
		},
		"created private by header": {
			{call{name: "CreateBucket", params: `"x-amz-acl":"private"`}, exposure.Unchanged, private, private, sure, alert.Info, true},
		},
		"the same again": {
			created(), unblocked(), opened(),
			{call{name: "PutBucketPolicy", params: publicPolicy}, exposure.Unchanged, public, public, unsure, alert.Info, false},
		},
		"wider on the same path": {
			created(), unblocked(), opened(),
			{call{name: "PutBucketPolicy", params: strings.Replace(publicPolicy, "s3:GetObject", "s3:*", 1)}, exposure.Widened, public, public, unsure, alert.Critical, false},
		},
		"ACL sleeps under enforced ownership, then wakes": {
			created(), unblocked(), accountOff(),
			{call{name: "PutBucketOwnershipControls", params: objectWriter}, exposure.Weakened, private, private, sure, alert.Medium, true},
			{call{name: "PutBucketAcl", params: publicACL}, exposure.Opened, private, public, sure, alert.High, false},
			{call{name: "PutBucketOwnershipControls", params: enforced}, exposure.Closed, public, latent, sure, alert.Info, true},
			{call{name: "DeleteBucketOwnershipControls"}, exposure.Opened, latent, public, sure, alert.High, false},
		},
		"refusing flags alone are weaker too": {
			created(),
			{call{name: "PutBucketPublicAccessBlock", params: allOn}, exposure.Unchanged, private, private, sure, alert.Info, true},
			{call{name: "PutBucketPublicAccessBlock", params: `"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true}`}, exposure.Weakened, private, private, sure, alert.Medium, true},
			{call{name: "PutBucketPublicAccessBlock", params: allOff}, exposure.Weakened, private, private, sure, alert.Low, true}, // ACLs are disabled
			{call{name: "PutBucketPublicAccessBlock", params: allOff}, exposure.Unchanged, private, private, sure, alert.Info, true},
			{call{name: "PutPublicAccessBlock", params: allOn}, exposure.Tightened, private, private, sure, alert.Info, true},
			{call{name: "DeletePublicAccessBlock"}, exposure.Weakened, private, private, sure, alert.Medium, true},
		},
		"made again after deletion": {
			created(), unblocked(), opened(),
			{call{name: "DeleteBucket"}, exposure.Closed, public, private, sure, alert.Info, true},
			created(), unblocked(),
		},
		"a foreign account leaves": {
			created(), unblocked(),
			{call{name: "PutBucketPolicy", params: foreignPolicy}, exposure.SharedOut, private, shared, sure, alert.Medium, true},
			{call{name: "DeleteBucketPolicy"}, exposure.Closed, shared, private, sure, alert.Info, true},
		},
	}
}

// TestDefaultsOfOldBuckets: before April 2023 a new bucket had no block and ACLs in force; while the change was
// rolled out neither is known.
func TestDefaultsOfOldBuckets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		day  string
		kind exposure.Kind
		sure exposure.Confidence
	}{{"2023-03-01", exposure.Opened, exposure.Unconfirmed}, {"2023-04-15", exposure.Opened, exposure.Unconfirmed}} {
		w := newWorld()
		rec := call{name: "CreateBucket", minute: 1}.record(t)
		rec.EventTime = day(t, tt.day)
		exposure.Apply(w.bucket, w.account, rec, w.own)
		rec = call{name: "PutBucketAcl", params: publicACL, minute: 2}.record(t)
		rec.EventTime = day(t, tt.day).Add(1)
		c := exposure.Apply(w.bucket, w.account, rec, w.own)
		if c.Kind != tt.kind || c.Confidence != tt.sure || c.After != exposure.Public {
			t.Errorf("%s: got %q, %s, %s", tt.day, c.Kind, c.Confidence, c.After)
		}
	}
}

// TestWebsite and the other settings are kept, and change nothing by themselves.
func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld()
	first := w.apply(t, call{name: "PutBucketVersioning", minute: 1, params: `"VersioningConfiguration":{"Status":"Enabled"}`})
	if first.Kind != exposure.Unchanged {
		t.Errorf("got %q", first.Kind)
	}
	c := w.apply(t, call{name: "PutBucketVersioning", minute: 2, params: `"VersioningConfiguration":{"Status":"Suspended"}`})
	before, ok := w.bucket.Settings[exposure.Versioning].Before(c.Mark)
	if !ok || !strings.Contains(before.Value, "Enabled") {
		t.Errorf("before: got %+v", before)
	}
	w.apply(t, call{name: "PutBucketEncryption", minute: 3, params: `"ServerSideEncryptionConfiguration":{"Rule":{}}`})
	w.apply(t, call{name: "DeleteBucketEncryption", minute: 4})
	if now, ok := w.bucket.Settings[exposure.Encryption].Latest(); !ok || now.Value != "" {
		t.Errorf("encryption: got %+v", now)
	}
	w.apply(t, call{name: "PutBucketWebsite", minute: 5, params: `"WebsiteConfiguration":{}`})
	if c := w.apply(t, call{name: "PutBucketPolicy", minute: 6, params: publicPolicy}); !c.Website {
		t.Error("the website is forgotten")
	}
	w.apply(t, call{name: "DeleteBucketWebsite", minute: 7})
	if c := w.apply(t, call{name: "PutBucketAcl", minute: 8, params: publicACL}); c.Website {
		t.Error("the website is still there")
	}
}
