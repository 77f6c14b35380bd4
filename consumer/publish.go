package consumer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// headerRoom is what a message's headers may take of the largest payload.
const headerRoom = 4 << 10

// run publishes until ctx ends.
func (c *collector) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		round, wait := c.take(time.Now())
		if len(round) > 0 {
			c.publish(ctx, round)
			continue
		}
		timer.Reset(wait)
		select {
		case <-c.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// take removes what is to be published now. Without anything it says how long nothing will be due.
func (c *collector) take(now time.Time) (round []*pending, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.round(), time.Hour // full ones of a round that was too large
	}
	urgent := c.pressed && len(c.full) == 0
	if wait = c.looked.Add(flushAfter).Sub(now); wait > 0 && !urgent {
		if c.ready >= roundLeast || c.pressed {
			return c.round(), wait
		}
		return nil, wait
	}
	busy := c.fresh >= busyRecords && now.Sub(c.since) < flushBusy && !urgent
	c.looked, c.fresh = now, 0
	if busy {
		return c.round(), flushAfter
	}
	for shard := range c.open {
		if c.open[shard].used {
			c.seal(shard)
		}
	}
	c.since = time.Time{}
	return c.round(), time.Hour
}

// round removes full batches, as many as are published at a time. The mutex is held.
func (c *collector) round() []*pending {
	n, size := 0, 0
	for n < len(c.full) && (n == 0 || size+len(c.full[n].body) <= roundBytes) {
		size += len(c.full[n].body)
		n++
	}
	round := c.full[:n:n]
	c.full = c.full[n:]
	c.ready -= size
	return round
}

// publish stores a round, trying until ctx ends, and tells the units.
func (c *collector) publish(ctx context.Context, round []*pending) {
	messages := make([]bus.Message, len(round))
	c.packed = c.packed[:0]
	for i, p := range round {
		messages[i] = c.message(p)
	}
	if c.insist(ctx, "publishing failed", &c.trouble, func() error { return c.store.Publish(ctx, messages...) }) != nil {
		return // ctx ended, and so have the units' handlers
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range round {
		c.held -= p.weight
		c.records -= int64(p.count)
		c.metrics.published.Add(float64(p.count))
		for _, u := range p.units {
			u.leave()
		}
		if int64(len(c.spare)*c.most) < c.limit {
			c.spare = append(c.spare, p.body[:0])
		}
	}
	c.pressed = false
	close(c.space)
	c.space = make(chan struct{})
}

// message gives a batch its wire form, which is good until the next round. A record that no message can hold is parked.
func (c *collector) message(p *pending) bus.Message {
	at := len(c.packed)
	c.packed = appendPacked(c.packed, &p.batch, p.body)
	data := c.packed[at:len(c.packed):len(c.packed)]
	if limit := c.store.MaxPayload() - headerRoom; len(data) > limit && p.count == 1 {
		_, n := binary.Uvarint(p.body)
		raw := p.body[n:]
		reason := fmt.Sprintf("record larger than a message may be (%d bytes)", limit)
		l := newLetter(p.units[0], "record "+digest(raw), reason, raw)
		l.units = p.units
		c.mu.Lock()
		c.post(l) // without waiting for room: there are few of them
		c.mu.Unlock()
		p.batch.Counts.Records.Quarantined++
		c.metrics.quarantined.Inc()
		data = appendPacked(nil, &p.batch, nil)
	}
	return bus.Message{Subject: bus.EventsSubject(p.shard), ID: digest(data), Data: data}
}

// insist repeats do until it succeeds, or ctx ends. Meanwhile trouble, which the mutex guards, says why it does not.
func (c *collector) insist(ctx context.Context, what string, trouble *error, do func() error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 5*time.Second
	for {
		err := do()
		if ctx.Err() == nil {
			c.mu.Lock()
			*trouble = err
			c.mu.Unlock()
		}
		if err == nil {
			return nil
		}
		delay := pause.NextBackOff()
		if ctx.Err() == nil {
			c.log.Warn(what, zap.Duration("retry_in", delay), zap.Error(err))
		}
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// digest names content: the same bytes have the same name.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// sleep waits for d; the error is that of ctx, when it ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
