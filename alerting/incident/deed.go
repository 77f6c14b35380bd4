package incident

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

// changes is one Apply under way.
type changes struct {
	book    *Book
	ev      *Event
	touched []*Incident
	storyID string // of the event's alerts
}

func (c *changes) touch(i *Incident) {
	if !slices.Contains(c.touched, i) {
		c.touched = append(c.touched, i)
	}
}

func (c *changes) done() []*Incident {
	c.made()
	for _, i := range c.touched {
		i.Alert.Revision++
		if c.ev.Received != 0 {
			i.Received = c.ev.Received
		}
		c.book.index(i)
		c.story(i)
	}
	c.book.RefreshStories(c.touched...)
	return c.touched
}

// known returns the incident that already holds this event among the candidates; nil if none does.
func (c *changes) known(ids []string, fits func(*Incident) bool) *Incident {
	for _, id := range ids {
		if i := c.book.incidents[id]; i != nil && fits(i) {
			return i
		}
	}
	return nil
}

// deed brings a verdict to the live incident of its group, or opens one.
func (c *changes) deed(v *Verdict, kind Kind, seen []string) {
	rec := c.ev.Record
	account := rec.OwnerAccount()
	group, many := join(string(kind), account, v.Rule.ID, c.ev.Actor.Key()), manyGroup(kind, account, v.Rule.ID)
	if kind == State {
		group = join(string(kind), account, v.Rule.ID, v.Hit.Episode)
	}
	if c.known(seen, func(i *Incident) bool {
		return i.Group == group || i.Group == many || i.Kind == kind && slices.Contains(i.Alert.Rules, v.Rule.ID)
	}) != nil || c.book.past.has(rec.EventID, group) || c.book.past.has(rec.EventID, many) {
		return
	}
	if c.twin(v, kind) {
		return
	}
	i := c.book.incidents[c.book.groups[group]]
	if (i == nil || !c.joins(i)) && c.crowded(v, kind) {
		group = many
		i = c.book.incidents[c.book.groups[group]]
	}
	if i != nil && c.joins(i) {
		if c.addResource(&i.Alert, v.Hit) {
			i.renew() // nobody has spoken of this resource yet
		}
		c.call(i)
		c.grow(i, v)
		c.lasts(i, v)
		c.addMore(i, v)
		return
	}
	id := alert.NewID(string(kind), account, v.Rule.ID, rec.EventID)
	if c.book.has(id) {
		return
	}
	i = &Incident{Kind: kind, Actor: c.ev.Actor.Key(), Group: group}
	i.Alert = c.open(id, v)
	c.addResource(&i.Alert, v.Hit)
	c.call(i)
	c.touch(i)
	c.lasts(i, v)
	c.addMore(i, v)
	c.book.index(i)
}

// addResource lists what a deed was done to, and reports whether that is new.
func (c *changes) addResource(a *alert.Alert, hit *detect.Hit) bool {
	buckets, resources := len(a.Buckets), len(a.Resources)
	switch {
	case hit.Bucket != "":
		if !slices.ContainsFunc(a.Buckets, func(b alert.BucketState) bool { return b.Bucket == hit.Bucket }) {
			a.Buckets = append(a.Buckets, alert.BucketState{Bucket: hit.Bucket, Resource: hit.Resource, OpenedAt: c.ev.Record.EventTime})
		}
	case hit.Resource != "":
		a.Resources = appendNew(a.Resources, hit.Resource)
	}
	return len(a.Buckets) > buckets || len(a.Resources) > resources
}

// joins reports whether the event is near enough to an incident of deeds to be one of them.
func (c *changes) joins(i *Incident) bool {
	a, at := &i.Alert, c.ev.Record.EventTime
	if i.full() {
		return false
	}
	if i.Kind == State {
		return true
	}
	return near(a, at, deedWindow) && at.Sub(a.FirstSeen).Abs() < deedLimit
}

// endState resolves the incident whose episode the event ends; of exposures that which only this rule has raised.
func (c *changes) endState(v *Verdict) {
	rec := c.ev.Record
	account := rec.OwnerAccount()
	ids := []string{c.book.groups[join(string(State), account, v.Rule.ID, v.Hit.Episode)]}
	if v.Change != nil {
		ids = slices.Clone(c.book.resources[join(account, v.Change.Resource)])
	}
	for _, id := range ids {
		i := c.book.incidents[id]
		if i == nil || i.Alert.Status == alert.Resolved || rec.EventTime.Before(i.Alert.LastSeen) {
			continue
		}
		if v.Change == nil || len(i.Alert.Rules) == 1 && i.Alert.Rules[0] == v.Rule.ID && len(i.Parts) == 1 {
			c.resolve(i, rec.EventName)
		}
	}
}

// ends reports whether the event ends a live exposure of the bucket.
func (c *changes) ends(bucket string) bool {
	for _, change := range c.ev.Changes {
		if bucket == "" || change.Bucket != bucket {
			continue
		}
		for _, i := range c.book.holding(c.ev.account(change), change) {
			if c.closes(i, change) {
				return true
			}
		}
	}
	return false
}
