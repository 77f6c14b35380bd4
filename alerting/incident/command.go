package incident

import (
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
		addUpdate(a, alert.Update{Time: at, Kind: "acknowledged", Text: withReason("by "+cmd.By, cmd.Reason)})
	case Resolve:
		i.resolveManually(&cmd)
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
	b.RefreshStories(i)
	return i
}

func withReason(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + ": " + reason
}
