package incident

import (
	"slices"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// maxCalls bounds the calls an incident remembers by their ids; of what goes beyond, both records are told.
const maxCalls = 200

// callsOf names a call that two accounts record, the caller's and the resource's: each record has an event id of its own,
// and both have the shared id and the request's. Empty for a call within one account.
func callsOf(rec *cloudtrail.Record) []string {
	var out []string
	if rec.SharedEventID != "" {
		out = append(out, join("shared", rec.SharedEventID))
	}
	owner := rec.OwnerAccount()
	if rec.RequestID != "" && (len(out) > 0 || rec.UserIdentity.AccountID != owner || rec.RecipientAccountID != owner) {
		out = append(out, join("request", rec.EventSource, rec.EventName, rec.RequestID))
	}
	return out
}

// twin reports whether the event's call was told already, by its record in another account's trail. The incident lists
// the event then, and says nothing more: nothing more happened.
func (c *changes) twin(v *Verdict, kind Kind) bool {
	rec := c.ev.Record
	for _, call := range callsOf(rec) {
		for _, id := range c.book.calls[call] {
			i := c.book.incidents[id]
			if i == nil || i.Kind != kind || !slices.Contains(i.Alert.Rules, v.Rule.ID) {
				continue
			}
			// The record of a failed call may not say whose the resource is.
			if i.Alert.AccountID != rec.OwnerAccount() && (!rec.Failed() || rec.SharedEventID == "") {
				continue
			}
			if i.Alert.Status.Live() && !slices.Contains(i.Alert.EventIDs, rec.EventID) {
				i.Alert.EventIDs = appendEvent(i.Alert.EventIDs, rec.EventID)
				c.touch(i)
			}
			return true
		}
	}
	return false
}

// call notes the ids of the call that an incident tells of.
func (c *changes) call(i *Incident) {
	for _, call := range callsOf(c.ev.Record) {
		if len(i.Calls) < maxCalls {
			i.Calls = appendNew(i.Calls, call)
		}
	}
}
