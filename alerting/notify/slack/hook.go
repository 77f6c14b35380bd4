package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/config/secret"
)

// Hook tells alerts through an incoming webhook, which is less than a bot: nothing that was posted can be changed,
// threaded or found again. The first message is the card, each change a further message, and a message whose answer
// was lost may stand there twice.
type Hook struct {
	file string
	n    *Notifier // for the card
}

var (
	_ notify.Notifier = (*Hook)(nil)
	_ notify.Noticer  = (*Hook)(nil)
	_ notify.Checker  = (*Hook)(nil)
)

// NewHook makes the notifier of a webhook; it makes no call.
func NewHook(cfg notify.Slack, opts Options) *Hook {
	return &Hook{file: cfg.WebhookURLFile, n: New(notify.Slack{}, opts)}
}

// Check reads the URL; whether it is good is seen when something is posted.
func (h *Hook) Check(context.Context) error {
	_, err := h.url()
	return err
}

// Tell implements notify.Notifier.
func (h *Hook) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	m := h.n.card(a, told)
	if told.Revision > 0 {
		m = h.change(a, told)
	}
	plain, err := h.post(ctx, m)
	if err != nil {
		return told, err
	}
	told.Plain, told.Shown, told.Updates = plain, a.Revision, a.UpdateCount()
	return finish(told, a), nil
}

// change says what is new since the last message.
func (h *Hook) change(a *alert.Alert, told notify.Told) message {
	all := append([]string{wording.Headline(a, maxHeader)}, updateLines(a, told)...)
	all = append(all, "alert "+a.ID)
	for i, line := range all {
		all[i] = plainText(line, maxReply)
	}
	text := lines(all, maxReply)
	return message{text: text, plain: text}
}

func (h *Hook) url() (secret.String, error) {
	url, err := secret.Read(h.file)
	if err != nil {
		return url, &notify.CredentialError{Err: fmt.Errorf("webhook_url_file: %w", err)}
	}
	return url, nil
}

// post sends a message; if its blocks are refused, its text alone.
func (h *Hook) post(ctx context.Context, m message) (plain bool, err error) {
	err = h.send(ctx, m.text, m.blocks)
	if _, refused := errors.AsType[*notify.PermanentError](err); refused && len(m.blocks) > 0 {
		return true, h.send(ctx, m.plain, nil)
	}
	return false, err
}

func (h *Hook) send(ctx context.Context, text string, blocks []slack.Block) error {
	url, err := h.url()
	if err != nil {
		return err
	}
	payload := map[string]any{"text": strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text), "unfurl_links": false, "unfurl_media": false, "mrkdwn": false}
	if len(blocks) > 0 {
		payload["blocks"] = blocks
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return &notify.PermanentError{Err: fmt.Errorf("encode message: %w", err)}
	}
	if err := h.n.opts.Pacer.Wait(ctx, h.file); err != nil {
		return err
	}
	err = httpcall.PostJSON(ctx, h.n.opts.Client, url.Reveal(), nil, body)
	h.n.opts.Pacer.Sent(h.file)
	status, ok := errors.AsType[*httpcall.StatusError](err)
	if !ok {
		return err
	}
	switch status.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return &notify.PermanentError{Err: status}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return &notify.CredentialError{Err: status}
	default:
		return err
	}
}
