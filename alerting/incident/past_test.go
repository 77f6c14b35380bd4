package incident_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

func TestAClosedAlertLeavesMemoryAndItsEventsAreNotAppliedAgain(t *testing.T) {
	b := incident.NewBook()
	open := func() *incident.Event {
		return opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))
	}
	end := func() *incident.Event {
		c := change(exposure.Closed, "x", exposure.Private)
		c.Closes = true
		return closing(at(t, 5, "e2", "alice", "PutBucketAcl"), c)
	}
	act := func() *incident.Event {
		return deed(at(t, 1, "e3", "alice", "CreateUser"), &detect.Hit{Resource: "u"})
	}
	closed := only(t, b.Apply(open()))
	b.Apply(end())
	done := only(t, b.Apply(act()))
	b.Do(incident.Command{AlertID: done.ID, Action: incident.Resolve, By: "dora", At: noon.Add(6 * time.Minute)})
	live := only(t, b.Apply(opened(at(t, 0, "e4", "bob", "PutBucketAcl"), 60, change(exposure.Opened, "y", exposure.Public))))

	if gone := b.Forget(noon.Add(5 * time.Minute)); len(gone) != 0 {
		t.Errorf("forgot %v, which changed lately", gone)
	}
	gone := b.Forget(noon.Add(time.Hour))
	if want := []string{closed.ID, done.ID}; len(gone) != 2 || !slices.Contains(gone, want[0]) || !slices.Contains(gone, want[1]) {
		t.Errorf("forgot %v, want %v", gone, want)
	}
	if all := b.All(); len(all) != 1 || all[0].Alert.ID != live.ID {
		t.Errorf("%d incidents in memory, want the open one", len(all))
	}
	for name, ev := range map[string]*incident.Event{"opening": open(), "closing": end(), "deed": act()} {
		if changed := b.Apply(ev); len(changed) != 0 {
			t.Errorf("the %s event came again and changed %s", name, changed[0].Alert.ID)
		}
	}
	if again := only(t, b.Apply(opened(at(t, 90, "e5", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public)))); again.ID == closed.ID {
		t.Error("what opened again has the old id")
	}
	if gone := b.Expire(noon.Add(24 * time.Hour)); len(gone) != 2 {
		t.Errorf("expired %v, want both closed alerts", gone)
	}
}

func TestAHundredThousandClosedAlertsTakeLittleMemory(t *testing.T) {
	const alerts, most = 100_000, 10 << 20
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	b := incident.NewBook()
	for n := range alerts {
		at := noon.Add(time.Duration(n) * time.Second)
		b.Note(&incident.Incident{Kind: incident.Exposure, Alert: alert.Alert{
			ID: alert.NewID(fmt.Sprint(n)), Status: alert.Resolved, ResolvedAt: &at, LastSeen: at,
			EventIDs: []string{fmt.Sprint("a", n)}, ResolvingEventIDs: []string{fmt.Sprint("b", n)},
		}})
	}
	if took := heap() - before; took > most {
		t.Errorf("%d closed alerts take %d bytes, want at most %d", alerts, took, most)
	}
	if changed := b.Apply(opened(at(t, 0, "a99999", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))); len(changed) != 0 {
		t.Error("an event of a closed alert was applied again")
	}
}
