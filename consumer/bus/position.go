package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Position is how far a reader has come in a lane. The zero value is before everything. It is stored with the reader's
// state, and given back to [Bus.Tail] as it was stored.
type Position struct {
	// Sequence only ever rises. Its lower 40 bits are the sequence in the stream, the others count how often the lane
	// was read anew from its first message.
	Sequence uint64 `json:"sequence"`
	// Made says which stream of that name the sequence is one of: when it was made, Unix nanoseconds, or a little more for
	// one that has lost its end since; 0 in what earlier versions stored.
	Made int64 `json:"made,omitempty"`
}

// sequenceBits hold the sequence in the stream: a million messages a second for twelve days, or a hundred for 348 years.
const sequenceBits = 40

// InStream is the sequence in the stream itself.
func (p Position) InStream() uint64 { return p.Sequence & (1<<sequenceBits - 1) }

// Restarts is how often the lane was read anew from its first message, because the stream was not the one, or not as long
// as, the position says.
func (p Position) Restarts() uint64 { return p.Sequence >> sequenceBits }

// at is a position in the same stream.
func (p Position) at(sequence uint64) Position {
	return Position{Sequence: p.Restarts()<<sequenceBits | sequence, Made: p.Made}
}

// restarted is the position before the first message of a stream that takes the place of the one before.
func (p Position) restarted(made int64) Position {
	return Position{Sequence: (p.Restarts() + 1) << sequenceBits, Made: made}
}

// stream is what the server says of a stream.
type stream struct {
	created int64 // Unix nanoseconds
	// made is a name for the stream as long as it loses nothing: created, and a nanosecond for each time it lost its end.
	// It is 0 when this process may not ask.
	made int64
	jetstream.StreamState
	replicas []string // what is wrong with them
}

// look asks for a stream's state. It waits for a leader until ctx ends.
func (b *Bus) look(ctx context.Context, name string) (stream, error) {
	var answer jetstream.StreamInfo
	err := b.insist(ctx, "STREAM.INFO."+name, nil, &answer)
	if errors.Is(err, errNotAllowed) { // a user with the rights of an earlier version
		return stream{}, nil
	}
	if err != nil {
		return stream{}, err
	}
	created := answer.Created.UnixNano()
	s := stream{created: created, made: created, StreamState: answer.State}
	if b.server != nil {
		known, _ := b.marks.get(name)
		s.made += int64(known.losses)
	}
	if answer.Cluster != nil {
		for _, replica := range answer.Cluster.Replicas {
			if replica.Offline {
				s.replicas = append(s.replicas, "replica "+replica.Name+" is offline")
			}
		}
	}
	return s, nil
}

// resume compares a position with the stream it is of. It gives where to go on, and whether that is the first message of
// another stream, or of one that has lost its end.
func (s stream) resume(at Position) (_ Position, restarted bool) {
	switch {
	case s.made == 0 || at == Position{}:
		return Position{Sequence: at.Sequence, Made: max(at.Made, s.made)}, false
	case at.InStream() > s.LastSeq, at.Made != 0 && at.Made != s.made:
		return at.restarted(s.made), true
	default:
		return Position{Sequence: at.Sequence, Made: s.made}, false
	}
}

// cursor is a lane's position while it is read.
type cursor struct {
	b       *Bus
	stream  string
	subject string
	at      Position
	behind  uint64 // messages still to be read anew
	gone    bool   // the stream was away meanwhile: even if it has the same name and is as long, it is another
	tell    func(Delivery) error
}

func (c *cursor) after() uint64 { return c.at.InStream() }

// opened is asked once a reader was made on the server, which is gone with its stream: whatever the stream is now, it is
// the reader's. It tells whether the reader has to be made anew, from the stream's first message.
func (c *cursor) opened(ctx context.Context, pending uint64) (restarted bool, err error) {
	s, err := c.b.look(ctx, c.stream)
	if err != nil {
		return false, err
	}
	before := c.at
	if c.at, restarted = s.resume(before); c.gone && !restarted && before != (Position{}) {
		c.at, restarted = before.restarted(s.made), true
	}
	c.gone = false
	if !restarted {
		c.behind = 0
		if c.b.anew.has(c.subject) {
			c.count(pending)
		}
		return false, nil
	}
	c.b.log.Error("stream is not the one its reader knows, or has lost its end: the lane is read anew from its first message",
		zap.String("stream", c.stream), zap.String("subject", c.subject), zap.Uint64("position", before.InStream()),
		zap.Uint64("last_sequence", s.LastSeq), zap.Uint64("messages", s.Msgs),
		zap.Time("made", time.Unix(0, s.made).UTC()), zap.Time("known_made", time.Unix(0, before.Made).UTC()))
	c.b.metrics.restarts.WithLabelValues(c.stream).Inc()
	c.b.anew.add(c.subject)
	c.b.metrics.anew.Set(float64(c.b.anew.len()))
	if err := c.tell(Delivery{Subject: c.subject, Sequence: c.at.Sequence, Made: c.at.Made, Restarted: true, Time: time.Now(), Pending: s.Msgs}); err != nil {
		return true, visitError{err}
	}
	return true, nil
}

// failed notes a stream that is not there: when it is back it may have been restored from a backup, and longer again than the
// position.
func (c *cursor) failed(err error) { c.gone = c.gone || errors.Is(err, jetstream.ErrStreamNotFound) }

// count sets how many messages have to be read until the lane has caught up.
func (c *cursor) count(pending uint64) {
	if c.behind = pending; pending == 0 {
		c.b.anew.remove(c.subject)
		c.b.metrics.anew.Set(float64(c.b.anew.len()))
	}
}

// visited moves the cursor behind a message.
func (c *cursor) visited(sequence uint64) {
	c.at = c.at.at(sequence)
	if c.behind > 0 {
		c.count(c.behind - 1)
	}
}

// deliver makes a message a delivery of the lane.
func (c *cursor) deliver(visit func(Delivery) error) visitFunc {
	return func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		return visit(Delivery{
			Subject: msg.Subject, Sequence: c.at.at(meta.Sequence.Stream).Sequence, Made: c.at.Made, Time: meta.Timestamp,
			ID: msg.Header.Get(jetstream.MsgIDHeader), Data: msg.Data, Pending: meta.NumPending,
		})
	}
}

// names is a set of names.
type names struct {
	mu  sync.Mutex
	all map[string]bool
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]bool{}
	}
	n.all[name] = true
}

func (n *names) remove(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.all, name)
}

func (n *names) has(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all[name]
}

func (n *names) len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.all)
}
