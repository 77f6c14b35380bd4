package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

// Ledger says what went in and what came out; Unaccounted is 0 while nothing is lost.
type Ledger struct {
	consumer.Counts
	Alerts      alerting.AlertCounts `json:"alerts"`
	Receivers   any                  `json:"receivers"`
	Unaccounted int64                `json:"unaccounted"`
}

// Ledger implements web.Backend: what is stored of it, what waits in the streams, and what this process holds.
func (b *backend) Ledger(ctx context.Context) (any, error) {
	l := Ledger{Receivers: map[string]any{}}
	var err error
	if l.Counts, err = b.ledgers.counts(ctx); err != nil {
		return nil, err
	}
	if b.consumer != nil {
		l.Counts.Add(b.consumer.Pending())
	}
	if l.Alerts, err = b.query.Counts(ctx); err != nil {
		return nil, err
	}
	l.Unaccounted = l.Counts.Unaccounted()
	if b.notify != nil {
		receivers, err := b.notify.Counts(ctx)
		if err != nil {
			return nil, err
		}
		l.Receivers = receivers
	}
	return l, nil
}

// unaccounted is what the stored part of the ledger misses: what waits is on both of its sides.
func (a *App) unaccounted() float64 {
	if a.bus == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var sum consumer.Counts
	checkpoints, err := enrich.ReadCheckpoints(ctx, a.bus)
	if err != nil {
		return 0
	}
	for _, c := range checkpoints {
		sum.Add(c.Counts)
	}
	return float64(sum.Unaccounted())
}

// ledgerReader adds up what the shards have saved and what waits for them in the streams. It remembers what it has
// read of the waiting batches, so that asking again costs only what is new.
type ledgerReader struct {
	bus     *bus.Bus
	mu      sync.Mutex
	waiting map[int][]waiting // by shard
}

// waiting is the share in the ledger of one batch that no shard has saved yet.
type waiting struct {
	sequence uint64
	counts   consumer.Counts
}

func newLedgerReader(b *bus.Bus) *ledgerReader {
	return &ledgerReader{bus: b, waiting: map[int][]waiting{}}
}

func (r *ledgerReader) counts(ctx context.Context) (consumer.Counts, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	checkpoints, err := enrich.ReadCheckpoints(ctx, r.bus)
	if err != nil {
		return consumer.Counts{}, err
	}
	var sum consumer.Counts
	done := make(map[int]uint64, len(checkpoints))
	for _, c := range checkpoints {
		sum.Add(c.Counts)
		done[c.Shard] = c.Sequence
	}
	for shard := range r.bus.Shards() {
		more, err := r.pending(ctx, shard, done[shard])
		if err != nil {
			return consumer.Counts{}, err
		}
		sum.Add(more)
	}
	return sum, nil
}

// errCaughtUp ends the reading of a lane at its present end.
var errCaughtUp = errors.New("caught up")

func (r *ledgerReader) pending(ctx context.Context, shard int, done uint64) (consumer.Counts, error) {
	list := r.waiting[shard]
	for len(list) > 0 && list[0].sequence <= done {
		list = list[1:]
	}
	after := done
	if len(list) > 0 {
		after = list[len(list)-1].sequence
	}
	subject := bus.EventsSubject(shard)
	n, err := r.bus.Backlog(ctx, subject, after)
	if err != nil {
		return consumer.Counts{}, err
	}
	if n > 0 {
		err = r.bus.Tail(ctx, subject, after, func(d bus.Delivery) error {
			counts, err := consumer.BatchCounts(d.Data)
			if err != nil {
				counts = consumer.Counts{} // unreadable: it will be parked, and is not counted
			}
			list = append(list, waiting{d.Sequence, counts})
			if d.Pending == 0 {
				return errCaughtUp
			}
			return nil
		})
		if !errors.Is(err, errCaughtUp) {
			return consumer.Counts{}, err
		}
	}
	r.waiting[shard] = list
	var sum consumer.Counts
	for _, w := range list {
		w.counts.Records.Pending = w.counts.Records.In - w.counts.Records.Quarantined
		sum.Add(w.counts)
	}
	return sum, nil
}
