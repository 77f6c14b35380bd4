package incident

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// ackFactor is how many times rarer than of an open exposure people are reminded of one that somebody has acknowledged.
const ackFactor = 3

// resolveManually carries out a person's word that an alert is done with. It closes no bucket: where somebody is still let
// in, the incident says so, and is followed until an event closes what it tells.
func (i *Incident) resolveManually(cmd *Command) {
	a, at := &i.Alert, cmd.At.UTC()
	by, reason := cmd.By, cmp.Or(cmd.Reason, "manually")
	a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason = alert.Resolved, &at, &by, &reason
	text := withReason("by "+by, cmd.Reason)
	if state := i.still(); state != "" {
		i.Remains, i.Told = true, at
		text += "; the resource is " + state
	}
	addUpdate(a, alert.Update{Time: at, Kind: "resolved", Text: text})
}

// still says how open the resources of an exposure are: "still public"; empty if nobody is known to be let in.
func (i *Incident) still() string {
	if i.Kind != Exposure || i.Alert.Exposure == nil || !slices.ContainsFunc(i.Parts, func(p Part) bool { return p.Open && !p.Closed }) {
		return ""
	}
	switch exposure.State(i.Alert.Exposure.After) {
	case exposure.Public:
		return "still public"
	case exposure.Shared:
		return "still shared"
	case exposure.Unknown:
		return "not known to be closed"
	default:
		return ""
	}
}

// due is how long after people were last told of it they are reminded of an incident; 0: never.
func (i *Incident) due(every time.Duration) time.Duration {
	switch {
	case i.Kind != Exposure || i.Alert.Severity == alert.Info:
		return 0
	case i.Alert.Status == alert.Open, i.Alert.Status == alert.Resolved && i.Remains:
		return every
	case i.Alert.Status == alert.Acknowledged:
		return ackFactor * every
	default:
		return 0
	}
}

// Remind raises the revision of every exposure of which nobody was told for the span every, and returns those: of the open
// ones, of those that a person resolved while somebody is still let in, and, after three times as long, of the acknowledged
// ones.
func (b *Book) Remind(now time.Time, every time.Duration) []*Incident {
	if every <= 0 {
		return nil
	}
	var out []*Incident
	for _, i := range b.incidents {
		after := i.due(every)
		if after == 0 || i.Remains && b.told(i) {
			continue
		}
		if i.Told.IsZero() {
			i.Told = now
			if i.Received != 0 { // it was told when its news came in, by whichever process
				i.Told = time.UnixMilli(i.Received)
			}
		}
		if now.Sub(i.Told) < after {
			continue
		}
		i.Told = now
		addUpdate(&i.Alert, alert.Update{Time: now.UTC(), Kind: "reminded", Text: i.reminder(now)})
		i.Alert.Revision++
		out = append(out, i)
	}
	slices.SortFunc(out, older)
	return out
}

// told reports whether another alert that is live tells of all that remains open of this one.
func (b *Book) told(i *Incident) bool {
	return !slices.ContainsFunc(i.Parts, func(p Part) bool {
		return !p.Closed && !slices.ContainsFunc(b.resources[join(i.Alert.AccountID, p.Resource)], func(id string) bool {
			o := b.incidents[id]
			return o != i && o.Share == i.Share && o.Alert.Status != alert.Resolved
		})
	})
}

// reminder is the line that people are reminded with.
func (i *Incident) reminder(now time.Time) string {
	text := cmp.Or(i.still(), "still open") + " after " + duration(now.Sub(i.Alert.FirstSeen))
	switch a := &i.Alert; {
	case a.Status == alert.Resolved && a.ResolvedBy != nil:
		text += ", resolved manually by " + *a.ResolvedBy
	case a.Status == alert.Acknowledged:
		text += ", acknowledged by " + a.AcknowledgedBy
	}
	return text
}

// duration writes a span in its two largest units: "3 h 59 m", "24 h", "2 d".
func duration(d time.Duration) string {
	d = max(d, 0).Round(time.Minute)
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}}
	for n, u := range units {
		if d < u.size || u.size == 24*time.Hour && d < 2*u.size { // a day is 24 h
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.size, u.name)
		if rest := d % u.size; n+1 < len(units) && rest >= units[n+1].size {
			text += fmt.Sprintf(" %d %s", rest/units[n+1].size, units[n+1].name)
		}
		return text
	}
	return "0 m"
}
