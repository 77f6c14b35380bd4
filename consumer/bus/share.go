package bus

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// DeadShare is how many letters each stage may keep; the oldest goes when one more comes.
func (b *Bus) DeadShare() int { return int(b.maxBytes / 4 / deadStages / letterBytes) }

// DeadCounts is how many letters there are now, by stage.
func (b *Bus) DeadCounts(ctx context.Context) (map[string]int, error) {
	var answer struct {
		State struct {
			Subjects map[string]int `json:"subjects"`
		} `json:"state"`
	}
	if err := b.request(ctx, "STREAM.INFO."+streamDead, map[string]any{"subjects_filter": "trail.dead.*"}, &answer); err != nil {
		return nil, fmt.Errorf("count dead letters: %w", err)
	}
	counts := make(map[string]int, len(answer.State.Subjects))
	for subject, n := range answer.State.Subjects {
		counts[strings.TrimPrefix(subject, "trail.dead.")] = n
	}
	return counts, nil
}

// shares notes how many letters this process pushed out of full shares.
type shares struct {
	mu     sync.Mutex
	silent time.Time // until when nobody is asked: the last answer did not come
	warned map[string]time.Time
}

const sharesPause = time.Minute

// before is how many letters a stage has, negative if that is not known.
func (s *shares) before(ctx context.Context, b *Bus, stage string) int {
	s.mu.Lock()
	silent := time.Now().Before(s.silent)
	s.mu.Unlock()
	if silent {
		return -1
	}
	counts, err := b.DeadCounts(ctx)
	if err == nil {
		return counts[Key(stage)]
	}
	if ctx.Err() == nil {
		b.log.Debug("dead letters not counted", zap.Error(err))
		s.mu.Lock()
		s.silent = time.Now().Add(sharesPause)
		s.mu.Unlock()
	}
	return -1
}

// after counts what had to go for the letters just parked: nothing while the share is not full.
func (s *shares) after(ctx context.Context, b *Bus, stage string, before, parked int) {
	share := b.DeadShare()
	if before < 0 || before+parked <= share || s.before(ctx, b, stage) < share {
		return
	}
	dropped := min(before+parked-share, parked)
	b.metrics.dropped.WithLabelValues(stage).Add(float64(dropped))
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.warned[stage]) > sharesPause {
		if s.warned == nil {
			s.warned = map[string]time.Time{}
		}
		s.warned[stage] = time.Now()
		b.log.Warn("dead letters of a stage are full; the oldest are dropped", zap.String("stage", stage), zap.Int("letters", share), zap.Int("dropped", dropped))
	}
}
