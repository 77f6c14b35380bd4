package exposure_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestLateClosing: an older private policy that arrives after a newer public one closes nothing.
func TestLateClosing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.apply(t, call{name: "PutBucketPolicy", minute: 10, params: publicPolicy})
	c := w.apply(t, call{name: "PutBucketPolicy", minute: 5, params: ownPolicy})
	if c.Kind != exposure.Tightened || c.Closes || c.Now != exposure.Public || c.Superseded == nil || c.Superseded.EventID != "PutBucketPolicy-10" {
		t.Errorf("got %q, closes %v, now %s, superseded %v", c.Kind, c.Closes, c.Now, c.Superseded)
	}
}

// TestLateOpening: an exposure that was over before its record arrived is told with the event that ended it.
func TestLateOpening(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.apply(t, call{name: "DeleteBucketPolicy", minute: 10})
	c := w.apply(t, call{name: "PutBucketPolicy", minute: 5, params: publicPolicy})
	if c.Kind != exposure.Opened || c.After != exposure.Public || c.Now != exposure.Private || c.Superseded == nil || c.Superseded.EventID != "DeleteBucketPolicy-10" {
		t.Errorf("got %q, %s, now %s, superseded %v", c.Kind, c.After, c.Now, c.Superseded)
	}
}

// TestSameTime: nobody knows which of two events in one second came last, so whatever their ids and their arrival the
// bucket counts as open, and is closed by the next second's word.
func TestSameTime(t *testing.T) {
	t.Parallel()
	opens := []call{
		{name: "PutBucketPolicy", minute: 5, params: publicPolicy},
		{name: "PutBucketAcl", minute: 5, params: `"x-amz-acl":"public-read"`},
	}
	closes := []call{{name: "DeleteBucketPolicy", minute: 5}, {name: "PutBucketAcl", minute: 5, params: privateACL}}
	for n := range opens {
		for _, ids := range []string{"ab", "ba"} {
			first, second := opens[n], closes[n]
			first.id, second.id = ids[:1], ids[1:]
			for _, order := range [][]call{{first, second}, {second, first}} {
				w := newWorld()
				for _, c := range order {
					w.apply(t, c)
				}
				if state, _ := w.now(t); state != exposure.Public {
					t.Errorf("%s %s then %s %s: %s", order[0].name, order[0].id, order[1].name, order[1].id, state)
				}
				later := closes[n]
				later.minute = 6
				if change := w.apply(t, later); !change.Closes {
					t.Errorf("%s a minute later closes nothing", closes[n].name)
				}
			}
		}
	}
}

// TestCreationComesFirst: what is done to a new bucket within the second of its creation is not undone by it.
func TestCreationComesFirst(t *testing.T) {
	t.Parallel()
	calls := []call{
		{name: "CreateBucket", id: "z"}, {name: "DeleteBucketPublicAccessBlock", id: "b"}, {name: "PutBucketPolicy", id: "a", params: publicPolicy},
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		w := newWorld()
		for _, n := range order {
			w.apply(t, calls[n])
		}
		if state, _ := w.now(t); state != exposure.Public {
			t.Errorf("%v: %s", order, state)
		}
	}
}

// TestLateBeyondMemory: an opening is told however many newer settings arrived before it.
func TestLateBeyondMemory(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for minute := range 8 {
		w.apply(t, call{name: "DeleteBucketPolicy", minute: 20 + minute})
		w.apply(t, call{name: "PutBucketPolicy", minute: 30 + minute, params: ownPolicy})
	}
	c := w.apply(t, call{name: "PutBucketPolicy", minute: 5, params: publicPolicy})
	if c.Kind != exposure.Opened || c.Now != exposure.Private || c.Superseded == nil {
		t.Errorf("got %q, now %s, superseded %v", c.Kind, c.Now, c.Superseded)
	}
}

// TestAgain: the same record tells the same change, however much came between.
func TestAgain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	first := w.apply(t, call{name: "PutBucketPolicy", minute: 1, params: publicPolicy})
	w.apply(t, call{name: "PutBucketAcl", minute: 2, params: privateACL})
	state := snapshot(t, w)
	again := w.apply(t, call{name: "PutBucketPolicy", minute: 1, params: publicPolicy})
	if again.Kind != first.Kind || again.Before != first.Before || again.After != first.After || again.Grant != first.Grant || again.Severity != first.Severity || !slices.Equal(again.Reasons, first.Reasons) {
		t.Errorf("first %+v\nagain %+v", first, again)
	}
	if snapshot(t, w) != state {
		t.Error("the state changed")
	}
}

// TestProofsPushNothingOut: however many public ACLs are accepted, the setting they disprove stays known.
func TestProofsPushNothingOut(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.apply(t, call{name: "CreateBucket", minute: 0})
	var c exposure.Change
	for i := range 20 {
		c = w.apply(t, call{name: "PutBucketPolicy", minute: 1 + i, params: publicPolicy})
	}
	if c.After != exposure.Public {
		t.Errorf("after many: %s", c.After)
	}
	if n := len(w.bucket.Block[exposure.BlockPublicPolicy]); n > 4 {
		t.Errorf("%d values are kept", n)
	}
}

func TestFact(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, minute := range []int{3, 1, 2, 5, 4} {
		w.apply(t, call{name: "PutBucketWebsite", minute: minute})
	}
	var minutes []int
	for _, e := range w.bucket.Website {
		minutes = append(minutes, e.At.Minute())
	}
	if !slices.Equal(minutes, []int{5, 4, 3}) {
		t.Errorf("kept %v", minutes)
	}
	mark := exposure.Mark{At: time.Date(2026, 5, 1, 12, 4, 0, 0, time.UTC), EventID: "PutBucketWebsite-4"}
	if e, ok := w.bucket.Website.At(mark); !ok || e.At.Minute() != 4 {
		t.Errorf("at: %+v", e)
	}
	if e, ok := w.bucket.Website.Before(mark); !ok || e.At.Minute() != 3 {
		t.Errorf("before: %+v", e)
	}
	if _, ok := w.bucket.Website.Before(exposure.Mark{}); ok {
		t.Error("something before everything")
	}
}

// TestReasonsOfChanges name what slept, what was removed, what is not known and what went.
func TestReasonsOfChanges(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		calls []call
		want  string
	}{
		"woken":      {[]call{{name: "PutBucketPolicy", params: publicPolicy}, {name: "PutBucketPublicAccessBlock", params: allOn}, {name: "DeleteBucketPublicAccessBlock"}}, "it existed before and was blocked until DeleteBucketPublicAccessBlock"},
		"removed":    {[]call{{name: "DeleteBucketPublicAccessBlock"}}, "turned off bucket BlockPublicAcls, bucket IgnorePublicAcls"},
		"blind":      {[]call{{name: "DeleteBucketPublicAccessBlock"}}, "the bucket policy and the ACL have not been seen yet"},
		"not sure":   {[]call{{name: "PutBucketPolicy", params: publicPolicy}}, "unconfirmed: not seen yet, and may still block it: bucket RestrictPublicBuckets, account RestrictPublicBuckets"},
		"gone":       {[]call{{name: "PutBucketPolicy", params: publicPolicy}, {name: "DeleteBucketPolicy"}}, "DeleteBucketPolicy removed: statement 1"},
		"still":      {[]call{{name: "PutBucketPolicy", params: publicPolicy}, {name: "PutBucketPublicAccessBlock", params: allOn}}, "public access is blocked by bucket RestrictPublicBuckets"},
		"unreadable": {[]call{{name: "PutBucketPolicy", params: `"bucketPolicy":"{"`}}, "could not be evaluated"},
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
			if text := strings.Join(c.Reasons, "\n"); !strings.Contains(text, tt.want) {
				t.Errorf("no %q in:\n%s", tt.want, text)
			}
		})
	}
}

// TestMakingABucketThatIsThere: in us-east-1 S3 takes the making of one's own bucket again, and only resets its ACL. A
// public policy outlives that, in whatever order the records come; elsewhere, and after a deletion, the bucket is new.
func TestMakingABucketThatIsThere(t *testing.T) {
	t.Parallel()
	const legacy = "us-east-1"
	made := call{name: "CreateBucket", minute: 1}
	unblocked, opened := call{name: "DeleteBucketPublicAccessBlock", minute: 2}, call{name: "PutBucketPolicy", minute: 3, params: publicPolicy}
	deleted, again := call{name: "DeleteBucket", minute: 4}, call{name: "CreateBucket", minute: 5}
	for name, tt := range map[string]struct {
		calls  []call
		region string
		want   exposure.State
	}{
		"in order":       {[]call{made, unblocked, opened, again}, legacy, exposure.Public},
		"cold":           {[]call{opened, again}, legacy, exposure.Public},
		"late":           {[]call{again, made, unblocked, opened}, legacy, exposure.Public},
		"late and cold":  {[]call{again, opened}, legacy, exposure.Public},
		"twice":          {[]call{made, unblocked, opened, again, again, made}, legacy, exposure.Public},
		"elsewhere":      {[]call{made, unblocked, opened, again}, "eu-west-1", exposure.Private},
		"after deletion": {[]call{made, unblocked, opened, deleted, again}, legacy, exposure.Private},
	} {
		w := newWorld()
		var last exposure.Change
		for _, c := range tt.calls {
			c.region = tt.region
			last = w.apply(t, c)
		}
		if state, _ := w.now(t); state != tt.want || last.Closes != (tt.want == exposure.Private) {
			t.Errorf("%s: %s, closes %v", name, state, last.Closes)
		}
	}
	w := newWorld()
	public := call{name: "PutBucketAcl", minute: 2, params: publicACL, region: legacy}
	w.apply(t, public)
	if c := w.apply(t, call{name: "CreateBucket", minute: 3, region: legacy}); c.Kind != exposure.Closed {
		t.Errorf("the ACL that was reset is told as %q", c.Kind)
	}
}

// TestMadeAgainInTheSameSecond: whatever ids say, a bucket deleted, made again and opened within a second is open.
func TestMadeAgainInTheSameSecond(t *testing.T) {
	t.Parallel()
	calls := []call{
		{name: "DeleteBucket", minute: 5, id: "z"},
		{name: "CreateBucket", minute: 5, id: "y"},
		{name: "DeleteBucketPublicAccessBlock", minute: 5, id: "b"},
		{name: "PutBucketPolicy", minute: 5, id: "a", params: publicPolicy},
	}
	for range calls {
		w := newWorld()
		w.apply(t, call{name: "CreateBucket", minute: 1})
		for _, c := range calls {
			if w.apply(t, c).Closes && c.name == "PutBucketPolicy" {
				t.Errorf("%s closes the bucket", c.name)
			}
		}
		if state, _ := w.now(t); state != exposure.Public {
			t.Errorf("%s first: %s", calls[0].name, state)
		}
		calls = append(calls[1:], calls[0])
	}
}

// TestOlderVersionsStayOpen: where older versions are kept, an upload over a public object leaves the public one there.
func TestOlderVersionsStayOpen(t *testing.T) {
	t.Parallel()
	opened := call{name: "PutObjectAcl", minute: 2, params: `"key":"k",` + publicACL}
	over := call{name: "PutObject", minute: 3, params: `"key":"k","x-amz-acl":"private"`}
	for name, versioning := range map[string]string{"enabled": `{"Status":"Enabled"}`, "suspended": `{"Status":"Suspended"}`, "never": ""} {
		w := newWorld()
		if versioning != "" {
			w.apply(t, call{name: "PutBucketVersioning", minute: 1, params: `"VersioningConfiguration":` + versioning})
		}
		w.apply(t, opened)
		if c := w.apply(t, over); c.Closes != (versioning == "") {
			t.Errorf("%s: closes %v", name, c.Closes)
		}
		if c := w.apply(t, call{name: "PutObjectAcl", minute: 4, params: `"key":"k",` + privateACL}); !c.Closes {
			t.Errorf("%s: its own ACL closes nothing", name)
		}
	}
}
