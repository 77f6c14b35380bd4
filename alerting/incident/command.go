package incident

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Command is a person's word on an incident, what a look at S3 found, or that somebody fell silent.
type Command struct {
	AlertID string    `json:"alert_id"`
	Action  string    `json:"action"` // Acknowledge, Resolve, Expect, Confirm or Fall
	By      string    `json:"by"`
	Via     string    `json:"via,omitempty"`    // how a person's word came: audit.API or audit.Slack
	Source  string    `json:"source,omitempty"` // address it came from
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until,omitzero"`    // of Expect: still open then, it is live again
	Look    *Look     `json:"look,omitempty"`    // of Confirm
	Silence *Silence  `json:"silence,omitempty"` // of Fall, and of its end
	Missing *Missing  `json:"missing,omitempty"` // of Fall, instead
}

// The actions of a Command.
const (
	Acknowledge = "acknowledge"
	Resolve     = "resolve"
	Expect      = "expect"
	Confirm     = "confirm"
	Fall        = "fall silent"
)

// Do carries out a command and returns the incident if it changed. An incident that is unknown or already where
// the command would bring it is left alone.
func (b *Book) Do(cmd Command) *Incident {
	if cmd.Action == Fall {
		return b.fall(&cmd)
	}
	i := b.incidents[cmd.AlertID]
	if i == nil || i.Alert.Status == alert.Resolved {
		return nil
	}
	a, at := &i.Alert, cmd.At.UTC()
	switch cmd.Action {
	case Acknowledge:
		if a.Status == alert.Acknowledged {
			return nil
		}
		a.Status, a.AcknowledgedAt, a.AcknowledgedBy = alert.Acknowledged, &at, cmd.By
		a.Suppression, i.Word = nil, nil
		addUpdate(a, alert.Update{Time: at, Kind: "acknowledged", Text: withReason("acknowledged by "+cmd.By, cmd.Reason)})
	case Resolve:
		by, reason := cmd.By, cmp.Or(cmd.Reason, "by hand")
		a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason = alert.Resolved, &at, &by, &reason
		addUpdate(a, alert.Update{Time: at, Kind: "resolved", Text: withReason("resolved by "+by, cmd.Reason)})
	case Expect:
		i.Word = &alert.Suppression{Kind: alert.ByExpected, By: cmd.By, Reason: cmd.Reason, Until: cmd.Until.UTC()}
		if a.Status == alert.Acknowledged {
			a.Status = alert.Open
		}
		if !b.Quiet(i, at, &Quieting{}) {
			return nil
		}
	case Confirm:
		if cmd.Look == nil || !i.confirm(cmd.Look, at) {
			return nil
		}
	default:
		return nil
	}
	a.Revision++
	b.index(i)
	return i
}

// Remind raises the revision of every exposure still open that nobody was told of since the span every, and
// returns those. told is when each was last told, or opened.
func (b *Book) Remind(now time.Time, every time.Duration) []*Incident {
	if every <= 0 {
		return nil
	}
	var out []*Incident
	for _, i := range b.All() {
		if i.Kind != Exposure || i.Alert.Status != alert.Open || i.Alert.Severity == alert.Info {
			continue
		}
		if i.Told.IsZero() {
			i.Told = now
			if i.Received != 0 { // it was told when its news came in, by whichever process
				i.Told = time.UnixMilli(i.Received)
			}
		}
		if now.Sub(i.Told) < every {
			continue
		}
		i.Told = now
		addUpdate(&i.Alert, alert.Update{Time: now.UTC(), Kind: "reminded", Text: fmt.Sprintf("still open after %s", now.Sub(i.Alert.FirstSeen).Round(time.Minute))})
		i.Alert.Revision++
		out = append(out, i)
	}
	return out
}

func withReason(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + ": " + reason
}
