package incident_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

func last(a *alert.Alert) alert.Update { return a.Updates[len(a.Updates)-1] }

// restart stores a book and reads it back.
func restart(t *testing.T, b *incident.Book) *incident.Book {
	t.Helper()
	out := incident.NewBook()
	for _, i := range b.All() {
		text, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var stored incident.Incident
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		out.Restore(&stored)
	}
	return out
}

func TestWhatAPersonResolvesWhilePublicStaysPublicUntilAnEventClosesIt(t *testing.T) {
	b, now := incident.NewBook(), noon.Add(2*time.Hour)
	id := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public)))).ID
	a := &b.Do(incident.Command{AlertID: id, Action: incident.Resolve, By: "dora", Reason: "known test bucket", At: now}).Alert
	if a.Status != alert.Resolved || a.Exposure.After != "public" || last(a).Text != "by dora: known test bucket; the resource is still public" || last(a).EventID != "" {
		t.Errorf("%s, after %s: %+v", a.Status, a.Exposure.After, last(a))
	}
	b.Forget(now.Add(100 * time.Hour))
	b = restart(t, b)
	if due := b.Remind(now.Add(23*time.Hour), 24*time.Hour); len(due) != 0 {
		t.Errorf("%d reminders before a day is over", len(due))
	}
	due := b.Remind(now.Add(25*time.Hour), 24*time.Hour)
	if a = only(t, due); a.Status != alert.Resolved || last(a).Kind != "reminded" || last(a).Text != "still public after 27 h, resolved manually by dora" {
		t.Errorf("%s: %+v", a.Status, last(a))
	}
	b = restart(t, b)
	a = only(t, b.Apply(closing(at(t, 5000, "e2", "bob", "PutBucketPublicAccessBlock"), change(exposure.Closed, "x", exposure.Private))))
	if a.ID != id || *a.ResolvedBy != "bob" || a.Exposure.After != "private" || last(a).Kind != "resolved" || last(a).EventID != "e2" {
		t.Errorf("closed by %s, after %s: %+v", *a.ResolvedBy, a.Exposure.After, last(a))
	}
	if due := b.Remind(now.Add(1000*time.Hour), 24*time.Hour); len(due) != 0 {
		t.Errorf("%d reminders of what is closed", len(due))
	}
}

func TestWhatOpensFurtherAfterAPersonResolvedItIsANewAlertAndRemindedOnce(t *testing.T) {
	b, now := incident.NewBook(), noon.Add(time.Hour)
	first := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	b.Do(incident.Command{AlertID: first.ID, Action: incident.Resolve, By: "dora", At: now})
	second := only(t, b.Apply(opened(at(t, 90, "e2", "bob", "PutBucketPolicy"), 95, change(exposure.Widened, "x", exposure.Public))))
	if second.ID == first.ID || first.Status != alert.Resolved {
		t.Fatalf("%s grew, status %s", second.ID, first.Status)
	}
	b.Remind(now.Add(time.Hour), 24*time.Hour) // a process takes the alerts over
	if a := only(t, b.Remind(now.Add(48*time.Hour), 24*time.Hour)); a.ID != second.ID {
		t.Error("reminded of the alert that was resolved, instead of the one that is open")
	}
	if n := len(b.Apply(closing(at(t, 5000, "e3", "bob", "DeleteBucket"), change(exposure.Closed, "x", exposure.Private)))); n != 2 {
		t.Errorf("the end changed %d alerts, want both", n)
	}
}

func TestWhatLetsNobodyInIsNotFollowedAfterAPersonResolvedIt(t *testing.T) {
	b := incident.NewBook()
	weakened := change(exposure.Weakened, "x", exposure.Private)
	weakened.Gates = []string{"bucket IgnorePublicAcls"}
	b.Apply(opened(at(t, 0, "e1", "alice", "DeleteBucketPublicAccessBlock"), 44, weakened))
	b.Apply(deed(at(t, 1, "e2", "alice", "CreateUser"), &detect.Hit{Resource: "u", Detail: "made a user"}))
	for _, i := range b.All() {
		b.Do(incident.Command{AlertID: i.Alert.ID, Action: incident.Resolve, By: "dora", At: noon})
		if text := last(&i.Alert).Text; strings.Contains(text, "still") {
			t.Errorf("resolved: %q", text)
		}
	}
	if due := b.Remind(noon.Add(100*time.Hour), 24*time.Hour); len(due) != 0 {
		t.Errorf("%d reminders", len(due))
	}
	if gone := b.Expire(noon.Add(100 * time.Hour)); len(gone) != 2 {
		t.Errorf("forgot %v, want both", gone)
	}
}
