package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// load reads what the shard's last owner saved. The first thing it does is to write the checkpoint again: from
// then on an earlier owner that still lives cannot save any more.
func (l *lane) load(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, ok, err := l.store.Get(ctx, checkpointKey(l.shard))
	if err != nil {
		return err
	}
	l.checkpoint = Checkpoint{Shard: l.shard}
	if ok {
		if err := json.Unmarshal(entry.Value, &l.checkpoint); err != nil {
			return fmt.Errorf("checkpoint %s: %w", entry.Key, err)
		}
	}
	revisions, err := l.store.PutAll(ctx, []bus.KVWrite{l.checkpointWrite(&l.checkpoint, entry.Revision)})
	if err != nil {
		return err
	}
	l.revision = revisions[0]
	l.intention, l.checkpoint.Intention = l.checkpoint.Intention, nil
	l.at, l.counts = l.checkpoint.Sequence, l.checkpoint.Counts
	l.core.book.Begin(l.checkpoint.Began, l.checkpoint.Newest)
	if err := l.loadSegments(ctx); err != nil {
		return err
	}
	return l.loadActors(ctx)
}

// loadSegments reads the eventIDs seen before the checkpoint, and begins a new segment.
func (l *lane) loadSegments(ctx context.Context) error {
	values := map[uint64][]byte{}
	l.segments = nil
	err := l.store.Range(ctx, bus.Key(segmentPrefix, l.name), func(e bus.Entry) error {
		number, err := strconv.ParseUint(e.Key[strings.LastIndexByte(e.Key, '.')+1:], 10, 64)
		if err != nil {
			return fmt.Errorf("key %s names no segment", e.Key)
		}
		if values[number] == nil {
			l.segments = append(l.segments, &segment{number: number, full: true})
		}
		values[number] = e.Value
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(l.segments, func(x, y *segment) int { return cmp.Compare(x.number, y.number) })
	next := uint64(0)
	for _, s := range l.segments {
		err := decodeSegment(values[s.number], l.checkpoint.Sequence, func(id uint64) {
			l.core.seen.add(id)
			s.count++
		})
		if err != nil {
			return fmt.Errorf("segment %d of shard %d: %w", s.number, l.shard, err)
		}
		next = s.number + 1
	}
	l.segments = append(l.segments, &segment{number: next})
	return nil
}

var errFull = errors.New("no room for more actors")

// loadActors fills the book, up to its limit; the rest comes when it is needed.
func (l *lane) loadActors(ctx context.Context) error {
	book := l.core.book
	err := l.store.Range(ctx, bus.Key(actorPrefix, l.name), func(e bus.Entry) error {
		if book.Full() {
			return errFull
		}
		id, err := actorOf(e.Key)
		if err != nil {
			return err
		}
		return l.restore(ctx, id, e)
	})
	book.Keep(errors.Is(err, errFull))
	if err != nil && !errors.Is(err, errFull) {
		return err
	}
	return nil
}
