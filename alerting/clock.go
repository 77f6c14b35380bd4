package alerting

import (
	"context"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// clock does what time alone asks for: it reminds of exposures still open, forgets what is long over, and stores
// positions that no change has carried along.
func (s *shard) clock(ctx context.Context) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.rest(context.WithoutCancel(ctx))
		case <-ticker.C:
			if err := s.tick(ctx, s.deps.Now()); err != nil {
				return err
			}
		}
	}
}

func (s *shard) tick(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.group.findings > 0 {
		return nil // more findings are on their way, and all are stored together
	}
	if err := s.settle(ctx, now); err != nil {
		return err
	}
	if due := s.engine.book.Remind(now, s.policy.Load().RepeatOpen); len(due) > 0 {
		if err := s.commitAll(ctx, due); err != nil {
			return err
		}
	}
	if due := s.engine.book.FlapTick(now); len(due) > 0 {
		if err := s.commitAll(ctx, due); err != nil {
			return err
		}
	}
	if now.Sub(s.expired) >= time.Minute {
		s.expired = now
		if err := s.expire(ctx, now); err != nil {
			return err
		}
	}
	if s.seen > s.journal.entry.Sequence && now.Sub(s.saved) >= saveEvery {
		if err := s.journal.commit(ctx, s.seen, nil, nil); err != nil {
			return err
		}
		s.saved = now
	}
	if s.journal.entry.Sequence <= s.trimmed {
		return nil
	}
	if err := s.deps.Log.Trim(ctx, bus.FindingsSubject(s.journal.shard), s.journal.entry.Position); err != nil {
		return nil //nolint:nilerr // the lane keeps a little more until the next turn.
	}
	s.trimmed = s.journal.entry.Sequence
	return nil
}

// settle looks at what is kept quiet when a silence, the settings or the time may have changed that.
func (s *shard) settle(ctx context.Context, now time.Time) error {
	policy, quiet := s.policy.Load(), s.silences.Load()
	if err := s.unmute(ctx, policy, now); err != nil {
		return err
	}
	if policy == s.settled.policy && quiet == s.settled.quiet && (s.settled.next.IsZero() || now.Before(s.settled.next)) {
		return nil
	}
	s.engine.Use(policy.Rules)
	if changed := s.engine.Settle(now, quiet.silences); len(changed) > 0 {
		if err := s.commitAll(ctx, changed); err != nil {
			return err
		}
	}
	s.settled.policy, s.settled.quiet, s.settled.next = policy, quiet, s.engine.nextQuiet(now, quiet)
	return nil
}

// unmute tells those of what is open who were not told of it because they were muted.
func (s *shard) unmute(ctx context.Context, policy *Policy, now time.Time) error {
	muted := policy.Router.Muted()
	if muted == s.settled.muted && s.settled.policy != nil {
		return nil
	}
	anew := s.engine.book.Renew(now, func(i *incident.Incident) bool {
		if len(i.Muted) == 0 {
			return false
		}
		return slices.ContainsFunc(policy.Router.Route(&i.Alert).Receivers, func(name string) bool {
			return slices.Contains(i.Muted, name) && !slices.Contains(i.Receivers, name)
		})
	})
	if len(anew) > 0 {
		if err := s.commitAll(ctx, anew); err != nil {
			return err
		}
	}
	s.settled.muted = muted
	return nil
}

// maxExpired bounds the alerts that the store is made to forget in one commit.
const maxExpired = 500

// expire ends what has lapsed, and takes incidents resolved a while ago out of memory, and those resolved long ago out of
// the store.
func (s *shard) expire(ctx context.Context, now time.Time) error {
	if over := s.engine.book.Lapse(now); len(over) > 0 {
		if err := s.commitAll(ctx, over); err != nil {
			return err
		}
	}
	s.journal.forget(s.engine.book.Forget(now.Add(-keepInMemory)))
	for ids := range slices.Chunk(s.engine.book.Expire(now.Add(-keepResolved)), maxExpired) {
		writes := make([]jwrite, len(ids))
		for n, id := range ids {
			writes[n] = jwrite{Bucket: bus.Alerts, Key: alertKey(s.journal.shard, id), Delete: true}
		}
		if err := s.journal.commit(ctx, s.seen, writes, nil); err != nil {
			return err
		}
		s.journal.forget(ids)
	}
	return nil
}

// rest stores the position when the shard is given up in good order.
func (s *shard) rest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.group.findings == 0 && s.seen > s.journal.entry.Sequence {
		return s.journal.commit(ctx, s.seen, nil, nil)
	}
	return nil
}
