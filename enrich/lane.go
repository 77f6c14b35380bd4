package enrich

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/trace"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// stream is what a lane needs of the streams; the bus's promises hold.
type stream interface {
	Tail(ctx context.Context, subject string, after bus.Position, visit func(bus.Delivery) error) error
	Publish(ctx context.Context, msgs ...bus.Message) error
	Trim(ctx context.Context, subject string, upto bus.Position) error
	Park(ctx context.Context, stage, id, reason string, data []byte) error
}

// store is what a lane needs of the key-value bucket; the bus's promises hold.
type store interface {
	Get(ctx context.Context, key string) (bus.Entry, bool, error)
	PutAll(ctx context.Context, writes []bus.KVWrite) ([]uint64, error)
	Range(ctx context.Context, prefix string, visit func(bus.Entry) error) error
}

var (
	_ stream = (*bus.Bus)(nil)
	_ store  = (*bus.KV)(nil)
)

const (
	stage = "enrich" // in the dead letters

	saveEvery = time.Second
	// saveBusy is in how many of these times a lane saves that took in busyRecords since the last: the actors who
	// act most would be written each time.
	saveBusy    = 2
	busyRecords = 200
	// saveAtLast bounds the saving of a worker that was told to stop.
	saveAtLast = 5 * time.Second
)

// lane works on one shard from taking it over to losing it.
type lane struct {
	shard, shards int
	name          string // of the shard, in keys and metrics
	stream        stream
	store         store
	metrics       *metrics
	tracer        *trace.Tracer
	log           *zap.Logger
	retention     time.Duration // of an actor's page
	eventIDs      int           // to be remembered
	principals    func() []history.Principal
	held          func() error // nil while the shard is surely owned
	works         *sync.Pool   // of *work

	wake  chan struct{} // saving should not wait for its turn
	saved chan struct{} // a round of saving has ended
	taken atomic.Int64  // records since the time to save last came

	mu         sync.Mutex // of all below
	core       *Shard
	at         bus.Position    // of the last message taken in
	counts     consumer.Counts // up to there
	intention  *Checkpoint     // of an earlier owner, until it is reached
	halfway    bool            // a message was begun and not ended: what is in memory must not be saved
	unsettled  bool            // a round of saving was begun and not ended: only loading anew tells how far it came
	checkpoint Checkpoint      // as stored
	revision   uint64          // of the stored checkpoint
	segments   []*segment      // oldest first; the last one is being filled

	*work    // of the message at hand, as the next
	outcomes [outcomes]int64
}

// work is what a lane needs to take in a message. It is lent for that alone: there are more lanes than processors.
type work struct {
	batch   consumer.Batch
	headers []cloudtrail.Header
	unread  []bool // headers that could not be scanned
	missing []history.ID
}

// run goes on from where the shard was last saved, until ctx ends.
func (l *lane) run(ctx context.Context) error {
	if err := l.load(ctx); err != nil {
		return fmt.Errorf("take over shard %d: %w", l.shard, err)
	}
	g, work := errgroup.WithContext(ctx)
	g.Go(func() error {
		return l.stream.Tail(work, bus.EventsSubject(l.shard), l.at, func(d bus.Delivery) error {
			if err := l.room(work); err != nil {
				return err
			}
			return l.take(work, d)
		})
	})
	g.Go(func() error { return l.keepSaving(work) })
	err := g.Wait()
	if ctx.Err() == nil {
		return err
	}
	if l.held() != nil {
		return nil // the next owner goes on from what was saved before
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveAtLast)
	defer cancel()
	return l.save(last)
}

func borrow(works *sync.Pool) *work {
	if w, ok := works.Get().(*work); ok {
		return w
	}
	return &work{}
}

// take takes in one message: every record, then the findings, stored, then the counts.
func (l *lane) take(ctx context.Context, d bus.Delivery) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.Restarted {
		l.intention = nil // what led there comes again, and is counted then
		l.at = d.Position()
		l.hurry()
		return nil
	}
	if l.intention != nil && d.Sequence > l.intention.Sequence {
		l.fulfil()
	}
	l.halfway = true
	l.work = borrow(l.works)
	defer func() {
		l.works.Put(l.work)
		l.work = nil
	}()
	l.outcomes = [outcomes]int64{}
	l.core.book.Declare(l.principals())
	if err := consumer.DecodeBatch(d.Data, &l.batch); err != nil {
		if err := l.park(ctx, fmt.Sprintf("%s/%d", d.Subject, d.Sequence), err.Error(), d.Data); err != nil {
			return err
		}
		l.batch.Counts = consumer.Counts{}
	} else if err := l.enrich(ctx, d); err != nil {
		return err
	}
	l.taken.Add(int64(len(l.batch.Records)))
	l.end(d.Position())
	l.core.book.Evict()
	l.halfway = false
	return nil
}

// end counts what became of a message.
func (l *lane) end(at bus.Position) {
	l.at = at
	if l.intention == nil {
		l.counts.Add(l.batch.Counts)
		l.counts.Records.Matched += l.outcomes[Matched]
		l.counts.Records.Unmatched += l.outcomes[Unmatched] + l.outcomes[Skipped]
		l.counts.Records.Duplicate += l.outcomes[Duplicate]
		l.counts.Records.Aggregated += l.outcomes[Aggregated]
		l.counts.Records.Quarantined += l.outcomes[Quarantined]
	} else if at.Sequence == l.intention.Sequence {
		l.fulfil()
	}
	for outcome, n := range l.outcomes {
		l.metrics.records[outcome].Add(float64(n))
	}
	last := l.segments[len(l.segments)-1]
	last.end(at.Sequence)
	if last.full {
		l.segments = append(l.segments, &segment{number: last.number + 1})
		if last.number%wakeSegments == 0 {
			l.hurry()
		}
	}
}

// hurry asks for saving out of turn.
func (l *lane) hurry() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// fulfil takes over the counts an earlier owner arrived at: it may have saved actors that were so far, and what
// these skip now was counted by it.
func (l *lane) fulfil() {
	l.counts, l.intention = l.intention.Counts, nil
}

// enrich processes the records of the batch at hand and publishes the findings.
func (l *lane) enrich(ctx context.Context, d bus.Delivery) error {
	if err := l.scan(ctx, d); err != nil {
		return err
	}
	if err := l.fetch(ctx); err != nil {
		return err
	}
	if l.core.book.Began() == 0 { // others may have begun meanwhile
		if err := l.begin(ctx, 0); err != nil {
			return err
		}
	}
	var found []bus.Message
	for i := range l.batch.Records {
		if l.unread[i] {
			continue // parked by scan
		}
		messages, err := l.record(ctx, d, i)
		if err != nil {
			return err
		}
		found = append(found, messages...)
	}
	if err := l.publish(ctx, found); err != nil {
		return err
	}
	for _, m := range found {
		l.tracer.Stage(m.ID, trace.Consumer, "", l.batch.Received, d.Time)
		l.tracer.Stage(m.ID, trace.Enrich, "", d.Time, time.Now(), "shard", l.name)
	}
	return nil
}

// record processes one record of the batch at hand; the messages are its finding.
func (l *lane) record(ctx context.Context, d bus.Delivery, i int) ([]bus.Message, error) {
	h, raw := &l.headers[i], l.batch.Records[i]
	event := history.Hash(h.EventID)
	pos := history.Position{Sequence: d.Sequence, Index: uint32(i)}
	outcome, f := l.core.process(raw, h, event, l.batch.Received.UnixMilli(), pos)
	l.outcomes[outcome]++
	if outcome != Duplicate {
		last := l.segments[len(l.segments)-1]
		last.ids = append(last.ids, event)
	}
	switch {
	case outcome == Quarantined:
		return nil, l.park(ctx, recordID(d, i), "record cannot be decoded", raw)
	case outcome != Matched || f == nil: // of a noisy rule some are counted only
		return nil, nil
	}
	f.Filed = l.batch.Filed
	return f.Messages(l.shards)
}

// recordID says where a record that is parked can be read again.
func recordID(d bus.Delivery, index int) string {
	return fmt.Sprintf("%s/%d/%d", d.Subject, d.Sequence, index)
}
