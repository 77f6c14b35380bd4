package alerting

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// silences is what was last read of the silences. It never changes; a change makes a new one.
type silences struct {
	silences []silence.Silence
	revision uint64
}

// settled is what a shard last brought its incidents into line with.
type settled struct {
	policy *Policy
	quiet  *silences
	muted  string
	next   time.Time // when the passing of time changes it; zero: never
}

// nextQuiet is when the passing of time next changes what is kept quiet; zero if it never does.
func (e *Engine) nextQuiet(now time.Time, quiet *silences) time.Time {
	return e.book.NextSettling(now, e.quieting(quiet.silences))
}

const (
	// listenEvery is how soon a process hears of a change of the silences.
	listenEvery = time.Second
	// reportEvery is how often it is said what the silences hid.
	reportEvery = 7 * 24 * time.Hour
	reportGroup = "silence-report"
)

// listen reads the silences if they have changed.
func (a *Alerting) listen(ctx context.Context) error {
	all, revision, err := a.deps.Silences.Load(ctx)
	if err != nil {
		return err
	}
	if revision != a.silences.Load().revision {
		a.silences.Store(&silences{all, revision})
	}
	return nil
}

// follow reads the silences again and again. While they cannot be read, those known are in force.
func (a *Alerting) follow(ctx context.Context) error {
	ticker := time.NewTicker(listenEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		err := a.listen(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			a.deps.Logger.Warn("silences not read, the last known are in force", zap.String("stage", "alerting"), zap.Error(err))
		}
		failing = err != nil
	}
}

// report says once a week what the silences hid, in whichever process owns that.
func (a *Alerting) report(ctx context.Context, _ int, _ bus.Fence) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		if err := a.reportOnce(ctx, a.deps.Now()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (a *Alerting) reportOnce(ctx context.Context, now time.Time) error {
	key := bus.Key("silence-report")
	entry, ok, err := a.deps.State.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("read time of the last report: %w", err)
	}
	last, broken := strconv.ParseInt(string(entry.Value), 10, 64)
	if ok && broken == nil && now.Sub(time.Unix(last, 0)) < reportEvery {
		return nil
	}
	if !ok || broken != nil { // the first week begins now
		return a.reported(ctx, key, now, entry.Revision)
	}
	q := &Query{State: a.deps.State, Alerts: a.deps.Alerts, Log: a.deps.Log, Shards: a.deps.Shards}
	silenced := map[string]*alert.Alert{}
	err = q.Each(ctx, func(a *alert.Alert) error {
		if delete(silenced, a.ID); len(a.SilencedBy) > 0 {
			silenced[a.ID] = a
		}
		return nil
	})
	if err != nil {
		return err
	}
	hidden := silence.Report(a.silences.Load().silences, slices.Collect(maps.Values(silenced)), now.Add(-reportEvery))
	if a.deps.Notice != nil && len(hidden) > 0 {
		if err := a.deps.Notice(ctx, weekly(hidden, time.Unix(last, 0), now)); err != nil {
			return err
		}
	}
	a.deps.Logger.Info("silences of the week", zap.String("stage", "alerting"), zap.Int("silences", len(hidden)), zap.String("hid", silence.Line(hidden)))
	return a.reported(ctx, key, now, entry.Revision)
}

// reported notes when the report was made.
func (a *Alerting) reported(ctx context.Context, key string, now time.Time, revision uint64) error {
	_, err := a.deps.State.Put(ctx, key, strconv.AppendInt(nil, now.Unix(), 10), revision)
	if _, conflict := errors.AsType[*bus.ConflictError](err); conflict {
		return nil // another process has made it
	}
	return err
}

// weekly is the report as people read it, the same for every process that makes it.
func weekly(hidden []silence.Hidden, last, now time.Time) notify.Notice {
	n := notify.Notice{ID: fmt.Sprintf("silences-since-%d", last.Unix()), Kind: notify.Weekly, Time: now}
	alerts, open := 0, 0
	for i := range hidden {
		alerts, open = alerts+hidden[i].Alerts, open+hidden[i].Open
		n.Lines = append(n.Lines, hidden[i].Line())
	}
	n.Summary = fmt.Sprintf("%d alerts were suppressed by silences since %s; %d of them are still open:", alerts, last.UTC().Format("Jan 2"), open)
	return n
}
