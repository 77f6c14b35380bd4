package incident_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// pair is one refused call to a bucket of another account, as both accounts record it.
func pair(t *testing.T, shared, request string) (caller, owner *incident.Event) {
	t.Helper()
	caller, owner = at(t, 0, "e1", "alice", "PutBucketPolicy"), at(t, 0, "e2", "alice", "PutBucketPolicy")
	owner.Record.UserIdentity.Type, owner.Record.UserIdentity.ARN, owner.Record.UserIdentity.UserName = "AWSAccount", "", ""
	for _, ev := range []*incident.Event{caller, owner} {
		ev.Record.SharedEventID, ev.Record.RequestID = shared, request
		ev.Record.UserIdentity.AccountID = "444455556666"
		ev.Actor = ev.Record.Actor()
		deed(ev, &detect.Hit{Detail: "refused", Bucket: "x", Attempt: true})
	}
	return caller, owner
}

func TestACallThatTwoAccountsRecordIsOneAlert(t *testing.T) {
	for _, ids := range [][2]string{{"s1", ""}, {"", "r1"}, {"s1", "r1"}} {
		caller, owner := pair(t, ids[0], ids[1])
		for _, order := range [][]*incident.Event{{caller, owner}, {owner, caller}, {caller, owner, caller, owner}} {
			b := incident.NewBook()
			for _, ev := range order {
				text, err := json.Marshal(b.All())
				if err != nil {
					t.Fatal(err)
				}
				var stored []*incident.Incident
				if err := json.Unmarshal(text, &stored); err != nil {
					t.Fatal(err)
				}
				b = incident.NewBook() // as after a restart
				for _, i := range stored {
					b.Restore(i)
				}
				b.Apply(ev)
			}
			all := b.All()
			if len(all) != 1 {
				t.Fatalf("%v: %d alerts", ids, len(all))
			}
			if a := all[0].Alert; len(a.EventIDs) != 2 || !slices.Contains(a.EventIDs, "e2") || len(a.Updates) != 1 {
				t.Errorf("%v: events %v, updates %v", ids, a.EventIDs, kinds(&a))
			}
		}
	}
}

func TestCallsOfTwoRequestsAreNotTakenForOne(t *testing.T) {
	b := incident.NewBook()
	first, _ := pair(t, "s1", "r1")
	_, second := pair(t, "s2", "r2")
	b.Apply(first)
	b.Apply(second)
	if n := len(b.All()); n != 2 {
		t.Errorf("%d alerts, want one of each actor", n)
	}
}
