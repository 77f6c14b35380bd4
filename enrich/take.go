package enrich

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

const (
	// fetches is how many actors are asked for at once.
	fetches = 32
	// fullPause is how long a full stream is left alone before the next attempt.
	fullPause = time.Second
)

// scan reads the headers of the batch at hand. A record that has none is parked and counted; its header stays
// empty.
func (l *lane) scan(ctx context.Context, d bus.Delivery) error {
	for len(l.headers) < len(l.batch.Records) {
		l.headers = append(l.headers, cloudtrail.Header{})
	}
	l.unread = l.unread[:0]
	for i, raw := range l.batch.Records {
		_, err := l.headers[i].Scan(raw)
		l.unread = append(l.unread, err != nil)
		if err == nil {
			continue
		}
		l.outcomes[Quarantined]++
		if err := l.park(ctx, recordID(d, i), err.Error(), raw); err != nil {
			return err
		}
	}
	return nil
}

// fetch brings the actors of the batch at hand into memory that are in the store alone.
func (l *lane) fetch(ctx context.Context) error {
	l.missing = l.missing[:0]
	for i := range l.batch.Records {
		if !l.unread[i] {
			l.missing = l.core.book.Missing(&l.headers[i], l.missing)
		}
	}
	if len(l.missing) == 0 {
		return nil
	}
	ids := unique(l.missing)
	entries := make([]bus.Entry, len(ids))
	g, fetch := errgroup.WithContext(ctx)
	g.SetLimit(fetches)
	for i, id := range ids {
		g.Go(func() error {
			entry, ok, err := l.store.Get(fetch, actorKey(l.shard, id))
			if ok {
				entries[i] = entry
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, e := range entries {
		if e.Value == nil {
			continue
		}
		if err := l.restore(ctx, ids[i], e); err != nil {
			return err
		}
	}
	return nil
}

func unique(ids []history.ID) []history.ID {
	seen := make(map[history.ID]bool, len(ids))
	var once []history.ID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			once = append(once, id)
		}
	}
	return once
}

// restore gives an actor back to the book. A page that cannot be read is parked, and the actor begins anew.
func (l *lane) restore(ctx context.Context, id history.ID, e bus.Entry) error {
	err := l.core.book.Restore(history.Page{ID: id, Revision: e.Revision, Value: e.Value})
	if err == nil {
		return nil
	}
	return l.discard(ctx, e, err)
}

// publish returns nil when all findings are stored. One that is too large for the stream is parked.
func (l *lane) publish(ctx context.Context, found []bus.Message) error {
	if len(found) == 0 {
		return nil
	}
	if err := l.held(); err != nil { // the next owner may have trimmed the stream under this one's hands
		return err
	}
	err := l.insist(ctx, func() error { return l.stream.Publish(ctx, found...) })
	var tooLarge *bus.TooLargeError
	if !errors.As(err, &tooLarge) {
		return err
	}
	if len(found) > 1 {
		for i := range found {
			if err := l.publish(ctx, found[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	l.outcomes[Matched]--
	l.outcomes[Quarantined]++
	return l.park(ctx, found[0].ID, err.Error(), found[0].Data)
}

func (l *lane) park(ctx context.Context, id, reason string, data []byte) error {
	return l.insist(ctx, func() error { return l.stream.Park(ctx, stage, id, reason, data) })
}

// insist tries again while a stream is full: the events wait in theirs meanwhile.
func (l *lane) insist(ctx context.Context, try func() error) error {
	for {
		err := try()
		var full *bus.FullError
		if !errors.As(err, &full) {
			return err
		}
		pause := time.NewTimer(fullPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(ctx.Err(), err)
		case <-pause.C:
		}
	}
}
