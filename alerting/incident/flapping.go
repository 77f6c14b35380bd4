package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const (
	// flapWindow is how close together openings of one resource by one actor count as flapping.
	flapWindow = time.Hour
	// flapFrom is the opening from which on the alert before it is opened again, instead of a new one.
	flapFrom = 3
	// flapQuiet is how long a flapping resource must stay closed before its page ends.
	flapQuiet = 15 * time.Minute
	// flapOpen is how long it must stay open before it rings.
	flapOpen = 5 * time.Minute
)

// turn is what the openings of a resource are counted by: the actor, and whether it is shared or public.
func turn(account, actor, resource string, share bool) string {
	if share {
		return join(account, actor, resource, "share")
	}
	return join(account, actor, resource)
}

// took files an incident as the latest opening of a resource by its actor.
func (b *Book) took(i *Incident, resource string) {
	key := turn(i.Alert.AccountID, i.Actor, resource, i.Share)
	ids := append(slices.DeleteFunc(b.turns[key], func(id string) bool { return id == i.Alert.ID || b.incidents[id] == nil }), i.Alert.ID)
	b.turns[key] = ids[max(len(ids)-(flapFrom-1), 0):]
}

// flapping is the incident that a further opening of the resource by the same actor opens again: the latest of as many
// within an hour as make it flapping, each ended by an event; nil if there is none.
func (c *changes) flapping(account string, change *exposure.Change) *Incident {
	ids := c.book.turns[turn(account, c.ev.Actor.Key(), change.Resource, change.Class() == exposure.ShareClass)]
	if len(ids) == 0 {
		return nil
	}
	i, first := c.book.incidents[ids[len(ids)-1]], c.book.incidents[ids[0]]
	if i == nil || first == nil || i.Alert.Status != alert.Resolved || slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed }) {
		return nil
	}
	since := first.Alert.FirstSeen
	if f := i.Alert.Flapping; f != nil {
		since = f.Latest
	} else if len(ids) < flapFrom-1 {
		return nil
	}
	if c.ev.Record.EventTime.Sub(since).Abs() > flapWindow {
		return nil
	}
	return i
}

// flap opens a resolved incident again and counts it. It rings only if the opening is worse than any before; what else
// makes it ring is seen by FlapTick.
func (c *changes) flap(i *Incident, v *Verdict) {
	a, rec := &i.Alert, c.ev.Record
	f := a.Flapping
	if f == nil {
		f = &alert.Flapping{Opened: flapFrom - 1}
		c.note(i, "reopened", "opened again by the same actor within an hour; further openings are counted, not listed")
	}
	a.Flapping = &alert.Flapping{Opened: f.Opened + 1, Latest: rec.EventTime.UTC(), Rings: v.Score.Severity > a.Severity}
	a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason = alert.Open, nil, nil, nil
	a.EventIDs = appendEvent(a.EventIDs, rec.EventID)
	if rec.EventTime.After(a.LastSeen) {
		a.LastSeen = rec.EventTime
	}
	if outweighs(v, a) {
		c.lead(a, v)
		i.Call = call(c.ev.Actor, rec)
		c.note(i, "escalated", v.Hit.Detail)
	}
	c.book.flaps[a.ID] = true
	c.touch(i)
}

// FlapTick looks at what flaps: what stays open rings, and what has been closed for a while has its page ended. It
// returns the incidents that changed.
func (b *Book) FlapTick(now time.Time) []*Incident {
	var out []*Incident
	for id := range b.flaps {
		i := b.incidents[id]
		if i == nil || i.Alert.Flapping == nil || i.Alert.Flapping.Quiet {
			delete(b.flaps, id)
			continue
		}
		f, still := *i.Alert.Flapping, now.Sub(i.heard())
		switch open := i.Alert.Status.Live(); {
		case open && !f.Rings && still >= flapOpen:
			f.Rings = true
			addUpdate(&i.Alert, alert.Update{Time: now.UTC(), Kind: "grew", Text: "open for " + alert.Duration(flapOpen) + " now"})
		case i.Alert.Status == alert.Resolved && still >= flapQuiet:
			f.Quiet = true
			addUpdate(&i.Alert, alert.Update{Time: now.UTC(), Kind: "grew", Text: fmt.Sprintf("closed for %s; opened %d times in all", alert.Duration(flapQuiet), f.Opened)})
		default:
			continue
		}
		i.Alert.Flapping = &f
		i.Alert.Revision++
		out = append(out, i)
	}
	slices.SortFunc(out, func(x, y *Incident) int { return strings.Compare(x.Alert.ID, y.Alert.ID) })
	return out
}
