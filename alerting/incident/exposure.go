package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// expose brings a verdict on an exposure to the live incident of its resource, else to the one its actor opened
// minutes ago, else opens one.
func (c *changes) expose(v *Verdict, seen []string) {
	change, account := v.Change, c.ev.account(v.Change)
	if i := c.known(seen, func(i *Incident) bool {
		return i.Kind == Exposure && i.Alert.AccountID == cmp.Or(account, alert.Unknown)
	}); i != nil && !slices.Contains(c.touched, i) {
		return
	}
	if c.book.past.has(c.ev.Record.EventID, string(Exposure)) {
		return
	}
	if c.asBefore(account, change) {
		return
	}
	i := c.home(account, change)
	again := (*Incident)(nil)
	if i == nil {
		again = c.flapping(account, change)
	}
	switch {
	case again != nil:
		i = again
		c.flap(i, v)
	case i == nil:
		id := alert.NewID(string(Exposure), account, change.Resource, c.ev.Record.EventID)
		if c.book.has(id) {
			return
		}
		i = &Incident{Kind: Exposure, Actor: c.ev.Actor.Key(), Share: change.Class() == exposure.ShareClass}
		i.Alert = c.open(id, v)
		i.Call, i.Deed = call(c.ev.Actor, c.ev.Record), change.Kind == exposure.Unchanged
		c.touch(i)
	default:
		c.grow(i, v)
		if f := i.Alert.Flapping; f != nil && c.ev.Actor.Key() != i.Actor {
			i.Alert.Flapping = &alert.Flapping{Opened: f.Opened, Latest: f.Latest, Rings: true}
		}
	}
	c.call(i)
	c.addPart(i, change)
	for _, effect := range c.ev.Changes {
		if effect != change && opens(effect.Kind) && !i.Share && effect.Class() == exposure.OpenClass {
			c.addPart(i, effect)
		}
	}
	i.describe(change)
	c.book.index(i)
	c.book.took(i, change.Resource)
}

// asBefore reports whether a share is nothing new: it is told in a live incident of the resource already, or it was there
// before the resource was opened to the public.
func (c *changes) asBefore(account string, change *exposure.Change) bool {
	if change.Class() != exposure.ShareClass {
		return false
	}
	now := change.Shared()
	for _, id := range c.book.resources[join(account, change.Resource)] {
		i := c.book.incidents[id]
		p := &i.Parts[i.part(change.Resource)]
		if i.Share && (change.Kind != exposure.SharedOut || p.Says == change.Sentence(exposure.ShareClass)) || !i.Share && p.Open && within(now, p.SharedBefore) {
			return true
		}
	}
	return false
}

// within reports whether there is something, and all of it is among the others.
func within(list, others []string) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(others, s) })
}

// home is the live incident that an exposure of the resource by this actor belongs to; nil if there is none.
func (c *changes) home(account string, change *exposure.Change) *Incident {
	share := change.Class() == exposure.ShareClass
	var other *Incident
	for _, id := range c.book.resources[join(account, change.Resource)] {
		i := c.book.incidents[id]
		switch {
		case i.Alert.Status == alert.Resolved: // a person has done with it
		case i.Share == share:
			return i
		default:
			other = i
		}
	}
	if other != nil && change.Kind == exposure.Unchanged {
		return other // nobody is let in by it: it is told with what is open
	}
	i := c.book.incidents[c.book.actors[actorKey(account, c.ev.Actor.Key(), change.Scope == exposure.AccountScope, share)]]
	if i == nil || !near(&i.Alert, c.ev.Record.EventTime, foldWindow) || i.full() {
		return nil
	}
	return i
}

// narrow notes on a live incident what a change closed, and resolves it once nothing of it is open any more.
func (c *changes) narrow(i *Incident, change *exposure.Change) {
	at, resolver := c.ev.Record.EventTime, c.ev.Record.EventID
	i.restore(change)
	closed := c.closes(i, change)
	if change.Superseded != nil && slices.Contains(c.touched, i) && i.gone(change) {
		// The grant was revoked before anybody heard of it: the newer event closed it.
		closed, at, resolver = true, change.Superseded.At, change.Superseded.EventID
	}
	if !closed || !slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed && p.ends(change) }) {
		c.halfClose(i, change)
		return
	}
	var how strings.Builder
	how.WriteString(c.closedText(change))
	for n := range i.Parts {
		p := &i.Parts[n]
		if p.Closed || !p.ends(change) {
			continue
		}
		if p.Resource == change.Resource {
			how.WriteString(p.left(change, i.Share))
		}
		p.Closed = true
		state := &i.Alert.Buckets[n]
		state.After, state.Reach, state.ResolvedAt = string(change.Now), string(change.Reach), &at
	}
	i.settleBucket(change.Bucket, at)
	i.describe(change)
	if slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed }) {
		i.Alert.ResolvingEventIDs = appendEvent(i.Alert.ResolvingEventIDs, resolver)
		c.note(i, "half-closed", fmt.Sprintf("%s on %s by %s; other resources in this alert are still open", how.String(), change.Resource, person(c.ev.Actor)))
		c.touch(i)
		return
	}
	c.resolveAt(i, at, resolver, i.ending(change, how.String()))
}

// settleBucket ends what was only about blocks removed from a bucket, once everything that was open of the bucket, its
// objects and access points is over.
func (i *Incident) settleBucket(bucket string, at time.Time) {
	of := func(open, closed bool) bool {
		return slices.ContainsFunc(i.Parts, func(p Part) bool { return p.Bucket == bucket && p.Open == open && p.Closed == closed })
	}
	if bucket == "" || of(true, false) || !of(true, true) {
		return
	}
	for n := range i.Parts {
		if p := &i.Parts[n]; p.Bucket == bucket && !p.Closed && i.Alert.Buckets[n].After != string(exposure.Latent) {
			p.Closed, i.Alert.Buckets[n].ResolvedAt = true, &at
		}
	}
}

// gone reports whether nothing of what the incident is about is left by the newest facts.
func (i *Incident) gone(change *exposure.Change) bool {
	if i.Share {
		return len(change.Shared()) == 0 && change.Now != exposure.Unknown
	}
	return change.Now == exposure.Private || change.Now == exposure.Latent || change.Now == exposure.Shared
}

// left says what goes on once what the incident told of the resource is over: "; now shared with external account
// 444455556666, as before".
func (p *Part) left(change *exposure.Change, share bool) string {
	with := change.SharedWith()
	switch {
	case !share && change.Now == exposure.Public && !p.Open:
		return "; it is public now, which another alert tells"
	case share || len(with) == 0:
		return ""
	}
	const most = 3
	if more := len(with) - most; more > 0 {
		with = append(with[:most], fmt.Sprintf("%d more", more))
	}
	text := "; now shared with " + strings.Join(with, ", ")
	if within(change.Shared(), p.SharedBefore) {
		text += ", as before"
	}
	return text
}

// halfClose notes that less is open than before, but something still is.
func (c *changes) halfClose(i *Incident, change *exposure.Change) {
	n := slices.IndexFunc(i.Parts, func(p Part) bool { return p.Resource == change.Resource })
	if n < 0 || !i.less(n, change) || slices.Contains(i.Alert.ResolvingEventIDs, c.ev.Record.EventID) {
		return
	}
	if p := &i.Parts[n]; change.Closes && !change.Shares && (change.Kind == exposure.Weakened || change.Kind == exposure.Slept) {
		p.Open = false // the same event that ended it removed another block, or left a blocked grant: that is told on
	}
	i.update(n, change)
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
	if i.Parts[n].Proven {
		return false
	}
	switch change.Kind {
	case exposure.Narrowed, exposure.Closed:
		return true
	case exposure.Unchanged:
		return false
	default: // as when it is shared with named others instead of everybody
		return !i.Share && i.Alert.Buckets[n].After == string(exposure.Public) && change.Now != exposure.Public
	}
}

func (c *changes) resolve(i *Incident, how string) {
	c.resolveAt(i, c.ev.Record.EventTime, c.ev.Record.EventID, how)
}

func (c *changes) resolveAt(i *Incident, at time.Time, event, how string) {
	a := &i.Alert
	by, text := who(c.ev.Actor), how+" by "+person(c.ev.Actor)
	if event != c.ev.Record.EventID {
		by, text = "a later event that was processed first", how
	}
	a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason, i.Remains = alert.Resolved, &at, &by, &how, false
	a.ResolvingEventIDs = appendEvent(a.ResolvingEventIDs, event)
	if how == alert.BucketDeleted {
		text = how + ": " + c.ev.Record.EventName + " by " + person(c.ev.Actor)
	}
	if a.Flapping == nil { // each opening and closing of what flaps is counted only
		c.note(i, "resolved", text)
	}
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
