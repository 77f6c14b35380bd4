package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// What was acknowledged is open again, and pages anew, once it is worse, of another bucket or by another actor; more of the
// same by the same actor is not.
func TestAnAcknowledgedIncidentThatGetsWorseIsOpenAgain(t *testing.T) {
	wider := func(user string, points int, bucket string) *incident.Event {
		return opened(at(t, 5, "e2", user, "PutBucketPolicy"), points, change(exposure.Widened, bucket, exposure.Public))
	}
	for name, c := range map[string]struct {
		next *incident.Event
		want alert.Status
	}{
		"more severe":   {wider("alice", 90, "x"), alert.Open},
		"new bucket":    {wider("alice", 60, "payroll"), alert.Open},
		"another actor": {wider("bob", 60, "x"), alert.Open},
		"more of it":    {wider("alice", 61, "x"), alert.Acknowledged},
	} {
		t.Run(name, func(t *testing.T) {
			b := incident.NewBook()
			a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
			b.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "dora", At: noon.Add(time.Minute)})
			only(t, b.Apply(c.next))
			if again := a.Status == alert.Open; a.Status != c.want || again != (a.Repages == 1) {
				t.Errorf("status %s after %d repages, want %s", a.Status, a.Repages, c.want)
			}
		})
	}
}

func TestAnAcknowledgedDeedOnAnotherResourceIsOpenAgain(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(deed(at(t, 0, "e1", "alice", "DisableKey"), &detect.Hit{Detail: "one", Resource: "key/1"})))
	for i, c := range []struct {
		resource string
		repages  int
	}{{"key/1", 0}, {"key/2", 1}, {"key/2", 1}, {"key/3", 2}} {
		b.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "dora", At: noon})
		only(t, b.Apply(deed(at(t, 1+i, fmt.Sprint("e2", i), "alice", "DisableKey"), &detect.Hit{Detail: "more", Resource: c.resource})))
		if a.Repages != c.repages {
			t.Errorf("%d repages after %s, want %d", a.Repages, c.resource, c.repages)
		}
	}
}

// Updates are counted by their sequence numbers, whether they are listed still or not.
func TestUpdatesAreCountedBeyondThoseListed(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e0", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))))
	for i := range 250 {
		only(t, b.Apply(opened(at(t, 1, fmt.Sprint("e", i+1), "alice", "PutBucketAcl"), 60, change(exposure.Widened, "x", exposure.Public))))
	}
	if n := a.UpdateCount(); n != 251 || len(a.Updates) != 200 {
		t.Errorf("counts %d updates, of which %d are listed", n, len(a.Updates))
	}
	for told, want := range map[int]int{251: 0, 250: 1, 101: 150, 20: 199, 0: 200} {
		if got := len(a.UpdatesAfter(told)); got != want {
			t.Errorf("%d updates after number %d, want %d", got, told, want)
		}
	}
}
