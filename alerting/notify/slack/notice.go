package slack

import (
	"context"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
)

// TellNotice implements notify.Noticer: a message of text, announced and looked for like a card.
func (n *Notifier) TellNotice(ctx context.Context, notice *notify.Notice, told notify.Told) (notify.Told, error) {
	a := &alert.Alert{ID: notice.ID, Revision: 1, Status: alert.Open}
	if told.TS == "" {
		return n.open(ctx, told, a, noticeMessage(notice), map[string]any{keyID: a.ID})
	}
	return finish(told, a), nil
}

// TellNotice implements notify.Noticer.
func (h *Hook) TellNotice(ctx context.Context, notice *notify.Notice, told notify.Told) (notify.Told, error) {
	if _, err := h.post(ctx, noticeMessage(notice)); err != nil {
		return told, err
	}
	told.Revision = 1
	return told, nil
}

func noticeMessage(notice *notify.Notice) message {
	all := []string{notice.Summary}
	for _, line := range notice.Lines {
		all = append(all, "• "+line)
	}
	for i, line := range all {
		all[i] = plainText(line, maxReply)
	}
	text := lines(all, maxReply)
	return message{text: text, plain: text}
}
