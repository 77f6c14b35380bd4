package incident_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// shares is a deed by a rule whose deeds can be undone.
func shares(ev *incident.Event, hit *detect.Hit) *incident.Event {
	hit.Detail = "shared"
	deed(ev, hit).Verdicts[0].Rule = &detect.Rule{ID: "shares", Title: "Shares", Ends: []string{"ec2.amazonaws.com/*"}}
	return ev
}

func TestADeedEndsWithTheLastOfWhatItLeft(t *testing.T) {
	b := incident.NewBook()
	id := only(t, b.Apply(shares(at(t, 0, "e1", "alice", "Share"), &detect.Hit{Resource: "s1", Lasts: []string{"disk/s1/all", "disk/s1/444455556666"}}))).ID
	only(t, b.Apply(shares(at(t, 5, "e2", "alice", "Share"), &detect.Hit{Resource: "s2", Lasts: []string{"disk/s2/all"}})))
	b = restart(t, b)
	undo := func(minutes int, event string, states ...string) []*incident.Incident {
		return b.Apply(shares(at(t, minutes, event, "bob", "Unshare"), &detect.Hit{Closes: true, Lasts: states}))
	}
	if changed := undo(1, "e3", "disk/s3/all", "disk/s2/all"); len(changed) != 0 {
		t.Errorf("what was over before, or is of another disk, changed %d alerts", len(changed))
	}
	a := only(t, undo(10, "e4", "disk/s1/all"))
	if a.ID != id || a.Status != alert.Open {
		t.Errorf("%s is %s after the first of three", a.ID, a.Status)
	}
	only(t, undo(11, "e5", "disk/s1/"))
	a = only(t, undo(12, "e6", "disk/s2/all"))
	if a.Status != alert.Resolved || *a.ResolvedBy != "bob" || *a.ResolvedReason != "Unshare" {
		t.Errorf("%s, %v", a.Status, a.ResolvedReason)
	}
	if diff := cmp.Diff([]string{"opened", "grew", "half-closed", "half-closed", "resolved"}, kinds(a)); diff != "" {
		t.Errorf("updates:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"e4", "e5", "e6"}, a.ResolvingEventIDs); diff != "" {
		t.Errorf("resolving_event_ids:\n%s", diff)
	}
	if changed := undo(13, "e7", "disk/s2/all"); len(changed) != 0 {
		t.Errorf("the end came again and changed %d alerts", len(changed))
	}
}

// Log files are not delivered in the order of their events.
func TestADeedHeardOfAfterItsEndIsOver(t *testing.T) {
	b := incident.NewBook()
	b.Apply(shares(at(t, 10, "e2", "bob", "Unshare"), &detect.Hit{Closes: true, Lasts: []string{"disk/s1/"}}))
	a := only(t, b.Apply(shares(at(t, 5, "e1", "alice", "Share"), &detect.Hit{Resource: "s1", Lasts: []string{"disk/s1/all"}})))
	if a.Status != alert.Resolved || !a.ResolvedAt.Equal(noon.Add(10*time.Minute)) || a.ResolvingEventIDs[0] != "e2" {
		t.Errorf("%s, by %v", a.Status, a.ResolvingEventIDs)
	}
	if again := only(t, b.Apply(shares(at(t, 15, "e3", "alice", "Share"), &detect.Hit{Resource: "s1", Lasts: []string{"disk/s1/all"}}))); again.ID == a.ID || again.Status != alert.Open {
		t.Errorf("shared again it is %s", again.Status)
	}
}

func TestADeedThatNothingUndoesKeepsItsAlertOpen(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(shares(at(t, 0, "e1", "alice", "Share"), &detect.Hit{Resource: "s1"})))
	only(t, b.Apply(shares(at(t, 5, "e2", "alice", "Share"), &detect.Hit{Resource: "s2", Lasts: []string{"disk/s2/all"}})))
	only(t, b.Apply(shares(at(t, 6, "e3", "bob", "Unshare"), &detect.Hit{Closes: true, Lasts: []string{"disk/s2/"}})))
	if a.Status != alert.Open {
		t.Errorf("%s with one deed left that cannot be undone", a.Status)
	}
}

func TestADeletedBucketEndsTheDeedsOnIt(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(shares(at(t, 0, "e1", "alice", "PutBucketLifecycle"), &detect.Hit{Bucket: "x", Lasts: []string{"bucket/x/lifecycle"}})))
	other := at(t, 4, "e2", "alice", "DeleteBucket")
	only(t, b.Apply(deed(other, &detect.Hit{Bucket: "y"})))
	ev := at(t, 5, "e3", "alice", "DeleteBucket")
	ev.Record.Resources = append(ev.Record.Resources, cloudtrail.Resource{Type: "AWS::S3::Bucket", ARN: "arn:aws:s3:::x"})
	b.Apply(deed(ev, &detect.Hit{Bucket: "x"}))
	if a.Status != alert.Resolved || *a.ResolvedReason != alert.BucketDeleted {
		t.Errorf("%s, %v", a.Status, a.ResolvedReason)
	}
}

func TestALowDeedThatUndoesAnotherIsToldAsItsEnd(t *testing.T) {
	b := incident.NewBook()
	only(t, b.Apply(shares(at(t, 0, "e1", "alice", "Attach"), &detect.Hit{Resource: "r", Lasts: []string{"attached/r"}})))
	detach := func(minutes int, event string) *incident.Event {
		ev := shares(at(t, minutes, event, "bob", "Detach"), &detect.Hit{Resource: "r", Undoes: []string{"attached/r"}})
		ev.Verdicts[0].Score.Severity = alert.Low
		return ev
	}
	end := detach(5, "e2")
	a := only(t, b.Apply(end))
	if a.Status != alert.Resolved || *a.ResolvedReason != "Detach" {
		t.Errorf("%s, %v", a.Status, a.ResolvedReason)
	}
	if changed := b.Apply(end); len(changed) != 0 {
		t.Errorf("the same event again changed %d alerts", len(changed))
	}
	if a := only(t, b.Apply(detach(10, "e3"))); a.Status != alert.Open {
		t.Errorf("what undoes nothing is told as %s", a.Status)
	}
	only(t, b.Apply(shares(at(t, 100, "e4", "alice", "Attach"), &detect.Hit{Resource: "r", Lasts: []string{"attached/r"}})))
	loud := detach(110, "e5")
	loud.Verdicts[0].Score.Severity = alert.Medium
	if changed := b.Apply(loud); len(changed) != 2 {
		t.Errorf("a deed of medium severity changed %d alerts, want the one it ends and its own", len(changed))
	}
}

func TestAStateEndsByAnyOfItsNames(t *testing.T) {
	for _, end := range []string{"rule/sgr-1", "group/sg-1/22", "group/sg-1/"} {
		b := incident.NewBook()
		name := "rule/sgr-1" + detect.Alias + "group/sg-1/22"
		only(t, b.Apply(shares(at(t, 0, "e1", "alice", "Open"), &detect.Hit{Resource: "sg-1", Lasts: []string{name}})))
		if changed := b.Apply(shares(at(t, 1, "e2", "bob", "Close"), &detect.Hit{Closes: true, Lasts: []string{"rule/sgr-2", "group/sg-1/2"}})); len(changed) != 0 {
			t.Errorf("another's end changed %d alerts", len(changed))
		}
		if a := only(t, b.Apply(shares(at(t, 2, "e3", "bob", "Close"), &detect.Hit{Closes: true, Lasts: []string{end}}))); a.Status != alert.Resolved {
			t.Errorf("%s is not the end: %s", end, a.Status)
		}
	}
}
