package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// Notice is something to tell that is no alert. It goes its receivers' lanes in its turn, and as safely.
type Notice struct {
	ID      string     `json:"id"` // of two with the same id the second is not told
	Kind    NoticeKind `json:"kind"`
	Time    time.Time  `json:"time"`
	Summary string     `json:"summary"` // one sentence
	Lines   []string   `json:"lines,omitempty"`
}

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	// Changed says that somebody changed what pages: a silence, the settings. It is for PagerDuty's change events.
	Changed NoticeKind = "change"
	// Weekly says what silences hid. It is for Slack.
	Weekly NoticeKind = "weekly"
)

// Noticer is a Notifier that takes notices as well.
type Noticer interface {
	Notifier
	// TellNotice is Tell for a notice, which has the one revision 1.
	TellNotice(ctx context.Context, n *Notice, told Told) (Told, error)
}

// takes reports whether the receiver is to be told of notices of that kind.
func (r *Receiver) takes(kind NoticeKind) bool {
	switch kind {
	case Changed:
		return r.PagerDuty != nil && r.PagerDuty.ChangeEvents
	case Weekly:
		return r.Slack != nil
	default:
		return false
	}
}

// Notices is what to publish so that all receivers that take such a notice are told of it.
func (c Config) Notices(n Notice) ([]bus.Message, error) {
	data, err := json.Marshal(notification{Notice: &n})
	if err != nil {
		return nil, fmt.Errorf("encode notice %s: %w", n.ID, err)
	}
	var messages []bus.Message
	for i := range c.Receivers {
		if r := &c.Receivers[i]; r.takes(n.Kind) {
			messages = append(messages, bus.Message{Subject: bus.NotifySubject(r.Name), ID: bus.Key("notice", r.Name, n.ID), Data: data})
		}
	}
	return messages, nil
}

// openNotice is open for a notice, in the place of whose alert stands one that has nothing but its id.
func (w *worker) openNotice(ctx context.Context, n *Notice) (*telling, error) {
	s := &telling{w: w, notice: n}
	return s, s.addAlert(ctx, &alert.Alert{ID: n.ID, Revision: 1, Status: alert.Open})
}
