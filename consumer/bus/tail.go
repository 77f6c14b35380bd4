package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
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
	return b.follow(ctx, stream, subject, after, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		return visit(Delivery{
			Subject: msg.Subject, Sequence: meta.Sequence.Stream, Time: meta.Timestamp,
			ID: msg.Header.Get(jetstream.MsgIDHeader), Data: msg.Data, Pending: meta.NumPending,
		})
	})
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

// Trim removes the messages on subject up to and including sequence upto. Other lanes keep theirs.
func (b *Bus) Trim(ctx context.Context, subject string, upto uint64) error {
	stream, err := streamOf(subject)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"filter": subject, "seq": upto + 1})
	if err != nil {
		return err
	}
	var answer struct {
		Error *jetstream.APIError `json:"error"`
	}
	reply, err := b.nc.RequestWithContext(ctx, "$JS.API.STREAM.PURGE."+stream, body)
	if err == nil {
		err = json.Unmarshal(reply.Data, &answer)
	}
	if err == nil && answer.Error != nil {
		err = answer.Error
	}
	if err != nil {
		return fmt.Errorf("trim %s: %w", subject, b.closedOr(err))
	}
	return nil
}

const (
	pullMessages  = 512
	pullExpires   = 30 * time.Second
	pullHeartbeat = 5 * time.Second
	readerIdle    = time.Minute // the server forgets a reader that asks for nothing for so long
	forgetWait    = time.Second
)

func reader(filter string, after uint64) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		FilterSubject: filter, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: readerIdle,
	}
}

// forget deletes a reader on the server; one that cannot be deleted is forgotten by the server itself.
func (b *Bus) forget(stream, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), forgetWait)
	defer cancel()
	if err := b.js.DeleteConsumer(ctx, stream, name); err != nil {
		b.log.Debug("stream reader not deleted", zap.Error(err))
	}
}

type visitFunc func(*nats.Msg, *nats.MsgMetadata) error

// visitError carries an error of visit through follow, so that it is not taken for one of the connection.
type visitError struct{ error }

// follow is the one way to read a stream. It makes a reader on the server and replaces it, from the message
// after the last one visited, whenever the reader is gone, silent, or has skipped a delivery.
func (b *Bus) follow(ctx context.Context, stream, filter string, after uint64, visit visitFunc) error {
	var warned time.Time
	pause := retryFirst
	for {
		before := after
		err := b.read(ctx, stream, filter, &after, visit)
		if visited, ok := errors.AsType[visitError](err); ok {
			return visited.error
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if after > before {
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

var errSkipped = errors.New("a delivery was skipped")

// read visits messages through one reader until something goes wrong. It moves after along.
func (b *Bus) read(ctx context.Context, stream, filter string, after *uint64, visit visitFunc) error {
	consumer, err := b.js.CreateConsumer(ctx, stream, reader(filter, *after))
	if err != nil {
		return err
	}
	name := consumer.CachedInfo().Name
	defer b.forget(stream, name)
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return b.closedOr(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
	p := &pull{b: b, sub: sub, subject: "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + name, inbox: inbox, bytes: b.MaxPayload() + 64<<10}
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
		*after = meta.Sequence.Stream
	}
}

// pull asks the server for messages, a request at a time, so that no more than one request's bytes wait here.
type pull struct {
	b       *Bus
	sub     *nats.Subscription
	subject string
	inbox   string
	bytes   int // most of one request; above the largest message
	left    int // messages still to come of the request under way
	asked   int // requests so far; the server's words about earlier ones no longer matter
}

// next gives the next message, or the reason why the reader is of no use any more.
func (p *pull) next(ctx context.Context) (*nats.Msg, error) {
	for {
		if p.left == 0 {
			if err := p.ask(); err != nil {
				return nil, err
			}
		}
		msg, err := p.b.next(ctx, p.sub, 2*pullHeartbeat)
		if err != nil {
			return nil, err
		}
		status := msg.Header.Get("Status")
		switch {
		case status == "" || len(msg.Data) > 0:
			p.left--
			return msg, nil
		case status == "100": // heartbeat
		case msg.Subject != p.reply():
		case status == "408" || status == "404" || status == "409" && endsRequest(msg.Header.Get("Description")):
			p.left = 0
		default:
			return nil, fmt.Errorf("reader: %s %s", status, msg.Header.Get("Description"))
		}
	}
}

func (p *pull) ask() error {
	body, err := json.Marshal(map[string]any{
		"batch": pullMessages, "max_bytes": p.bytes, "expires": pullExpires, "idle_heartbeat": pullHeartbeat,
	})
	if err != nil {
		return err
	}
	p.left = pullMessages
	p.asked++
	return p.b.closedOr(p.b.nc.PublishRequest(p.subject, p.reply(), body))
}

func (p *pull) reply() string { return p.inbox + "." + strconv.Itoa(p.asked) }

// endsRequest tells the ends of a request from the ends of its reader, which share a status.
func endsRequest(description string) bool {
	return description == "Batch Completed" || description == "Message Size Exceeds MaxBytes"
}
