package enrich

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// keepSaving saves every second, less often while much comes in, and when told to, until ctx ends.
func (l *lane) keepSaving(ctx context.Context) error {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for ticks := 1; ; ticks++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if l.taken.Swap(0) >= busyRecords && ticks%saveBusy != 0 {
				continue
			}
		case <-l.wake:
		}
		if err := l.save(ctx); err != nil {
			return err
		}
		select {
		case l.saved <- struct{}{}:
		default:
		}
	}
}

// room waits while the actors are more than memory may hold and none can leave it before it is saved: new ones may come
// faster than the store takes them.
func (l *lane) room(ctx context.Context) error {
	for l.stuck() {
		l.hurry()
		select {
		case <-l.saved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// stuck reports whether saving would make room that there is not.
func (l *lane) stuck() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.core.book.Stuck() && l.intention == nil && l.at != l.checkpoint.Position
}

// saving is what one round of saving writes.
type saving struct {
	from, to Checkpoint
	pages    []history.Page
	segments []*segment
	values   [][]byte   // of segments
	outlived []*segment // beyond what is to be remembered
}

// save stores what has changed since the last round, in the order that lets a successor continue from whatever
// part of it was done. While it writes, the lane goes on. After an error the lane has to be loaded anew.
func (l *lane) save(ctx context.Context) error {
	s, ok := l.prepare()
	if !ok {
		return nil
	}
	intent := s.from
	intent.Intention = &s.to
	writes := []bus.KVWrite{l.checkpointWrite(&intent, l.revision)}
	for i, segment := range s.segments {
		writes = append(writes, bus.KVWrite{Key: segmentKey(l.shard, segment.number), Value: s.values[i], Expect: segment.revision})
	}
	revisions, err := l.store.PutAll(ctx, writes)
	if err != nil {
		return fmt.Errorf("save intention: %w", err)
	}
	pageRevisions, err := l.savePages(ctx, s.pages)
	if err != nil {
		return fmt.Errorf("save actors: %w", err)
	}
	final, err := l.store.PutAll(ctx, []bus.KVWrite{l.checkpointWrite(&s.to, revisions[0])})
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	l.settle(&s, final[0], revisions[1:], pageRevisions)
	return l.tidy(ctx, &s)
}

// prepare takes what is to be saved; ok is false if nothing is, or may be.
func (l *lane) prepare() (s saving, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halfway || l.unsettled || l.intention != nil || l.at == l.checkpoint.Position {
		return saving{}, false
	}
	l.unsettled = true
	book := l.core.book
	s = saving{from: l.checkpoint, pages: book.Changed()}
	s.to = Checkpoint{Shard: l.shard, Position: l.at, Counts: l.counts, Began: book.Began(), Newest: book.Newest()}
	total := 0
	for _, segment := range l.segments {
		total += segment.count
		if segment.changed {
			s.segments = append(s.segments, segment)
			s.values = append(s.values, segment.encode())
			segment.changed = false
		}
		if segment.full {
			segment.groups, segment.ids = nil, nil
		}
	}
	for len(l.segments) > 1 && (total-l.segments[0].count >= l.eventIDs || len(l.segments) > maxSegments) {
		total -= l.segments[0].count
		s.outlived = append(s.outlived, l.segments[0])
		l.segments = l.segments[1:]
	}
	return s, true
}

func (l *lane) checkpointWrite(c *Checkpoint, expect uint64) bus.KVWrite {
	value, _ := json.Marshal(c) // numbers alone: it cannot fail
	return bus.KVWrite{Key: checkpointKey(l.shard), Value: value, Expect: expect}
}

func (l *lane) savePages(ctx context.Context, pages []history.Page) ([]uint64, error) {
	writes := make([]bus.KVWrite, len(pages))
	for i, p := range pages {
		writes[i] = bus.KVWrite{Key: actorKey(l.shard, p.ID), Value: p.Value, Expect: p.Revision, TTL: l.retention}
	}
	return l.store.PutAll(ctx, writes)
}

// settle notes what is stored now.
func (l *lane) settle(s *saving, checkpoint uint64, segments, pages []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checkpoint, l.revision, l.unsettled = s.to, checkpoint, false
	for i, segment := range s.segments {
		segment.revision = segments[i]
	}
	for i, p := range s.pages {
		l.core.book.Saved(p.ID, pages[i])
	}
	l.core.book.Evict()
	l.metrics.actors.WithLabelValues(l.name).Set(float64(l.core.Actors()))
}

// tidy removes what nobody needs any more. If it is cut short, the next round or the next owner does it.
func (l *lane) tidy(ctx context.Context, s *saving) error {
	var writes []bus.KVWrite
	for _, segment := range s.outlived {
		writes = append(writes, bus.KVWrite{Key: segmentKey(l.shard, segment.number), Expect: bus.AnyRevision, Delete: true})
	}
	if len(writes) > 0 {
		if _, err := l.store.PutAll(ctx, writes); err != nil {
			return fmt.Errorf("remove old eventIDs: %w", err)
		}
	}
	return l.stream.Trim(ctx, bus.EventsSubject(l.shard), s.to.Position)
}
