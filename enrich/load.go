package enrich

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	l.at, l.counts = l.checkpoint.Position, l.checkpoint.Counts
	if err := l.begin(ctx, l.checkpoint.Newest); err != nil {
		return err
	}
	if err := l.loadSegments(ctx); err != nil {
		return err
	}
	return l.loadActors(ctx)
}

// begin tells the book when the installation's first event was, whatever shard it fell to: who comes first in a shard
// is as new as in any other.
func (l *lane) begin(ctx context.Context, newest int64) error {
	began := int64(0)
	err := l.store.Range(ctx, checkpointPrefix, func(e bus.Entry) error {
		var c Checkpoint
		if err := json.Unmarshal(e.Value, &c); err != nil {
			return fmt.Errorf("checkpoint %s: %w", e.Key, err)
		}
		if c.Began > 0 && (began == 0 || c.Began < began) {
			began = c.Began
		}
		return nil
	})
	l.core.book.Begin(began, newest)
	return err
}

// loadSegments reads the eventIDs seen before the checkpoint, and begins a new segment.
func (l *lane) loadSegments(ctx context.Context) error {
	stored := map[uint64]bus.Entry{}
	err := l.store.Range(ctx, bus.Key(segmentPrefix, l.name), func(e bus.Entry) error {
		number, err := strconv.ParseUint(e.Key[strings.LastIndexByte(e.Key, '.')+1:], 10, 64)
		if err != nil {
			return fmt.Errorf("key %s names no segment", e.Key)
		}
		stored[number] = e
		return nil
	})
	if err != nil {
		return err
	}
	l.segments = nil
	next := uint64(0)
	for _, number := range slices.Sorted(maps.Keys(stored)) {
		next = number + 1
		e := stored[number]
		s := &segment{number: number, revision: e.Revision, full: true}
		err := decodeSegment(e.Value, l.checkpoint.Sequence, func(id uint64) {
			l.core.seen.add(id)
			s.count++
		})
		if err == nil {
			l.segments = append(l.segments, s)
		} else if err := l.discard(ctx, e, err); err != nil {
			return err
		}
	}
	l.segments = append(l.segments, &segment{number: next})
	return nil
}

// discard parks what cannot be read and removes it: without some duplicates or one actor known, all else goes on.
func (l *lane) discard(ctx context.Context, e bus.Entry, why error) error {
	if err := l.park(ctx, e.Key, why.Error(), e.Value); err != nil {
		return err
	}
	_, err := l.store.PutAll(ctx, []bus.KVWrite{{Key: e.Key, Expect: e.Revision, Delete: true}})
	return err
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
