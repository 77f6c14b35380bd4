package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Message is one message to publish.
type Message struct {
	Subject string
	ID      string // a repeated ID within two minutes is stored once; empty is never recognised
	Data    []byte // at most Bus.MaxPayload bytes
}

// Publish returns nil only once every message is stored where a crash of this process cannot lose it. It keeps
// a bounded number in flight and tries again, until ctx ends, what could not be stored because the server was
// away or busy. The messages of one call are stored in their order unless one of them had to be tried again.
//
// After an error some messages may be stored and some not: publishing all of them again, with the same IDs, is
// safe. The errors of note are [*FullError], [*TooLargeError] and that of ctx.
func (b *Bus) Publish(ctx context.Context, msgs ...Message) error {
	writes := make([]write, len(msgs))
	for i, m := range msgs {
		msg := &nats.Msg{Subject: m.Subject, Data: m.Data}
		if m.ID != "" {
			msg.Header = nats.Header{jetstream.MsgIDHeader: {m.ID}}
		}
		writes[i] = write{msg: msg}
	}
	if err := b.store(ctx, writes); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for i := range writes {
		if err := writes[i].err; err != nil {
			return fmt.Errorf("publish to %s: %w", writes[i].msg.Subject, err)
		}
	}
	return nil
}

// write is one message on its way into a stream, and what became of it.
type write struct {
	msg      *nats.Msg
	stream   string // which stores it
	expected uint64 // revision demanded, for the error only
	unsure   bool   // the latest attempt has not been answered
	repeated bool   // an earlier attempt was never answered, and may have been stored
	alone    bool   // a batch with it was refused
	done     bool
	sequence uint64
	err      error // a refusal that trying again at once will not change
}

const (
	ackWait    = 5 * time.Second
	retryFirst = 50 * time.Millisecond
	retryMost  = 5 * time.Second
	warnEvery  = 30 * time.Second
)

// store brings every write to its end: stored, or refused for good. It returns an error only when ctx ends or
// the bus is closed first.
func (b *Bus) store(ctx context.Context, writes []write) error {
	pending := make([]*write, 0, len(writes))
	for i := range writes {
		if err := b.admit(&writes[i]); err != nil {
			writes[i].err, writes[i].done = err, true
			continue
		}
		pending = append(pending, &writes[i])
	}
	if len(pending) > 0 {
		w := b.acks.begin(pending[0].stream)
		defer b.acks.end(w)
	}
	var warned time.Time
	for pause := retryFirst; len(pending) > 0; pause = min(2*pause, retryMost) {
		cause := b.attempt(ctx, pending)
		pending = unfinished(pending)
		if len(pending) == 0 {
			break
		}
		if errors.Is(cause, errBatchRefused) {
			continue // its messages go one by one, at once
		}
		if b.disk.low() {
			for _, w := range pending {
				w.err, w.done = &FullError{Stream: w.stream, Reason: lowDisk}, true
			}
			return nil
		}
		if err := b.wait(ctx, pause); err != nil {
			return errors.Join(err, cause)
		}
		b.metrics.retries.Add(float64(len(pending)))
		if time.Since(warned) > warnEvery {
			warned = time.Now()
			b.log.Warn("publish tried again", zap.Int("messages", len(pending)), zap.Error(cause))
		}
	}
	return nil
}

func unfinished(writes []*write) []*write {
	var left []*write
	for _, w := range writes {
		if !w.done {
			left = append(left, w)
		}
	}
	return left
}

// admit refuses what cannot or should not be sent at all.
func (b *Bus) admit(w *write) error {
	stream, err := streamOf(w.msg.Subject)
	if err != nil {
		return err
	}
	w.stream = stream
	if size := w.msg.Size(); size > b.MaxPayload() {
		return &TooLargeError{Subject: w.msg.Subject, Size: size, Limit: b.MaxPayload()}
	}
	if stream == streamEvents && b.disk.low() {
		return &FullError{Stream: stream, Reason: lowDisk}
	}
	return nil
}

// next waits for a message on sub, for at most patience.
func (b *Bus) next(ctx context.Context, sub *nats.Subscription, patience time.Duration) (*nats.Msg, error) {
	if msg, err := sub.NextMsg(0); err == nil {
		return msg, nil
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg, err := sub.NextMsgWithContext(wait)
	if err != nil {
		return nil, b.closedOr(err)
	}
	return msg, nil
}

// wait pauses for d, or until ctx ends or the bus is closed.
func (b *Bus) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-b.closed:
		return ErrClosed
	}
}
