package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// flip opens bucket b and closes it again, minutes after noon.
func flip(t *testing.T, b *incident.Book, minute, points int, user string, close bool) {
	t.Helper()
	id := fmt.Sprintf("%s-%d", user, minute)
	b.Apply(opened(at(t, minute, "open-"+id, user, "PutBucketAcl"), points, change(exposure.Opened, "b", exposure.Public)))
	if close {
		b.Apply(closing(at(t, minute, "close-"+id, user, "PutBucketAcl"), change(exposure.Closed, "b", exposure.Private)))
	}
}

// From the third opening within an hour on, the second's alert is opened again; its status follows the bucket at once.
func TestAResourceThatFlaps(t *testing.T) {
	b := incident.NewBook()
	for minute := range 40 {
		flip(t, b, minute, 64, "mallory", true)
	}
	all := b.All()
	if len(all) != 2 || all[0].Alert.Flapping != nil {
		t.Fatalf("%d alerts of 40 openings, the first flapping %+v", len(all), all[0].Alert.Flapping)
	}
	a := all[1].Alert
	if a.Status != alert.Resolved || a.Flapping == nil || a.Flapping.Opened != 40 || a.Flapping.Rings || len(a.Updates) > 4 || len(a.EventIDs) != 39 {
		t.Errorf("status %s, flapping %+v, %d updates, %d events", a.Status, a.Flapping, len(a.Updates), len(a.EventIDs))
	}
	// Stored and restored it goes on.
	restored := incident.NewBook()
	for _, i := range all {
		restored.Restore(i)
	}
	flip(t, restored, 41, 64, "mallory", false)
	if got := restored.All(); len(got) != 2 || got[1].Alert.Status != alert.Open || got[1].Alert.Flapping.Opened != 41 {
		t.Errorf("after a restart: %d alerts, %+v", len(got), got[1].Alert.Flapping)
	}
	// What stays open for five minutes rings, what has been closed for fifteen has its page ended.
	last := noon.Add(41 * time.Minute)
	if due := restored.FlapTick(last.Add(4 * time.Minute)); len(due) != 0 {
		t.Errorf("changed after four minutes: %+v", due[0].Alert.Flapping)
	}
	if due := restored.FlapTick(last.Add(5 * time.Minute)); len(due) != 1 || !due[0].Alert.Flapping.Rings {
		t.Errorf("open for five minutes: %d changed", len(due))
	}
	restored.Apply(closing(at(t, 50, "closed", "mallory", "PutBucketAcl"), change(exposure.Closed, "b", exposure.Private)))
	if due := restored.FlapTick(last.Add(20 * time.Minute)); len(due) != 0 {
		t.Errorf("quiet after eleven minutes")
	}
	if due := restored.FlapTick(last.Add(25 * time.Minute)); len(due) != 1 || !due[0].Alert.Flapping.Quiet {
		t.Errorf("not quiet after sixteen minutes")
	}
}

// What is worse than before, or done by another actor, is no repetition.
func TestWhatIsNewAboutFlappingRings(t *testing.T) {
	b := incident.NewBook()
	for minute := range 5 {
		flip(t, b, minute, 44, "mallory", true)
	}
	flip(t, b, 6, 84, "mallory", false)
	if a := b.All()[1].Alert; !a.Flapping.Rings || a.Severity != alert.Critical {
		t.Errorf("a worse opening: %s, %+v", a.Severity, a.Flapping)
	}
	b.Apply(closing(at(t, 7, "closed", "mallory", "PutBucketAcl"), change(exposure.Closed, "b", exposure.Private)))
	flip(t, b, 8, 44, "trent", false)
	if all := b.All(); len(all) != 3 || all[2].Alert.Flapping != nil || all[2].Alert.Status != alert.Open {
		t.Errorf("another actor's opening: %d alerts", len(all))
	}
}

// An hour apart, each opening is an alert of its own; so is one after a person's word.
func TestWhatDoesNotFlap(t *testing.T) {
	b := incident.NewBook()
	for i := range 4 {
		flip(t, b, 40*i, 64, "mallory", true)
	}
	if n := len(b.All()); n != 4 {
		t.Errorf("%d alerts of 4 openings, 40 minutes apart", n)
	}
}
