package incident_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at builds an event by a user, minutes after noon.
func at(t *testing.T, minutes int, id, user, name string) *incident.Event {
	t.Helper()
	raw := fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":%q,"awsRegion":"eu-west-1",
		"sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333",
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333","userName":%q}}`,
		id, name, noon.Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339), user, user)
	rec, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return &incident.Event{Record: rec, Actor: rec.Actor(), Facts: &enrich.Facts{}}
}

func change(kind exposure.Kind, bucket string, now exposure.State) *exposure.Change {
	return &exposure.Change{
		Kind: kind, Scope: exposure.BucketScope, Bucket: bucket, Resource: "arn:aws:s3:::" + bucket, Before: exposure.Private,
		After: now, Now: now, Reach: exposure.Internet, Confidence: exposure.Confirmed, Closes: kind == exposure.Closed,
	}
}

// opened is a verdict that a bucket was opened.
func opened(ev *incident.Event, points int, c *exposure.Change) *incident.Event {
	c.At = ev.Record.EventTime
	ev.Changes = append(ev.Changes, c)
	ev.Verdicts = append(ev.Verdicts, incident.Verdict{
		Rule:   &detect.Rule{ID: "s3-public-acl", Title: "S3 bucket public", Techniques: []string{"T1530"}},
		Hit:    &detect.Hit{Detail: "Everyone may read " + c.Bucket, Bucket: c.Bucket, Resource: c.Resource},
		Change: c,
		Score:  score.Result{Score: points, Severity: severity(points)},
	})
	return ev
}

func severity(points int) alert.Severity { return alert.Severity(min(points/20, 4)) }

func closing(ev *incident.Event, c *exposure.Change) *incident.Event {
	ev.Changes = append(ev.Changes, c)
	return ev
}

func deed(ev *incident.Event, hit *detect.Hit) *incident.Event {
	ev.Verdicts = append(ev.Verdicts, incident.Verdict{
		Rule: &detect.Rule{ID: "rule", Title: "Rule"}, Hit: hit, Score: score.Result{Score: 50, Severity: alert.Medium},
	})
	return ev
}

func only(t *testing.T, changed []*incident.Incident) *alert.Alert {
	t.Helper()
	if len(changed) != 1 {
		t.Fatalf("%d incidents changed, want 1", len(changed))
	}
	return &changed[0].Alert
}

func kinds(a *alert.Alert) []string {
	var out []string
	for _, u := range a.Updates {
		out = append(out, u.Kind)
	}
	return out
}

func TestAnExposureOpensGrowsHalfClosesResolvesAndReopensAnew(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	if a.Status != alert.Open || a.Bucket != "x" || a.Score != 60 || a.Exposure.After != "public" || a.Revision != 1 {
		t.Errorf("opened: %+v", a)
	}
	only(t, b.Apply(opened(at(t, 5, "e2", "bob", "PutBucketPolicy"), 90, change(exposure.Widened, "x", exposure.Public))))
	if a.Score != 90 || a.Severity != alert.Critical || a.Actor.Name != "bob" {
		t.Errorf("grown: score %d, severity %s, actor %s", a.Score, a.Severity, a.Actor.Name)
	}
	only(t, b.Apply(closing(at(t, 6, "e3", "bob", "PutBucketPublicAccessBlock"), change(exposure.Narrowed, "x", exposure.Public))))
	if a.Status != alert.Open {
		t.Errorf("half-closing resolved it")
	}
	only(t, b.Apply(closing(at(t, 7, "e4", "carol", "DeleteBucketPolicy"), change(exposure.Closed, "x", exposure.Private))))
	if a.Status != alert.Resolved || *a.ResolvedBy != "carol" || !a.ResolvedAt.Equal(noon.Add(7*time.Minute)) || a.Exposure.After != "private" {
		t.Errorf("resolved: %+v", a)
	}
	if e := a.Exposure; e.Widest != "public" || !e.WidestSince.Equal(noon) {
		t.Errorf("at its widest it was %s since %s", e.Widest, e.WidestSince)
	}
	if diff := cmp.Diff([]string{"e1", "e2"}, a.EventIDs); diff != "" {
		t.Errorf("event_ids:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"e3", "e4"}, a.ResolvingEventIDs); diff != "" {
		t.Errorf("resolving_event_ids:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"opened", "escalated", "half-closed", "resolved"}, kinds(a)); diff != "" {
		t.Errorf("updates:\n%s", diff)
	}
	again := only(t, b.Apply(opened(at(t, 9, "e5", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	if again.ID == a.ID {
		t.Error("what opened again has the id of the closed incident")
	}
}

func TestATakenAwayGuardStaysOpenUntilItIsBack(t *testing.T) {
	b := incident.NewBook()
	weakened := func() *exposure.Change {
		c := change(exposure.Weakened, "x", exposure.Private)
		c.Closes = true // nothing is open yet
		c.Gates = []string{"bucket IgnorePublicAcls", "bucket BlockPublicPolicy"}
		return c
	}
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "DeleteBucketPublicAccessBlock"), 44, weakened())))
	if a.Status != alert.Open {
		t.Errorf("status %s, want open", a.Status)
	}
	unrelated := change(exposure.Unchanged, "x", exposure.Private)
	unrelated.Closes = true
	if changed := b.Apply(closing(at(t, 1, "e2", "alice", "PutBucketPolicy"), unrelated)); len(changed) != 0 {
		t.Errorf("an event that changes nothing changed it to %s", a.Status)
	}
	back := func(gates ...string) *exposure.Change {
		c := change(exposure.Tightened, "x", exposure.Private)
		c.Closes, c.Restored = true, gates
		return c
	}
	b.Apply(closing(at(t, 2, "e3", "alice", "PutBucketPublicAccessBlock"), back("bucket IgnorePublicAcls")))
	if a.Status != alert.Open {
		t.Errorf("status %s with one of two guards back", a.Status)
	}
	only(t, b.Apply(closing(at(t, 3, "e4", "alice", "PutBucketPublicAccessBlock"), back("bucket BlockPublicPolicy"))))
	if a.Status != alert.Resolved || *a.ResolvedReason != "PutBucketPublicAccessBlock" {
		t.Errorf("status %s, reason %v", a.Status, a.ResolvedReason)
	}
}

func TestADeedThatEndsAnExposureIsToldAsItsEnd(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 30, change(exposure.Opened, "x", exposure.Public))))
	gone := closing(at(t, 9, "e2", "alice", "DeleteBucket"), change(exposure.Closed, "x", exposure.Private))
	gone = deed(gone, &detect.Hit{Detail: "alice deleted the bucket x", Bucket: "x"})
	gone.Verdicts[0].Score = score.Result{Score: 24, Severity: alert.Low}
	if over := only(t, b.Apply(gone)); over.ID != a.ID || over.Status != alert.Resolved {
		t.Errorf("alert %s is %s", over.ID, over.Status)
	}
}

func TestWhatOnlyOneRuleRaisedEndsWithItsEpisode(t *testing.T) {
	b := incident.NewBook()
	site := func(minutes int, id, name string, over bool) *incident.Event {
		ev := opened(at(t, minutes, id, "alice", name), 24, change(exposure.Unchanged, "x", exposure.Private))
		ev.Verdicts[0].Rule.ID, ev.Verdicts[0].Hit.Closes = "s3-website-enabled", over
		return ev
	}
	a := only(t, b.Apply(site(0, "e1", "PutBucketWebsite", false)))
	only(t, b.Apply(site(1, "e2", "DeleteBucketWebsite", true)))
	if a.Status != alert.Resolved {
		t.Errorf("status %s", a.Status)
	}
	second := only(t, b.Apply(site(2, "e3", "PutBucketWebsite", false)))
	only(t, b.Apply(opened(at(t, 3, "e4", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	if changed := b.Apply(site(4, "e5", "DeleteBucketWebsite", true)); len(changed) != 0 || second.Status != alert.Open {
		t.Errorf("a public bucket's incident is %s after its website is gone", second.Status)
	}
}

func TestOneActorOverManyBucketsIsOneIncidentUntilAllAreClosed(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	for n, name := range []string{"y", "z"} {
		only(t, b.Apply(opened(at(t, n+1, "e-"+name, "alice", "PutBucketAcl"), 60, change(exposure.Opened, name, exposure.Public))))
	}
	if len(a.Buckets) != 3 || a.Bucket != "x" {
		t.Errorf("buckets: %+v", a.Buckets)
	}
	other := only(t, b.Apply(opened(at(t, 3, "e4", "mallory", "PutBucketAcl"), 60, change(exposure.Opened, "w", exposure.Public))))
	if other.ID == a.ID {
		t.Error("another actor was folded in")
	}
	late := only(t, b.Apply(opened(at(t, 60, "e5", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "v", exposure.Public))))
	if late.ID == a.ID {
		t.Error("an exposure an hour later was folded in")
	}
	for n, name := range []string{"z", "x", "y"} {
		only(t, b.Apply(closing(at(t, 70+n, "c-"+name, "bob", "DeleteBucket"), change(exposure.Closed, name, exposure.Private))))
		if got, want := a.Status == alert.Resolved, n == 2; got != want {
			t.Errorf("after %d of 3 are closed: resolved is %t", n+1, got)
		}
	}
	if b.Live() != 2 {
		t.Errorf("%d live, want the other two", b.Live())
	}
}

func TestTheSameEventTwiceChangesNothing(t *testing.T) {
	b := incident.NewBook()
	events := func(n int) *incident.Event {
		switch n {
		case 0:
			return opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))
		case 1:
			return opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "y", exposure.Public))
		case 2:
			return deed(at(t, 2, "e3", "alice", "StopLogging"), &detect.Hit{Detail: "stopped", Episode: "trail/a"})
		default:
			return deed(at(t, 3, "e4", "alice", "CreateUser"), &detect.Hit{Detail: "created", Attempt: true})
		}
	}
	for n := range 4 {
		b.Apply(events(n))
	}
	before, err := json.Marshal(b.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 0, 2, 1, 1} {
		if changed := b.Apply(events(n)); len(changed) != 0 {
			t.Errorf("event %d again changed %d incidents", n, len(changed))
		}
	}
	after, err := json.Marshal(b.All())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("the book changed:\n%s", diff)
	}
}

func TestAStoredBookGoesOnWhereItStood(t *testing.T) {
	b := incident.NewBook()
	first := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	state := only(t, b.Apply(deed(at(t, 1, "e2", "alice", "StopLogging"), &detect.Hit{Detail: "stopped", Episode: "trail/a"})))
	restored := incident.NewBook()
	for _, i := range b.All() {
		data, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var copied incident.Incident
		if err := json.Unmarshal(data, &copied); err != nil {
			t.Fatal(err)
		}
		restored.Restore(&copied)
	}
	if changed := restored.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))); len(changed) != 0 {
		t.Error("a repeated event opened it again")
	}
	closed := only(t, restored.Apply(closing(at(t, 5, "e3", "bob", "DeleteBucket"), change(exposure.Closed, "x", exposure.Private))))
	if closed.ID != first.ID || closed.Status != alert.Resolved {
		t.Errorf("closed %s %s, want %s resolved", closed.ID, closed.Status, first.ID)
	}
	started := deed(at(t, 6, "e4", "bob", "StartLogging"), &detect.Hit{Detail: "started again", Episode: "trail/a", Closes: true})
	if over := only(t, restored.Apply(started)); over.ID != state.ID || over.Status != alert.Resolved {
		t.Errorf("the state's incident is %s %s", over.ID, over.Status)
	}
}

func TestAGrantRevokedBeforeItWasHeardOfIsResolvedAtOnce(t *testing.T) {
	b := incident.NewBook()
	c := change(exposure.Opened, "x", exposure.Public)
	c.Now, c.Superseded = exposure.Private, &exposure.Mark{At: noon.Add(time.Hour), EventID: "newer"}
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, c)))
	if a.Status != alert.Resolved || !a.ResolvedAt.Equal(noon.Add(time.Hour)) || a.ResolvingEventIDs[0] != "newer" {
		t.Errorf("alert: %+v", a)
	}
}

func TestAnAccountWideEventListsTheBucketsItExposes(t *testing.T) {
	b := incident.NewBook()
	account := &exposure.Change{
		Kind: exposure.Weakened, Scope: exposure.AccountScope, Resource: "111122223333", Before: exposure.Unknown,
		After: exposure.Unknown, Now: exposure.Unknown, Gates: []string{"account IgnorePublicAcls"},
	}
	ev := opened(at(t, 0, "e1", "alice", "DeleteAccountPublicAccessBlock"), 70, account)
	ev.Changes = append(ev.Changes, change(exposure.Opened, "x", exposure.Public), change(exposure.Tightened, "quiet", exposure.Private))
	a := only(t, b.Apply(ev))
	if a.Exposure.After != "public" {
		t.Errorf("after %s, though a bucket is public", a.Exposure.After)
	}
	if a.Bucket != "" || len(a.Buckets) != 2 || a.Buckets[1].Bucket != "x" || a.Buckets[1].After != "public" {
		t.Errorf("bucket %q, buckets %+v", a.Bucket, a.Buckets)
	}
	back := *account
	back.Kind, back.Gates, back.Restored = exposure.Tightened, nil, []string{"account IgnorePublicAcls"}
	only(t, b.Apply(closing(at(t, 1, "e2", "bob", "PutAccountPublicAccessBlock"), &back)))
	if a.Status == alert.Resolved {
		t.Error("resolved while a bucket is open")
	}
	only(t, b.Apply(closing(at(t, 2, "e3", "bob", "DeleteBucketPolicy"), change(exposure.Closed, "x", exposure.Private))))
	if a.Status != alert.Resolved {
		t.Error("not resolved though all is closed")
	}
}

func TestDeletingABucketClosesItsObjects(t *testing.T) {
	b := incident.NewBook()
	c := change(exposure.Opened, "x", exposure.Public)
	c.Scope, c.Object, c.Resource = exposure.ObjectScope, "k/1", "arn:aws:s3:::x/k/1"
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutObjectAcl"), 60, c)))
	gone := change(exposure.Closed, "x", exposure.Private)
	gone.EventName = "DeleteBucket"
	only(t, b.Apply(closing(at(t, 1, "e2", "bob", "DeleteBucket"), gone)))
	if a.Status != alert.Resolved {
		t.Errorf("status %s", a.Status)
	}
}

func TestAttemptsStandApartFromSuccesses(t *testing.T) {
	b := incident.NewBook()
	c := change(exposure.Attempted, "x", exposure.Private)
	ev := opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 40, c)
	ev.Verdicts[0].Hit.Attempt = true
	try := only(t, b.Apply(ev))
	done := only(t, b.Apply(opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	if !try.Attempt || done.Attempt || try.ID == done.ID {
		t.Errorf("attempt %s %t, success %s %t", try.ID, try.Attempt, done.ID, done.Attempt)
	}
}

func TestDeedsOfOneActorWithinAnHourAreOneIncident(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(deed(at(t, 0, "e1", "alice", "DisableKey"), &detect.Hit{Detail: "one", Resource: "key/1"})))
	only(t, b.Apply(deed(at(t, 30, "e2", "alice", "DisableKey"), &detect.Hit{Detail: "two", Resource: "key/2"})))
	if len(a.EventIDs) != 2 || len(a.Resources) != 2 {
		t.Errorf("events %v, resources %v", a.EventIDs, a.Resources)
	}
	for minutes, user := range map[int]string{40: "bob", 300: "alice"} {
		if other := only(t, b.Apply(deed(at(t, minutes, fmt.Sprint("e", minutes), user, "DisableKey"), &detect.Hit{Detail: "x"}))); other.ID == a.ID {
			t.Errorf("%s after %d minutes was folded in", user, minutes)
		}
	}
}

func TestCommandsRemindersAndForgetting(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	now := noon.Add(time.Hour)
	if due := b.Remind(now, 24*time.Hour); len(due) != 0 {
		t.Errorf("reminded at once: %d", len(due))
	}
	if due := b.Remind(now.Add(25*time.Hour), 24*time.Hour); len(due) != 1 {
		t.Errorf("%d reminders after a day, want 1", len(due))
	}
	if i := b.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "dora", At: now}); i == nil || a.Status != alert.Acknowledged || a.AcknowledgedBy != "dora" {
		t.Errorf("acknowledged: %+v", a)
	}
	if due := b.Remind(now.Add(96*time.Hour), 24*time.Hour); len(due) != 0 {
		t.Error("reminded of what somebody has acknowledged before three times as long is over")
	}
	if due := b.Remind(now.Add(98*time.Hour), 24*time.Hour); len(due) != 1 || a.Status != alert.Acknowledged {
		t.Errorf("%d reminders of what somebody has acknowledged long ago, status %s", len(due), a.Status)
	}
	if b.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "eve", At: now}) != nil || b.Do(incident.Command{AlertID: "no", Action: incident.Resolve}) != nil {
		t.Error("a command without effect changed something")
	}
	only(t, b.Apply(opened(at(t, 80, "e2", "bob", "PutBucketAcl"), 95, change(exposure.Widened, "x", exposure.Public))))
	if a.Status != alert.Open {
		t.Errorf("status after an escalation is %s, want open", a.Status)
	}
	if i := b.Do(incident.Command{AlertID: a.ID, Action: incident.Resolve, By: "dora", Reason: "planned", At: now}); i == nil || *a.ResolvedReason != "planned" || *a.ResolvedBy != "dora" {
		t.Errorf("resolved: %+v", a)
	}
	if gone := b.Expire(now.Add(24 * time.Hour)); len(gone) != 0 {
		t.Errorf("forgot %v, which is still public", gone)
	}
	b.Apply(closing(at(t, 90, "e3", "bob", "PutBucketAcl"), change(exposure.Closed, "x", exposure.Private)))
	if gone := b.Expire(noon); len(gone) != 0 {
		t.Errorf("forgot %v too early", gone)
	}
	if gone := b.Expire(now.Add(24 * time.Hour)); len(gone) != 1 || b.Get(a.ID) != nil {
		t.Errorf("forgot %v", gone)
	}
}

func TestForgettingAndRemindingGoByWhenNewsCameIn(t *testing.T) {
	b := incident.NewBook()
	received := noon.Add(200 * 24 * time.Hour) // a backfill of old logs
	ev := opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))
	ev.Received = received.UnixMilli()
	a := only(t, b.Apply(ev))
	if due := b.Remind(received.Add(23*time.Hour), 24*time.Hour); len(due) != 0 {
		t.Error("reminded before the time was over")
	}
	restarted := incident.NewBook()
	for _, i := range b.All() {
		i.Told = time.Time{}
		restarted.Restore(i)
	}
	if due := restarted.Remind(received.Add(25*time.Hour), 24*time.Hour); len(due) != 1 {
		t.Errorf("%d reminders a day after the news, in another process; want 1", len(due))
	}
	if b.Apply(closing(at(t, 90, "e3", "bob", "PutBucketAcl"), change(exposure.Closed, "x", exposure.Private))); a.Status != alert.Resolved {
		t.Errorf("status %s", a.Status)
	}
	if gone := b.Expire(received.Add(-time.Hour)); len(gone) != 0 {
		t.Errorf("forgot %v, of which news came in later", gone)
	}
	if gone := b.Expire(received.Add(24 * time.Hour)); len(gone) != 1 {
		t.Errorf("forgot %v", gone)
	}
}
