package bus

import (
	"context"
	"fmt"
	"time"
)

// Delivery is one stored message.
type Delivery struct {
	Subject  string
	Sequence uint64    // of Position, rising; other lanes of the stream take sequences in between
	Made     int64     // of Position
	Time     time.Time // when it was stored
	ID       string    // Message.ID
	Data     []byte    // the reader's own
	Pending  uint64    // messages of the lane that were waiting behind this one
	// Restarted marks a delivery that is no message: the lane begins anew with its first message. Store the position.
	Restarted bool
}

// Position is where the reader is once it is done with the delivery.
func (d Delivery) Position() Position { return Position{Sequence: d.Sequence, Made: d.Made} }

// Tail calls visit for every message on subject behind after, in stream order, once each, and
// waits for new ones until ctx ends or visit returns an error, which Tail returns. A lost connection or a
// restarted server is waited for. At most a few MiB are held ahead of visit.
//
// A stream that is not the one that after is of, or that has lost what after is of, is read anew from its first message:
// before that comes a delivery that is [Delivery.Restarted], and [Bus.Caught] is an error until the lane has caught up.
func (b *Bus) Tail(ctx context.Context, subject string, after Position, visit func(Delivery) error) error {
	stream, err := streamOf(subject)
	if err != nil {
		return err
	}
	c := &cursor{b: b, stream: stream, subject: subject, at: after, tell: visit}
	defer func() {
		if ctx.Err() != nil { // the lane may be another's now
			b.anew.remove(subject)
		}
	}()
	return b.follow(ctx, stream, subject, c, nil, c.deliver(visit))
}

// Caught is nil unless lanes are read anew and have not caught up.
func (b *Bus) Caught() error {
	if n := b.anew.len(); n > 0 {
		return fmt.Errorf("%d lanes are read anew from their first message, since their stream was made anew or has lost its end, and have not caught up", n)
	}
	return nil
}

// Scan is Tail for what is stored now: it returns nil after the last message that was stored before the call, or
// what has taken its place. Messages that are trimmed meanwhile may be left out.
func (b *Bus) Scan(ctx context.Context, subject string, after Position, visit func(Delivery) error) error {
	c, err := b.cursor(ctx, subject, after)
	if err != nil {
		return err
	}
	return b.scan(ctx, c.stream, subject, c.at.InStream(), c.deliver(visit))
}

// cursor is where a lane goes on behind a position, for those who only look.
func (b *Bus) cursor(ctx context.Context, subject string, after Position) (*cursor, error) {
	stream, err := streamOf(subject)
	if err != nil {
		return nil, err
	}
	s, err := b.look(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", subject, err)
	}
	at, _ := s.resume(after)
	return &cursor{b: b, stream: stream, subject: subject, at: at}, nil
}

// Backlog counts the messages on subject behind after.
func (b *Bus) Backlog(ctx context.Context, subject string, after Position) (uint64, error) {
	c, err := b.cursor(ctx, subject, after)
	if err != nil {
		return 0, err
	}
	stream := c.stream
	consumer, err := b.js.CreateConsumer(ctx, stream, reader(subject, c.at.InStream()))
	if err != nil {
		return 0, fmt.Errorf("backlog of %s: %w", subject, err)
	}
	info := consumer.CachedInfo()
	b.forget(stream, info.Name)
	return info.NumPending, nil
}

// Trim removes the messages on subject up to and including upto, unless they are another stream's by now. Other lanes keep
// theirs. It waits for a leader until ctx ends.
func (b *Bus) Trim(ctx context.Context, subject string, upto Position) error {
	stream, err := streamOf(subject)
	if err != nil || upto.InStream() == 0 {
		return err
	}
	if s, err := b.look(ctx, stream); err != nil {
		return fmt.Errorf("trim %s: %w", subject, err)
	} else if _, other := s.resume(upto); other {
		return nil // its reader will see that
	}
	err = b.insist(ctx, "STREAM.PURGE."+stream, map[string]any{"filter": subject, "seq": upto.InStream() + 1}, nil)
	if err != nil {
		return fmt.Errorf("trim %s: %w", subject, err)
	}
	return nil
}
