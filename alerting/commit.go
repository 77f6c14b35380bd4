package alerting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
)

// flush stores what the findings up to the last one applied changed. Findings that can never be stored together are taken
// in again one by one, and one that cannot be stored by itself is put aside, with the state as it is without it.
func (s *shard) flush(ctx context.Context) error {
	if s.group.findings == 0 {
		return nil
	}
	group := s.group
	s.group = batch{}
	err := s.commit(ctx, s.seen, &group)
	switch {
	case err == nil:
		s.looks.add(group.fresh...)
		for _, t := range group.traced {
			s.trace(t.eventID, t.since, true)
		}
		return nil
	case !hopeless(err):
		return err
	case group.findings == 1:
		return s.abandon(ctx, group.last, err)
	}
	s.singly = s.seen
	if err := s.reload(ctx); err != nil {
		return err
	}
	s.seen = s.journal.entry.Sequence
	return errSingly
}

// trace tells that a finding went through this stage, once that is stored.
func (s *shard) trace(eventID string, since time.Time, stored bool) {
	switch {
	case stored:
		s.deps.Tracer.Stage(eventID, trace.Alerting, "", since, time.Now(), "shard", strconv.Itoa(s.journal.shard))
	case s.deps.Tracer.On():
		s.group.traced = append(s.group.traced, traced{eventID, since})
	}
}

// hopeless reports whether what could not be stored never can be: it is too large, or has no JSON.
func hopeless(err error) bool {
	_, tooLarge := errors.AsType[*bus.TooLargeError](err)
	_, noJSON := errors.AsType[*json.MarshalerError](err)
	return tooLarge || noJSON
}

func (s *shard) abandon(ctx context.Context, d bus.Delivery, cause error) error {
	if err := s.park(ctx, d, cause); err != nil {
		return err
	}
	counted := s.journal.findings
	if err := s.reload(ctx); err != nil {
		return err
	}
	s.journal.findings = counted
	if s.backlog.draining {
		return nil
	}
	return s.journal.commit(ctx, d.Sequence, nil, nil)
}

// reload goes back to the state as it is stored.
func (s *shard) reload(ctx context.Context) error {
	engine := NewEngine(s.engine.rules)
	if err := s.journal.load(ctx, engine, s.deps.Now().Add(-keepInMemory)); err != nil {
		return err
	}
	s.engine = engine
	return nil
}

// commitAll stores incidents that changed each for itself: together, unless that is too much at once.
func (s *shard) commitAll(ctx context.Context, all []*incident.Incident) error {
	var together batch
	together.add(&Outcome{Incidents: all}, bus.Delivery{})
	err := s.commit(ctx, s.seen, &together)
	switch half := len(all) / 2; {
	case !hopeless(err):
		return err
	case half == 0:
		s.deps.Logger.Error("alert cannot be stored", zap.String("stage", "alerting"), zap.String("alert_id", all[0].Alert.ID), zap.Error(err))
		return nil
	default:
		if err := s.commitAll(ctx, all[:half]); err != nil {
			return err
		}
		return s.commitAll(ctx, all[half:])
	}
}

// commit stores what changed and queues its notifications, all or nothing.
func (s *shard) commit(ctx context.Context, sequence uint64, b *batch) error {
	var writes []jwrite
	number, counts := s.journal.shard, s.journal.entry.Counts
	var err error
	add := func(bucket bus.Bucket, key string, v any) {
		if err == nil {
			var data []byte
			data, err = json.Marshal(v)
			writes = append(writes, jwrite{Bucket: bucket, Key: key, Value: data})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.buckets)) {
		add(bus.Exposure, bucketKey(number, name), b.buckets[name])
	}
	for _, id := range slices.Sorted(maps.Keys(b.accounts)) {
		add(bus.Exposure, accountKey(number, id), b.accounts[id])
	}
	for _, key := range slices.Sorted(maps.Keys(b.correlations)) {
		text := b.correlations[key]
		writes = append(writes, jwrite{Bucket: bus.Exposure, Key: correlationKey(number, key), Value: text, Delete: text == nil})
	}
	var notes []jnote
	for _, i := range b.incidents {
		if err != nil {
			break
		}
		var more []jnote
		more, err = s.notes(i)
		notes = append(notes, more...)
		add(bus.Alerts, alertKey(number, i.Alert.ID), i)
	}
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	s.journal.entry.Counts.Add(b.counts)
	if err := s.journal.commit(ctx, sequence, writes, notes); err != nil {
		s.journal.entry.Counts = counts
		return err
	}
	s.seen, s.saved = sequence, s.deps.Now()
	s.report(b)
	return nil
}

// report tells the log and the metrics of alerts that were stored.
func (s *shard) report(b *batch) {
	for _, severity := range b.opened {
		s.metrics.alerts.WithLabelValues(severity.String()).Inc()
	}
	for _, i := range b.incidents {
		s.deps.Logger.Info("alert stored", zap.String("stage", "alerting"), zap.String("alert_id", i.Alert.ID),
			zap.String("rule_id", i.Alert.RuleID), zap.Stringer("severity", i.Alert.Severity), zap.String("status", string(i.Alert.Status)))
	}
}

// notes is the news of an incident for every receiver it goes to, and for those it went to before, so that all hear
// of its end.
func (s *shard) notes(i *incident.Incident) ([]jnote, error) {
	routing := s.policy.Load().Router.Route(&i.Alert)
	routed := routing.Receivers
	i.Muted = routing.Muted
	switch {
	case i.Alert.Status == alert.Suppressed:
		i.Alert.Suppression.ShownTo = routed
	case i.Alert.Quiet(): // it ended before anybody had to know
		routed = nil
	}
	for _, name := range routed {
		if !slices.Contains(i.Receivers, name) {
			i.Receivers = append(i.Receivers, name)
		}
	}
	var received time.Time
	if i.Received != 0 {
		received = time.UnixMilli(i.Received)
	}
	msgs, err := notify.Messages(&i.Alert, i.Receivers, received)
	notes := make([]jnote, 0, len(msgs))
	for _, m := range msgs {
		notes = append(notes, jnote{Subject: m.Subject, ID: m.ID, Data: m.Data})
	}
	return notes, err
}
