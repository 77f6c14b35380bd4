package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

const (
	pullMessages  = 512
	pullAhead     = 512 << 10 // bytes about, that wait here at most once the size of the messages is known
	pullExpires   = 30 * time.Second
	pullHeartbeat = time.Second
	scanHeartbeat = 250 * time.Millisecond
	beatsMissed   = 4               // heartbeats that do not come before a reader is taken for lost, with its node perhaps
	leastSilence  = 2 * time.Second // for a server that is busy
	readerIdle    = time.Minute     // the server forgets a reader that asks for nothing for so long
)

func reader(filter string, after uint64) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		FilterSubject: filter, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: readerIdle,
	}
}

// forget deletes a reader on the server, and waits for no answer: one that is not deleted is forgotten by the server
// itself.
func (b *Bus) forget(stream, name string) {
	if err := b.nc.Publish("$JS.API.CONSUMER.DELETE."+stream+"."+name, nil); err != nil {
		b.log.Debug("stream reader not deleted", zap.Error(err))
	}
}

type visitFunc func(*nats.Msg, *nats.MsgMetadata) error

// visitError carries an error of visit through follow, so that it is not taken for one of the connection.
type visitError struct{ error }

// follow is the one way to read a stream. It makes a reader on the server and replaces it, from the message
// after the last one visited, whenever the reader is gone, silent, or has skipped a delivery. idle, unless it is
// nil, is asked soon after the server has had nothing to send, and may end it with an error, as visit may.
func (b *Bus) follow(ctx context.Context, stream, filter string, from place, idle func() error, visit visitFunc) error {
	var warned time.Time
	pause := retryFirst
	for {
		before := from.after()
		err := b.read(ctx, stream, filter, from, idle, visit)
		if visited, ok := errors.AsType[visitError](err); ok {
			return visited.error
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, errRestarted) {
			continue
		}
		from.failed(err)
		if from.after() > before {
			pause = retryFirst
		}
		if pause >= retryMost && time.Since(warned) > warnEvery {
			warned = time.Now()
			b.log.Warn("stream reader replaced", zap.String("subject", filter), zap.Error(err))
		}
		if err := b.wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, retryMost)
	}
}

// errEnd ends a scan.
var errEnd = errors.New("end of scan")

// errIdle says that a scan waits for what is not there any more.
var errIdle = errors.New("nothing more to scan")

// scan visits what is on filter now with a sequence above after, up to the latest message its leader knows of when
// the scan begins. What is removed meanwhile is not waited for.
func (b *Bus) scan(ctx context.Context, stream, filter string, after uint64, visit visitFunc) error {
	for {
		end, ok, err := b.latest(ctx, stream, filter)
		if err != nil || !ok || end.Sequence <= after {
			return err
		}
		err = b.follow(ctx, stream, filter, &sequence{after}, func() error { return errIdle }, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
			if err := visit(msg, meta); err != nil {
				return err
			}
			if after = meta.Sequence.Stream; after >= end.Sequence {
				return errEnd
			}
			return nil
		})
		switch {
		case errors.Is(err, errEnd):
			return nil
		case !errors.Is(err, errIdle):
			return err
		}
	}
}

var (
	errSkipped   = errors.New("a delivery was skipped")
	errRestarted = errors.New("the stream is read anew")
)

// place is where in a stream a reader is.
type place interface {
	after() uint64 // the sequence visited last
	// opened is asked once a reader behind after was made, with what it has to read; see cursor.
	opened(ctx context.Context, pending uint64) (restarted bool, err error)
	visited(sequence uint64)
	// failed is told why there is no reader any more.
	failed(err error)
}

// sequence is the place of a reader whose stream does not change while it reads.
type sequence struct{ last uint64 }

func (s *sequence) after() uint64                                { return s.last }
func (s *sequence) opened(context.Context, uint64) (bool, error) { return false, nil }
func (s *sequence) visited(last uint64)                          { s.last = last }
func (s *sequence) failed(error)                                 {}

// read visits messages through one reader until something goes wrong. It moves the place along.
func (b *Bus) read(ctx context.Context, stream, filter string, from place, idle func() error, visit visitFunc) error {
	consumer, err := b.js.CreateConsumer(ctx, stream, reader(filter, from.after()))
	if err != nil {
		return err
	}
	name := consumer.CachedInfo().Name
	defer b.forget(stream, name)
	if restarted, err := from.opened(ctx, consumer.CachedInfo().NumPending); err != nil {
		return err
	} else if restarted {
		return errRestarted
	}
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return b.closedOr(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
	p := &pull{b: b, sub: sub, subject: "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + name, inbox: inbox, bytes: b.MaxPayload() + 64<<10, idle: idle}
	for delivered := uint64(0); ; {
		msg, err := p.next(ctx)
		if err != nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		if delivered++; meta.Sequence.Consumer != delivered {
			return errSkipped
		}
		if err := visit(msg, meta); err != nil {
			return visitError{err}
		}
		from.visited(meta.Sequence.Stream)
	}
}
