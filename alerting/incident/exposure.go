package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// expose brings a verdict on an exposure to the live incident of its resource, else to the one its actor opened
// minutes ago, else opens one.
func (c *changes) expose(v *Verdict, seen []string) {
	change, account := v.Change, c.ev.Record.OwnerAccount()
	if i := c.known(seen, func(i *Incident) bool { return i.Kind == Exposure }); i != nil && !slices.Contains(c.touched, i) {
		return
	}
	if c.book.past.has(c.ev.Record.EventID, string(Exposure)) {
		return
	}
	i := c.home(account, change)
	if i == nil {
		id := alert.NewID(string(Exposure), account, change.Resource, c.ev.Record.EventID)
		if c.book.has(id) {
			return
		}
		i = &Incident{Kind: Exposure, Actor: c.ev.Actor.Key()}
		i.Alert = c.open(id, v)
		c.touch(i)
	} else {
		c.grow(i, v)
	}
	c.addPart(i, change)
	for _, effect := range c.ev.Changes {
		if effect != change && opens(effect.Kind) {
			c.addPart(i, effect)
		}
	}
	i.describe(change)
	c.book.index(i)
}

// home is the live incident that an exposure of the resource by this actor belongs to; nil if there is none.
func (c *changes) home(account string, change *exposure.Change) *Incident {
	for _, id := range c.book.resources[join(account, change.Resource)] {
		return c.book.incidents[id]
	}
	i := c.book.incidents[c.book.actors[actorKey(account, c.ev.Actor.Key(), change.Scope == exposure.AccountScope)]]
	if i == nil || !near(&i.Alert, c.ev.Record.EventTime, foldWindow) || i.full() {
		return nil
	}
	return i
}

// narrow notes on a live incident what a change closed, and resolves it once nothing of it is open any more.
func (c *changes) narrow(i *Incident, change *exposure.Change) {
	at, resolver := c.ev.Record.EventTime, c.ev.Record.EventID
	i.restore(change)
	closed := i.closes(change)
	if change.Superseded != nil && slices.Contains(c.touched, i) && (change.Now == exposure.Private || change.Now == exposure.Latent) {
		// The grant was revoked before anybody heard of it: the newer event closed it.
		closed, at, resolver = true, change.Superseded.At, change.Superseded.EventID
	}
	if !closed || !slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed && p.ends(change) }) {
		c.halfClose(i, change)
		return
	}
	for n := range i.Parts {
		p := &i.Parts[n]
		if p.Closed || !p.ends(change) {
			continue
		}
		p.Closed = true
		state := &i.Alert.Buckets[n]
		state.After, state.Reach, state.ResolvedAt = string(change.Now), string(change.Reach), &at
	}
	i.describe(change)
	if slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed }) {
		i.Alert.ResolvingEventIDs = appendEvent(i.Alert.ResolvingEventIDs, resolver)
		c.note(i, "half-closed", fmt.Sprintf("%s of %s by %s; other resources of this incident are still open", c.closedText(change), change.Resource, person(c.ev.Actor)))
		c.touch(i)
		return
	}
	c.resolveAt(i, at, resolver, c.closedText(change))
}

// halfClose notes that less is open than before, but something still is.
func (c *changes) halfClose(i *Incident, change *exposure.Change) {
	n := slices.IndexFunc(i.Parts, func(p Part) bool { return p.Resource == change.Resource })
	if n < 0 || !i.less(n, change) || slices.Contains(i.Alert.ResolvingEventIDs, c.ev.Record.EventID) {
		return
	}
	i.Alert.Buckets[n].After, i.Alert.Buckets[n].Reach = string(change.Now), string(change.Reach)
	i.describe(change)
	if slices.Contains(c.touched, i) {
		return // it opened more than it closed
	}
	i.Alert.ResolvingEventIDs = appendEvent(i.Alert.ResolvingEventIDs, c.ev.Record.EventID)
	c.note(i, "half-closed", c.narrowedText(change))
	c.touch(i)
}

// less reports whether a change leaves less open than an incident says of its part.
func (i *Incident) less(n int, change *exposure.Change) bool {
	switch change.Kind {
	case exposure.Narrowed, exposure.Closed:
		return true
	case exposure.Unchanged:
		return false
	default: // as when it is shared with named others instead of everybody
		return i.Alert.Buckets[n].After == string(exposure.Public) && change.Now != exposure.Public
	}
}

func (c *changes) resolve(i *Incident, how string) {
	c.resolveAt(i, c.ev.Record.EventTime, c.ev.Record.EventID, how)
}

func (c *changes) resolveAt(i *Incident, at time.Time, event, how string) {
	a := &i.Alert
	by, short := who(c.ev.Actor), person(c.ev.Actor)
	if event != c.ev.Record.EventID {
		by = "a later event, heard of before"
		short = by
	}
	a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason = alert.Resolved, &at, &by, &how
	a.ResolvingEventIDs = appendEvent(a.ResolvingEventIDs, event)
	c.note(i, "resolved", how+" by "+short)
	c.touch(i)
	c.book.index(i)
}

// appendEvent is appendNew up to as many events as an incident lists.
func appendEvent(list []string, id string) []string {
	if len(list) >= maxEvents {
		return list
	}
	return appendNew(list, id)
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
