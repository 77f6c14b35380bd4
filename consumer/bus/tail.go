package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Delivery is one stored message.
type Delivery struct {
	Subject  string
	Sequence uint64    // position in the stream, rising; other lanes of the stream take sequences in between
	Time     time.Time // when it was stored
	ID       string    // Message.ID
	Data     []byte    // the reader's own
	Pending  uint64    // messages of the lane that were waiting behind this one
}

// Tail calls visit for every message on subject with a sequence above after, in stream order, once each, and
// waits for new ones until ctx ends or visit returns an error, which Tail returns. A lost connection or a
// restarted server is waited for. At most a few MiB are held ahead of visit.
func (b *Bus) Tail(ctx context.Context, subject string, after uint64, visit func(Delivery) error) error {
	stream, err := streamOf(subject)
	if err != nil {
		return err
	}
	return b.follow(ctx, stream, subject, after, nil, deliver(visit))
}

// Scan is Tail for what is stored now: it returns nil after the last message that was stored before the call, or
// what has taken its place. Messages that are trimmed meanwhile may be left out.
func (b *Bus) Scan(ctx context.Context, subject string, after uint64, visit func(Delivery) error) error {
	stream, err := streamOf(subject)
	if err != nil {
		return err
	}
	return b.scan(ctx, stream, subject, after, deliver(visit))
}

func deliver(visit func(Delivery) error) visitFunc {
	return func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		return visit(Delivery{
			Subject: msg.Subject, Sequence: meta.Sequence.Stream, Time: meta.Timestamp,
			ID: msg.Header.Get(jetstream.MsgIDHeader), Data: msg.Data, Pending: meta.NumPending,
		})
	}
}

// Backlog counts the messages on subject with a sequence above after.
func (b *Bus) Backlog(ctx context.Context, subject string, after uint64) (uint64, error) {
	stream, err := streamOf(subject)
	if err != nil {
		return 0, err
	}
	consumer, err := b.js.CreateConsumer(ctx, stream, reader(subject, after))
	if err != nil {
		return 0, fmt.Errorf("backlog of %s: %w", subject, err)
	}
	info := consumer.CachedInfo()
	b.forget(stream, info.Name)
	return info.NumPending, nil
}

// Trim removes the messages on subject up to and including sequence upto. Other lanes keep theirs. It waits for a
// leader until ctx ends.
func (b *Bus) Trim(ctx context.Context, subject string, upto uint64) error {
	stream, err := streamOf(subject)
	if err != nil {
		return err
	}
	err = b.insist(ctx, "STREAM.PURGE."+stream, map[string]any{"filter": subject, "seq": upto + 1}, nil)
	if err != nil {
		return fmt.Errorf("trim %s: %w", subject, err)
	}
	return nil
}
