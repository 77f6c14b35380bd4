package slack

import (
	"context"
	"sync"
	"time"
)

// Interval is the time between two new messages in a channel that keeps within what Slack allows: about one a
// second, with room for messages that travel at different speeds.
const Interval = 1100 * time.Millisecond

// Settle is the time after an attempt in which a message on its way will have arrived.
const Settle = 2 * time.Second

// Pacer spaces the new messages of each channel, whichever receivers they come from.
type Pacer struct {
	interval time.Duration
	mu       sync.Mutex
	free     map[string]time.Time // by channel: when the next message may leave
	start    time.Time
}

// NewPacer makes a pacer of one interval for all channels. The process before this one may have written a
// moment ago, so the first message waits for an interval as well.
func NewPacer(interval time.Duration) *Pacer {
	return &Pacer{interval: interval, free: map[string]time.Time{}, start: time.Now()}
}

// Wait returns when a new message may leave for the channel, or with ctx's error.
func (p *Pacer) Wait(ctx context.Context, channel string) error {
	p.mu.Lock()
	now := time.Now()
	at, ok := p.free[channel]
	if !ok {
		at = p.start.Add(p.interval)
	}
	if at.Before(now) {
		at = now
	}
	p.free[channel] = at.Add(p.interval)
	p.mu.Unlock()

	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Sent tells that a message has arrived just now: a slow one pushes the next one back.
func (p *Pacer) Sent(channel string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next := time.Now().Add(p.interval); p.free[channel].Before(next) {
		p.free[channel] = next
	}
}
