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
	if d.At.IsZero() {
		d.At = time.Now()
	}
	if d.Action == notify.Silence {
		return b.silenceLike(ctx, a, d)
	}
	cmd := incident.Command{AlertID: d.AlertID, By: d.By, Via: audit.Slack, Reason: d.Reason, At: d.At.UTC()}
	var done alert.Status
	switch d.Action {
	case notify.Acknowledge:
		if a.Status == alert.Acknowledged {
			return errors.New("the alert is already acknowledged by " + a.AcknowledgedBy)
		}
		cmd.Action, done = incident.Acknowledge, alert.Acknowledged
	case notify.Resolve:
		cmd.Action, done = incident.Resolve, alert.Resolved
	case notify.FalsePositive:
		if err := silence.CheckReason("the reason", d.Reason); err != nil {
			return err
		}
		cmd.Action, cmd.Reason, done = incident.Resolve, "false positive: "+d.Reason, alert.Resolved
	case notify.Expected:
		if err := errors.Join(silence.CheckReason("the reason", d.Reason), silence.CheckLength(d.For)); err != nil {
			return err
		}
		cmd.Action, cmd.Until, done = incident.Expect, d.At.UTC().Add(d.For), alert.Suppressed
	default:
		return fmt.Errorf("unknown action %q", d.Action)
	}
	if err := b.query.Command(ctx, cmd); err != nil {
		return fmt.Errorf("the event store is not available; try again in a minute: %w", err)
	}
	switch a, err := b.carriedOut(ctx, d.AlertID, done); {
	case err != nil:
		return fmt.Errorf("it is stored, but whether it was carried out is not known; look at the alert: %w", err)
	case a.Status != done && a.Status == alert.Resolved:
		return errors.New("the alert was resolved meanwhile")
	case a.Status != done:
		return errors.New("it is stored and waits behind other events of this account; it is carried out after them")
	}
	return nil
}

// Told implements notify.Hands.
func (b *backend) Told(ctx context.Context, alertID string) ([]string, error) {
	return b.notify.Told(ctx, alertID)
}

// silenceLike silences what is like an alert, within the limits of the API.
func (b *backend) silenceLike(ctx context.Context, a *alert.Alert, d notify.Deed) error {
	one := silence.Like(a, d.By, "created from Slack, alert "+a.ID, d.At, d.For)
	if err := one.Check(time.Now()); err != nil {
		return err
	}
	_, err := b.silence(ctx, one, audit.Entry{Actor: d.By, Via: audit.Slack})
	if _, full := errors.AsType[*silence.FullError](err); err == nil || full {
		return err
	}
	return fmt.Errorf("the event store is not available; try again in a minute: %w", err)
}

// carriedOut waits a little for a command to bring an alert to a status, and gives the alert as it then stands.
func (b *backend) carriedOut(ctx context.Context, id string, want alert.Status) (*alert.Alert, error) {
	deadline := time.NewTimer(3 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		a, err := b.Alert(ctx, id)
		if err != nil || a.Status == want || a.Status == alert.Resolved {
			return a, err
		}
		select {
		case <-deadline.C:
			return a, nil // stored, and carried out in its turn
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-again.C:
		}
	}
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
