package pagerduty

import (
	"context"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify"
)

// change is a change event: it stands beside the incidents of its time and pages nobody.
type change struct {
	RoutingKey string        `json:"routing_key"`
	Payload    changePayload `json:"payload"`
}

type changePayload struct {
	Summary   string         `json:"summary"`
	Timestamp string         `json:"timestamp"`
	Source    string         `json:"source"`
	Details   map[string]any `json:"custom_details,omitempty"`
}

const maxLines = 100 // of a notice, each cut like any other detail

// TellNotice implements notify.Noticer. PagerDuty knows no repeats here: one whose answer was lost may stand there twice.
func (n *Notifier) TellNotice(ctx context.Context, notice *notify.Notice, told notify.Told) (notify.Told, error) {
	key, err := n.routingKey()
	if err != nil {
		return told, err
	}
	e := change{RoutingKey: key.Reveal(), Payload: changePayload{
		Summary: short(notice.Summary, maxSummary), Timestamp: notice.Time.UTC().Format(time.RFC3339Nano), Source: "Trailwarden",
	}}
	if len(notice.Lines) > 0 {
		e.Payload.Details = map[string]any{"details": each(notice.Lines, maxLines, func(s string) string { return short(s, maxDetail) })}
	}
	if err := n.post(ctx, n.changes, key, e); err != nil {
		return told, err
	}
	told.Revision = 1
	return told, nil
}
