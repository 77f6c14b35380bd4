package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

// Lasting is a state that a deed has left and that an event can end: a snapshot shared with an account.
type Lasting struct {
	Name  string    `json:"name,omitempty"` // empty: of a deed that no event ends
	Since time.Time `json:"since"`
}

// lasts notes what a deed has left. One that leaves nothing, by a rule whose deeds can be undone, keeps the alert from ending
// by events.
func (c *changes) lasts(i *Incident, v *Verdict) {
	names := v.Hit.Lasts
	switch {
	case i.Kind != Deed || len(v.Rule.Ends) == 0:
		return
	case len(names) == 0:
		names = []string{""}
	}
	var over *end
	for _, name := range names {
		if e := c.endedLater(v, name); e != nil {
			over = e
			continue
		}
		at := slices.IndexFunc(i.Lasting, func(l Lasting) bool { return l.Name == name })
		switch {
		case at >= 0:
			i.Lasting[at].Since = later(i.Lasting[at].Since, c.ev.Record.EventTime)
		case len(i.Lasting) < maxEvents:
			i.Lasting = append(i.Lasting, Lasting{Name: name, Since: c.ev.Record.EventTime})
		}
	}
	if over != nil && len(i.Lasting) == 0 && i.Alert.Status != alert.Resolved {
		c.resolveAt(i, over.at, over.event, over.name)
	}
}

// end is a call that undid deeds. The latest are remembered, since the deed itself may come after it.
type end struct {
	key, event, name string
	at               time.Time
	hit              *detect.Hit
}

const maxEnds = 1000

// endedLater is a call that came before the event and undid, later than it, what it left; nil if none is remembered.
func (c *changes) endedLater(v *Verdict, name string) *end {
	key := join(c.ev.Record.OwnerAccount(), v.Rule.ID)
	for n := range c.book.ends {
		if e := &c.book.ends[n]; name != "" && e.key == key && e.at.After(c.ev.Record.EventTime) && e.hit.Covers(name) {
			return e
		}
	}
	return nil
}

// undoes ends what a deed undoes of others, and reports whether it is told as their end: it is low, and it ended any. The same
// event again is.
func (c *changes) undoes(v *Verdict, seen []string) bool {
	if len(v.Hit.Undoes) == 0 {
		return false
	}
	found := c.endDeeds(v) || c.known(seen, func(i *Incident) bool {
		return i.Alert.RuleID == v.Rule.ID && slices.Contains(i.Alert.ResolvingEventIDs, c.ev.Record.EventID)
	}) != nil
	return found && v.Score.Severity <= alert.Low
}

// endDeeds ends what the event undoes of the deeds told by a rule, and reports whether there was any.
func (c *changes) endDeeds(v *Verdict) bool {
	rec, key := c.ev.Record, join(c.ev.Record.OwnerAccount(), v.Rule.ID)
	if len(c.book.ends) >= maxEnds {
		c.book.ends = slices.Delete(c.book.ends, 0, maxEnds/2)
	}
	c.book.ends = append(c.book.ends, end{key: key, event: rec.EventID, name: rec.EventName, at: rec.EventTime, hit: v.Hit})
	return c.undo(key, c.ev.Record.EventName, v.Hit.Covers)
}

// undo takes what has ended out of the alerts under a key, resolves those of which nothing is left, and reports whether there
// was any.
func (c *changes) undo(key, how string, ended func(name string) bool) (found bool) {
	for _, id := range slices.Clone(c.book.lasting[key]) {
		i := c.book.incidents[id]
		ends := func(l Lasting) bool { return l.Name != "" && ended(l.Name) && !c.ev.Record.EventTime.Before(l.Since) }
		if !slices.ContainsFunc(i.Lasting, ends) {
			continue
		}
		found = true
		left := slices.DeleteFunc(slices.Clone(i.Lasting), ends)
		if len(left) == 0 {
			i.Lasting = nil
			c.resolve(i, how)
			continue
		}
		i.Lasting = left
		i.Alert.ResolvingEventIDs = appendEvent(i.Alert.ResolvingEventIDs, c.ev.Record.EventID)
		c.note(i, "half-closed", fmt.Sprintf("%s by %s ended part of it; the rest lasts", how, person(c.ev.Actor)))
		c.touch(i)
	}
	return found
}

// endStates ends what is told of settings of the bucket that the event deleted.
func (c *changes) endStates() {
	account, bucket := c.ev.Record.OwnerAccount(), c.ev.Record.Bucket()
	if bucket == "" {
		return
	}
	for _, id := range slices.Clone(c.book.states[join(account, bucket)]) {
		if i := c.book.incidents[id]; len(i.Alert.Buckets) <= 1 && !c.ev.Record.EventTime.Before(i.Alert.LastSeen) {
			c.resolve(i, alert.BucketDeleted)
		}
	}
	for key := range c.book.lasting {
		if strings.HasPrefix(key, join(account, "")) {
			c.undo(key, alert.BucketDeleted, func(name string) bool { return strings.HasPrefix(name, "bucket/"+bucket+"/") })
		}
	}
}
