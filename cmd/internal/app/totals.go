package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

// The counts of the ledger are stored with the positions of those who count, in trail_history and trail_state. Their sum is
// kept in another bucket: what a damaged store takes away from one of the two is known from the other, so that a ledger
// never goes back, and "unaccounted 0" does not hide that it forgot.
const (
	totalsKey   = "totals"
	totalsEvery = 2 * time.Second
)

// tally is what the stored counts come to.
type tally struct {
	Counts   consumer.Counts        `json:"counts"`
	Alerts   alerting.AlertCounts   `json:"alerts"`
	Findings alerting.FindingCounts `json:"findings"`
}

// totals is what is kept.
type totals struct {
	Sum tally `json:"sum"` // as last seen, with what is carried
	// Carried is what was counted once and is stored nowhere else any more.
	Carried tally `json:"carried"`
}

// tally adds up what is stored now.
func (a *App) tally(ctx context.Context) (t tally, err error) {
	checkpoints, err := enrich.ReadCheckpoints(ctx, a.bus)
	if err != nil {
		return t, err
	}
	for _, c := range checkpoints {
		t.Counts.Add(c.Counts)
	}
	t.Alerts, t.Findings, err = a.query.Counts(ctx)
	t.Findings.Restarts = 0
	return t, err
}

func (a *App) readTotals(ctx context.Context) (t totals, revision uint64, err error) {
	entry, ok, err := a.bus.KV(bus.Alerts).Get(ctx, totalsKey)
	if err == nil && ok {
		err = json.Unmarshal(entry.Value, &t)
	}
	if err != nil {
		return t, 0, fmt.Errorf("read totals: %w", err)
	}
	return t, entry.Revision, nil
}

// settleTotals compares what is stored with the totals, and stores them. With carry, before anything new is counted, what is
// missing is carried on. With the totals themselves gone there is nothing to compare with.
func (a *App) settleTotals(ctx context.Context, carry bool) error {
	t, revision, err := a.readTotals(ctx)
	if err != nil {
		return err
	}
	now, err := a.tally(ctx)
	if err != nil {
		return err
	}
	sum := addTally(now, t.Carried)
	short := shortOf(t.Sum, sum)
	if short != (tally{}) && carry {
		t.Carried = addTally(t.Carried, short)
		a.log.Error("counts of the ledger were lost and are carried on from their totals",
			zap.Int64("messages", short.Counts.Messages.In), zap.Int64("objects", short.Counts.Objects.In),
			zap.Int64("records", short.Counts.Records.In), zap.Int64("alerts", short.Alerts.Opened))
	}
	if t.Sum == sum {
		return nil
	}
	t.Sum = addTally(sum, short)
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = a.bus.KV(bus.Alerts).Put(ctx, totalsKey, value, revision)
	if _, first := errors.AsType[*bus.ConflictError](err); first {
		return nil // another process was
	}
	return err
}

// keepTotals keeps them until ctx ends.
func (a *App) keepTotals(ctx context.Context) error {
	tick := time.NewTicker(totalsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := a.settleTotals(ctx, false); err != nil && ctx.Err() == nil {
			a.log.Warn("totals of the ledger not stored; tried again", zap.Error(err))
		}
	}
}

// lastTotals stores them when nothing counts any more.
func (a *App) lastTotals(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), totalsEvery)
	defer cancel()
	if err := a.settleTotals(ctx, false); err != nil {
		a.log.Warn("totals of the ledger not stored", zap.Error(err))
	}
}

// addTally adds field by field.
func addTally(a, b tally) tally {
	return eachCount(a, b, func(x, y int64) int64 { return x + y })
}

// shortOf is by how much have is below want, field by field.
func shortOf(want, have tally) tally {
	return eachCount(want, have, func(x, y int64) int64 { return max(x-y, 0) })
}

func eachCount(a, b tally, f func(x, y int64) int64) (out tally) {
	var walk func(x, y, to reflect.Value)
	walk = func(x, y, to reflect.Value) {
		switch to.Kind() {
		case reflect.Struct:
			for i := range to.NumField() {
				walk(x.Field(i), y.Field(i), to.Field(i))
			}
		case reflect.Int64:
			to.SetInt(f(x.Int(), y.Int()))
		}
	}
	walk(reflect.ValueOf(a), reflect.ValueOf(b), reflect.ValueOf(&out).Elem())
	return out
}
