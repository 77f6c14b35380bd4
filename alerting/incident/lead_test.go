package incident_test

import (
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// hundred makes the verdict of an event come to a hundred, of more points than that.
func hundred(ev *incident.Event, points int) *incident.Event {
	s := &ev.Verdicts[0].Score
	s.Score, s.Severity = 100, alert.Critical
	s.Factors = []alert.Factor{{Name: "grant", Points: points}, {Name: "cap", Points: 100 - points}}
	return ev
}

// TestTheWorstLeadsThoughBothComeToAHundred lets guards fall and then strangers in: the alert speaks of the strangers.
func TestTheWorstLeadsThoughBothComeToAHundred(t *testing.T) {
	b := incident.NewBook()
	guards := change(exposure.Weakened, "x", exposure.Unknown)
	a := only(t, b.Apply(hundred(opened(at(t, 0, "e1", "alice", "DeleteBucketPublicAccessBlock"), 100, guards), 105)))
	open := change(exposure.Opened, "x", exposure.Public)
	only(t, b.Apply(hundred(opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 100, open), 125)))
	if a.EventName != "PutBucketAcl" || !a.EventTime.After(noon) {
		t.Errorf("the alert speaks of %s", a.EventName)
	}
	wider := change(exposure.Widened, "x", exposure.Public)
	only(t, b.Apply(hundred(opened(at(t, 2, "e3", "alice", "PutBucketPolicy"), 100, wider), 125)))
	if a.EventName != "PutBucketAcl" {
		t.Errorf("the alert speaks of %s, which is no worse", a.EventName)
	}
}

// TestAllThatIsOpenIsNamed follows the grants of a bucket through its opening and half-closing.
func TestAllThatIsOpenIsNamed(t *testing.T) {
	grants := func(kind exposure.Kind, grants ...exposure.Grant) *exposure.Change {
		c := change(kind, "x", exposure.Public)
		c.Grant, c.Left = "the newest", grants
		return c
	}
	acl := exposure.Grant{Name: "AllUsers READ", Public: true, Live: exposure.Yes}
	policy := exposure.Grant{Name: "* s3:GetObject", Public: true, Live: exposure.Maybe}
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, grants(exposure.Opened, acl))))
	if a.Exposure.Grant != "AllUsers READ" {
		t.Errorf("opened by %q", a.Exposure.Grant)
	}
	only(t, b.Apply(opened(at(t, 1, "e2", "alice", "PutBucketPolicy"), 60, grants(exposure.Widened, acl, policy))))
	if a.Exposure.Grant != "AllUsers READ, * s3:GetObject" {
		t.Errorf("widened to %q", a.Exposure.Grant)
	}
	only(t, b.Apply(closing(at(t, 2, "e3", "bob", "PutBucketAcl"), grants(exposure.Narrowed, policy))))
	if a.Exposure.Grant != "* s3:GetObject" {
		t.Errorf("half-closed to %q", a.Exposure.Grant)
	}
	only(t, b.Apply(closing(at(t, 3, "e4", "bob", "DeleteBucketPolicy"), change(exposure.Closed, "x", exposure.Private))))
	if a.Exposure.Grant != "* s3:GetObject" {
		t.Errorf("once closed it was %q", a.Exposure.Grant)
	}
}

// TestTheEventItselfShowsWhatWasNew holds the timeline of an actor against the facts about the event.
func TestTheEventItselfShowsWhatWasNew(t *testing.T) {
	ev := opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "x", exposure.Public))
	ev.Facts.History.First = []string{"call", "bucket"}
	a := only(t, incident.NewBook().Apply(ev))
	if last := a.Timeline[len(a.Timeline)-1]; !slices.Equal(last.First, ev.Facts.History.First) {
		t.Errorf("the timeline ends with %+v", last)
	}
}
