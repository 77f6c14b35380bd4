package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/audit"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/alerting/web"
)

var _ notify.Hands = (*backend)(nil)

// Do implements notify.Hands.
func (b *backend) Do(ctx context.Context, d notify.Deed) error {
	a, err := b.query.Get(ctx, d.AlertID)
	switch {
	case errors.Is(err, alerting.ErrNoAlert):
		return errors.New("this alert no longer exists")
	case err != nil:
		return errors.New("the event store is not available; try again in a minute")
	case a.Status == alert.Resolved:
		return errors.New("the alert is already resolved")
	}
	now := time.Now().UTC()
	cmd := incident.Command{AlertID: d.AlertID, By: d.By, Via: audit.Slack, Reason: d.Reason, At: now}
	switch d.Action {
	case notify.Silence:
		_, err := b.silence(ctx, silence.Like(a, d.By, "created from Slack, alert "+a.ID, now, d.For), audit.Entry{Actor: d.By, Via: audit.Slack})
		return err
	case notify.Acknowledge:
		cmd.Action = incident.Acknowledge
	case notify.Resolve:
		cmd.Action = incident.Resolve
	case notify.FalsePositive:
		cmd.Action, cmd.Reason = incident.Resolve, "false positive: "+d.Reason
	case notify.Expected:
		cmd.Action, cmd.Until = incident.Expect, now.Add(d.For)
	default:
		return fmt.Errorf("unknown action %q", d.Action)
	}
	return b.query.Command(ctx, cmd)
}

// Silences implements web.Silencer.
func (b *backend) Silences(ctx context.Context) ([]silence.Silence, error) {
	all, _, err := b.silences.Load(ctx)
	return all, err
}

// AddSilence implements web.Silencer.
func (b *backend) AddSilence(ctx context.Context, s silence.Silence, hand web.Hand) (silence.Silence, error) {
	return b.silence(ctx, s, audit.Entry{Actor: hand.By, Via: audit.API, Source: hand.Source})
}

// silence adds a silence and writes down by whom.
func (b *backend) silence(ctx context.Context, s silence.Silence, entry audit.Entry) (silence.Silence, error) {
	now := time.Now()
	s, err := b.silences.Add(ctx, s, now)
	if err != nil {
		return s, err
	}
	entry.Action, entry.Reason = audit.Silence, s.Comment
	audit.Log(b.log, entry, zap.String("silence_id", s.ID), zap.Time("until", s.EndsAt))
	(*App)(b).changed(ctx, notify.Notice{
		ID: "silence-added-" + s.ID, Time: now, Summary: fmt.Sprintf("Trailwarden: %s created a silence until %s: %s", s.Author, s.EndsAt.UTC().Format("2006-01-02 15:04 UTC"), s.Comment),
		Lines: []string{"silence " + s.ID, "matches " + s.Matchers()},
	})
	return s, nil
}

// ExpireSilence implements web.Silencer.
func (b *backend) ExpireSilence(ctx context.Context, id string, hand web.Hand) (silence.Silence, error) {
	now := time.Now()
	s, err := b.silences.Expire(ctx, id, hand.By, now)
	if err != nil {
		return s, err
	}
	audit.Log(b.log, audit.Entry{Action: audit.Expire, Actor: hand.By, Via: audit.API, Source: hand.Source}, zap.String("silence_id", s.ID))
	(*App)(b).changed(ctx, notify.Notice{
		ID: "silence-ended-" + s.ID, Time: now, Summary: fmt.Sprintf("Trailwarden: %s ended the silence created by %s: %s", hand.By, s.Author, s.Comment),
		Lines: []string{"silence " + s.ID, "matched " + s.Matchers()},
	})
	return s, nil
}
