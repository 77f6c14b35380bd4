package app

import (
	"context"
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
	Alerts    alerting.AlertCounts `json:"alerts"`
	Receivers any                  `json:"receivers"`
	// Restarted is how often a lane, which is a shard's or a receiver's part of a stream, was read anew from its first
	// message, because the stream had been made anew or had lost its end.
	Restarted uint64 `json:"restarted"`
	// Lost counts stored messages and values that are not there any more; Store tells of each.
	Lost        uint64 `json:"lost"`
	Unaccounted int64  `json:"unaccounted"` // the last: what a reader looks for at the end of the line
}

// Ledger implements web.Backend: what is stored of it, what waits in the streams, and what this process holds.
func (b *backend) Ledger(ctx context.Context) (any, error) {
	l := Ledger{Receivers: map[string]any{}, Lost: b.bus.Lost()}
	var held consumer.Counts // asked for first: what is stored a moment later is better told twice than not at all
	if b.consumer != nil {
		held = b.consumer.Pending()
	}
	var err error
	if l.Counts, l.Restarted, err = b.ledgers.counts(ctx); err != nil {
		return nil, err
	}
	l.Counts.Add(held)
	kept, _, err := (*App)(b).readTotals(ctx)
	if err != nil {
		return nil, err
	}
	l.Counts.Add(kept.Carried.Counts)
	var findings alerting.FindingCounts
	if l.Alerts, findings, err = b.query.Counts(ctx); err != nil {
		return nil, err
	}
	l.Restarted += findings.Restarts
	l.Alerts.Add(kept.Carried.Alerts)
	findings.Unnamed += kept.Carried.Findings.Unnamed
	findings.Parked += kept.Carried.Findings.Parked
	l.judge(findings)
	l.Unaccounted = l.Counts.Unaccounted()
	if b.notify != nil {
		receivers, err := b.notify.Counts(ctx)
		if err != nil {
			return nil, err
		}
		l.Receivers = receivers
		for _, r := range receivers {
			l.Restarted += r.Restarts
		}
	}
	return l, nil
}

// Store implements web.Backend.
func (b *backend) Store(ctx context.Context) (any, error) { return b.bus.Check(ctx) }

// judge takes from the matched records those that turned out to be named by no rule. The alerting side may be ahead of
// what the enrichment has saved.
func (l *Ledger) judge(findings alerting.FindingCounts) {
	parked := min(findings.Parked, l.Records.Matched)
	unnamed := min(findings.Unnamed, l.Records.Matched-parked)
	l.Records.Matched -= unnamed + parked
	l.Records.Unmatched += unnamed
	l.Records.Quarantined += parked
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
	waiting map[int][]waiting    // by shard
	done    map[int]bus.Position // of each shard's checkpoint, as last seen
}

// waiting is the share in the ledger of one batch that no shard has saved yet.
type waiting struct {
	bus.Position
	counts consumer.Counts
}

func newLedgerReader(b *bus.Bus) *ledgerReader {
	return &ledgerReader{bus: b, waiting: map[int][]waiting{}, done: map[int]bus.Position{}}
}

// counts reads the lanes, and the checkpoints after them: what leaves a lane is in its checkpoint by then, so nothing falls
// between the two. It reads the checkpoints before as well, so that of the lanes only what waits is read: all they hold
// may be more than there is memory for.
func (r *ledgerReader) counts(ctx context.Context) (sum consumer.Counts, restarts uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, _, err := r.saved(ctx); err != nil {
		return sum, 0, err
	}
	for shard := range r.bus.Shards() {
		if err := r.read(ctx, shard); err != nil {
			return sum, 0, err
		}
	}
	if sum, restarts, err = r.saved(ctx); err != nil {
		return sum, 0, err
	}
	for _, list := range r.waiting {
		for _, w := range list {
			w.counts.Records.Pending = w.counts.Records.In - w.counts.Records.Quarantined - w.counts.Records.Ignored
			sum.Add(w.counts)
		}
	}
	return sum, restarts, nil
}

// saved adds up the checkpoints, and forgets of what waited what they hold.
func (r *ledgerReader) saved(ctx context.Context) (sum consumer.Counts, restarts uint64, err error) {
	checkpoints, err := enrich.ReadCheckpoints(ctx, r.bus)
	if err != nil {
		return sum, 0, err
	}
	for _, c := range checkpoints {
		sum.Add(c.Counts)
		restarts += c.Restarts()
		list := r.waiting[c.Shard]
		for len(list) > 0 && list[0].Sequence <= c.Sequence {
			list = list[1:]
		}
		r.waiting[c.Shard], r.done[c.Shard] = list, c.Position
	}
	return sum, restarts, nil
}

// read takes in what is new in a shard's lane.
func (r *ledgerReader) read(ctx context.Context, shard int) error {
	list, after := r.waiting[shard], r.done[shard]
	if len(list) > 0 {
		after = list[len(list)-1].Position
	}
	err := r.bus.Scan(ctx, bus.EventsSubject(shard), after, func(d bus.Delivery) error {
		counts, err := consumer.BatchCounts(d.Data)
		if err != nil {
			counts = consumer.Counts{} // unreadable: it will be parked, and is not counted
		}
		list = append(list, waiting{d.Position(), counts})
		return nil
	})
	r.waiting[shard] = list
	return err
}
