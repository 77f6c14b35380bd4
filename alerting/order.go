package alerting

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// The enrichment's shards come side by side to what they find, so that of a folder of log files the findings of one
// actor may be here long before those of another that happened earlier. Nobody waits for news of files: such findings
// are gathered while they come, and taken in by the time of their events, as a replay of the same files does.
const (
	gatherQuiet    = 2 * time.Second // without another finding
	gatherMost     = 10 * time.Second
	gatherBytes    = 4 << 20 // of records
	gatherFindings = 4096
)

// backlog is the findings that are gathered. All others wait behind them.
type backlog struct {
	held        []held
	bytes       int
	end         uint64        // sequence of the last of them, or of one behind it that was taken in before a crash
	first, last time.Time     // when the first and the last of them came
	begun       chan struct{} // has a value once there is a first one
	draining    bool          // they are taken in just now
}

// held is one finding of a backlog.
type held struct {
	delivery bus.Delivery // without its data
	finding  *enrich.Finding
	at       int64 // Unix milliseconds of the event
}

// eventTime is when a finding's event happened, Unix milliseconds: when it was received if its record does not say.
func eventTime(f *enrich.Finding) int64 {
	var h cloudtrail.Header
	if _, err := h.Scan(f.Record); err == nil {
		if ms, ok := h.Time(); ok {
			return ms
		}
	}
	return f.Received
}

// gathers reports whether a finding may wait for its turn.
func (s *shard) gathers(f *enrich.Finding, d bus.Delivery) bool {
	return f.Filed && d.Sequence > s.singly && !slices.Contains(f.Rules, enrich.CanaryRule)
}

// hold adds a finding to the backlog.
func (s *shard) hold(ctx context.Context, d bus.Delivery, f *enrich.Finding) error {
	b, now := &s.backlog, time.Now()
	if b.last = now; len(b.held) == 0 {
		b.first = now
		select {
		case b.begun <- struct{}{}:
		default:
		}
	}
	d.Data = nil
	b.held, b.end = append(b.held, held{d, f, eventTime(f)}), d.Sequence
	b.bytes += len(f.Record)
	if len(b.held) >= gatherFindings || b.bytes >= gatherBytes {
		return s.drain(ctx)
	}
	return nil
}

// pass goes by a finding that was taken in before a crash, when others before it were not.
func (s *shard) pass(d bus.Delivery) {
	s.backlog.end = d.Sequence
	if len(s.backlog.held) == 0 {
		s.seen = d.Sequence
	}
}

// order takes the backlog in once no more comes, until ctx ends.
func (s *shard) order(ctx context.Context) error {
	for {
		select {
		case <-s.backlog.begun:
		case <-ctx.Done():
			return nil
		}
		for wait := gatherQuiet; wait > 0; {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return nil
			}
			var err error
			if wait, err = s.orderDue(ctx, time.Now()); err != nil {
				return err
			}
		}
	}
}

// orderDue takes the backlog in if it is time, or says how long it is until then.
func (s *shard) orderDue(ctx context.Context, now time.Time) (wait time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.backlog
	if len(b.held) == 0 {
		return 0, nil
	}
	if wait = min(b.last.Add(gatherQuiet).Sub(now), b.first.Add(gatherMost).Sub(now)); wait > 0 {
		return wait, nil
	}
	return 0, s.drain(ctx)
}

// drain takes the backlog in, by the time of the events. The lane's position moves once all of it is stored. Until then
// the journal lists what was taken in ahead of its turn: after a crash all of it comes again.
func (s *shard) drain(ctx context.Context) error {
	b := &s.backlog
	if len(b.held) == 0 {
		return nil
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	all := b.held
	b.held, b.bytes, b.draining = nil, 0, true
	slices.SortStableFunc(all, func(x, y held) int { return int(x.at - y.at) })
	s.engine.Use(s.policy.Load().Rules)
	err := s.applyAll(ctx, all, true)
	if errors.Is(err, errSingly) {
		err = s.applyAll(ctx, all, false)
	}
	b.draining = false
	if err != nil {
		return err
	}
	s.reach(b.end)
	return nil
}

func (s *shard) applyAll(ctx context.Context, all []held, grouped bool) error {
	done := make(map[uint64]bool, len(s.journal.done))
	for _, sequence := range s.journal.done {
		done[sequence] = true
	}
	for i, h := range all {
		if done[h.delivery.Sequence] {
			continue // stored before all that is not was undone
		}
		if !grouped { // one that cannot be stored by itself is put aside
			data, err := enrich.EncodeFinding(h.finding)
			if err != nil {
				return err
			}
			h.delivery.Data = data
		}
		if err := s.apply(ctx, h.delivery, h.finding, grouped && i < len(all)-1); err != nil {
			return err
		}
	}
	return nil
}
