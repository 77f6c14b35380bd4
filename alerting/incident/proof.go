package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const (
	// proofHolds is how long an exposure that is known by nothing but calls that were let in lasts without another.
	proofHolds = 24 * time.Hour
	// proofStored is how often a further call of the same caller is worth storing.
	proofStored = time.Hour
	// maxProofs bounds the callers that are remembered of one resource; others are told again.
	maxProofs = 100
)

// Proof is a caller from outside that was let in.
type Proof struct {
	By     string          `json:"by"` // account id, or cloudtrail.Anonymous
	Access exposure.Access `json:"access"`
	Last   time.Time       `json:"last"`            // of its calls, event time
	Stored time.Time       `json:"stored,omitzero"` // Last as it was when the incident was last changed for it
}

// prove brings a call that was let in to the live incident of its bucket, else opens one. A caller who is known there
// already makes it last, and is not told again, unless it did more than before. A call that changed an exposure
// itself makes no second alert beside that change.
func (c *changes) prove(v *Verdict, seen []string) {
	change, rec, account := v.Change, c.ev.Record, c.ev.Record.OwnerAccount()
	if c.known(seen, func(i *Incident) bool { return i.Kind == Exposure }) != nil || c.book.past.has(rec.EventID, string(Exposure)) {
		return
	}
	i, n := c.book.proven(account, change)
	switch {
	case n >= 0:
		c.prolong(i, n, change)
		return
	case i != nil && i.Alert.Status == alert.Resolved:
		return
	}
	if told, by := c.changed(); i == nil && told {
		if by != nil && change.Proof == cloudtrail.Anonymous && slices.Contains(by.Alert.EventIDs, rec.EventID) {
			c.grow(by, v) // whatever it changed, an unsigned call changed it
		}
		return
	}
	if i == nil && change.Proof != cloudtrail.Anonymous { // unsigned calls are not all by one actor
		i = c.home(account, change)
	}
	if i == nil {
		id := alert.NewID(string(Deed), account, v.Rule.ID, rec.EventID)
		if c.book.has(id) {
			return
		}
		i = &Incident{Kind: Exposure, Actor: c.ev.Actor.Key(), Share: change.Class() == exposure.ShareClass}
		i.Alert = c.open(id, v)
		i.Call = call(c.ev.Actor, rec)
		c.touch(i)
	} else {
		c.grow(i, v)
	}
	c.addProof(i, change)
	i.describe(change)
	c.book.index(i)
	if s := change.Superseded; s != nil {
		c.narrow(i, change)
	}
}

// changed reports whether the event's call is told as a change of an exposure, by this record, in the incident that it gives,
// or by that of the caller's account.
func (c *changes) changed() (told bool, by *Incident) {
	exposure := func(i *Incident) bool { return i.Kind == Exposure }
	if at := slices.IndexFunc(c.touched, exposure); at >= 0 {
		return true, c.touched[at]
	}
	return slices.ContainsFunc(callsOf(c.ev.Record), func(call string) bool { return c.known(c.book.calls[call], exposure) != nil }), nil
}

// addProof notes the resource that was open to the caller.
func (c *changes) addProof(i *Incident, change *exposure.Change) {
	n := i.part(change.Resource)
	held := n >= 0 && !i.Parts[n].Closed && i.Parts[n].Open
	var before Part
	if held {
		before = i.Parts[n]
	}
	c.addPart(i, change)
	n = i.part(change.Resource)
	p, state := &i.Parts[n], &i.Alert.Buckets[n]
	p.Says += " " + change.Evidence()
	if held && change.Unexplained {
		p.keep(&before, change)
	}
	p.Proven = change.Unexplained && (!held || p.Proven)
	if len(p.Proofs) < maxProofs {
		p.Proofs = slices.DeleteFunc(p.Proofs, func(known Proof) bool { return known.By == change.Proof })
		p.Proofs = append(p.Proofs, Proof{By: change.Proof, Access: change.Access, Last: change.At, Stored: change.At})
	}
	if e := i.Alert.Exposure; e != nil && change.Resource == i.Alert.Resource && e.After == state.After {
		e.Confidence = string(exposure.Confirmed)
		for _, reason := range change.Reasons {
			e.Reasons = appendNew(e.Reasons, reason)
		}
	}
}

// keep adds to what a part says of a call that no setting explains what was known of it before: the worst first.
func (p *Part) keep(before *Part, change *exposure.Change) {
	const (
		longest = 600 // bytes of a sentence
		more    = " More callers were let in."
	)
	after := slices.ContainsFunc(before.Proofs, func(known Proof) bool { return known.Access >= change.Access })
	join := func(old, fresh, between, rest string) string {
		first, second := fresh, old
		if before.Severity > p.Severity || before.Severity == p.Severity && after {
			first, second = old, fresh
		}
		if len(first)+len(second) > longest {
			return strings.TrimSuffix(first, rest) + rest
		}
		return first + between + second
	}
	p.Says, p.Said = join(before.Says, p.Says, " ", more), join(before.Said, p.Said, " ", more)
	p.Grant = join(before.Grant, p.Grant, ", ", ", …")
	p.Severity = max(before.Severity, p.Severity)
}

// proven finds the live incident that holds the resource of a call, or its bucket, and the part in which the caller is
// known to have done as much already; -1 if in none.
func (b *Book) proven(account string, change *exposure.Change) (target *Incident, part int) {
	bucket := strings.TrimSuffix(change.Resource, "/"+change.Object)
	whole, below := join(account, bucket), join(account, bucket)+"/"
	var ids []string
	ids = append(ids, b.resources[join(account, change.Resource)]...)
	ids = append(ids, b.resources[whole]...)
	for key, holders := range b.resources {
		if strings.HasPrefix(key, below) {
			ids = append(ids, slices.Sorted(slices.Values(holders))...)
		}
	}
	for _, id := range ids {
		held := b.incidents[id]
		if held.Share != (change.Class() == exposure.ShareClass) {
			continue
		}
		// What a person has done with, and what is known to be allowed, needs no telling; what is not known is new.
		if held.Alert.Status != alert.Resolved || !change.Unexplained && target == nil {
			target = held
		}
		for n := range held.Parts {
			p := &held.Parts[n]
			covers := p.Resource == change.Resource || p.Resource == bucket || change.Object != "" && strings.HasPrefix(p.Resource, bucket+"/")
			if covers && !p.Closed && slices.ContainsFunc(p.Proofs, func(known Proof) bool { return known.By == change.Proof && known.Access >= change.Access }) {
				return held, n
			}
		}
	}
	return target, -1
}

// prolong notes a further call of a known caller.
func (c *changes) prolong(i *Incident, part int, change *exposure.Change) {
	for n := range i.Parts[part].Proofs {
		p := &i.Parts[part].Proofs[n]
		if p.By != change.Proof || !change.At.After(p.Last) {
			continue
		}
		p.Last = change.At
		if p.Last.Sub(p.Stored) >= proofStored && i.Alert.Status != alert.Resolved {
			p.Stored = p.Last
			i.Alert.LastSeen = later(i.Alert.LastSeen, change.At)
			i.Alert.EventIDs = appendEvent(i.Alert.EventIDs, change.EventID)
			c.touch(i)
		}
	}
}

// last is the last call that was let in.
func (p *Part) last() time.Time {
	var last time.Time
	for _, proof := range p.Proofs {
		last = later(last, proof.Last)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// shut reports whether a change leaves closed, of a part known by nothing but calls that were let in, every way that they
// may have come.
func (p *Part) shut(change *exposure.Change) bool {
	if p.Resource != change.Resource && !strings.HasPrefix(p.Resource, change.Resource+"/") {
		return false
	}
	return change.Ended(exposure.Mark{At: p.last()}, p.Shared, p.Resource != change.Resource)
}

// Lapse ends the exposures that are known by nothing but calls that were let in, once there was none for a day, and returns
// those that it changed, with their revision raised. In a replay now is the time of the latest event.
func (b *Book) Lapse(now time.Time) []*Incident {
	var out []*Incident
	for _, i := range b.All() {
		if i.Kind != Exposure || i.Alert.Status == alert.Resolved && !i.Remains || !i.lapse(now) {
			continue
		}
		a, at := &i.Alert, now.UTC()
		if !slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed }) {
			by, how := "Trailwarden", "no further access for 24 h"
			a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason, i.Remains = alert.Resolved, &at, &by, &how, false
			addUpdate(a, alert.Update{Time: at, EventID: a.EventIDs[len(a.EventIDs)-1], Kind: "resolved", Text: how})
		}
		a.Revision++
		b.index(i)
		out = append(out, i)
	}
	b.RefreshStories(out...)
	return out
}

// lapse closes the parts of which there is no fresh proof, and reports whether there were any.
func (i *Incident) lapse(now time.Time) bool {
	at, found := now.UTC(), false
	for n := range i.Parts {
		p := &i.Parts[n]
		if p.Closed || !p.Proven || now.Sub(later(p.last(), time.UnixMilli(i.Received))) < proofHolds {
			continue
		}
		found, p.Closed = true, true
		state := &i.Alert.Buckets[n]
		state.After, state.Reach, state.ResolvedAt = string(exposure.Unknown), string(exposure.Nobody), &at
	}
	if found {
		i.describe(&exposure.Change{Mark: exposure.Mark{At: at}})
	}
	return found
}
