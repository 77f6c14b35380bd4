package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	windowMessages = 2000
	windowBytes    = 16 << 20
	batchLeast     = 16      // fewer are cheaper one by one: the server stages a batch in files of its own,
	batchLarge     = 8 << 10 // and so are larger ones, on the average
	batchMessages  = 1000    // the server's limit
	batchBytes     = 4 << 20 // beyond it the sync is a small part of the cost
)

// unit is one or several writes to a stream with one answer. Several are one atomic batch, which the server
// syncs to disk once: with every write synced, that is what makes many small writes cheap.
type unit struct {
	writes []*write
	stream string
	bytes  int
}

// units cuts writes into batches, in the order of each stream. Few writes, and one whose batch was refused, go
// alone.
func units(writes []*write) []unit {
	var all []unit
	open := map[string]int{} // stream -> index of the batch that may still grow
	for _, w := range writes {
		stream, size := w.stream, w.msg.Size()
		at, ok := open[stream]
		if ok && !w.alone && len(all[at].writes) < batchMessages && all[at].bytes+size <= batchBytes {
			all[at].writes = append(all[at].writes, w)
			all[at].bytes += size
			continue
		}
		all = append(all, unit{writes: []*write{w}, stream: stream, bytes: size})
		if w.alone {
			delete(open, stream)
		} else {
			open[stream] = len(all) - 1
		}
	}
	return split(all)
}

// split takes batches of few or large writes apart.
func split(all []unit) []unit {
	var out []unit
	for _, u := range all {
		if len(u.writes) >= batchLeast && u.bytes/len(u.writes) < batchLarge {
			out = append(out, u)
			continue
		}
		for _, w := range u.writes {
			out = append(out, unit{writes: []*write{w}, stream: u.stream, bytes: w.msg.Size()})
		}
	}
	return out
}

// attempt sends the writes once, a window at a time, and reads their answers. It returns why some are still
// unfinished.
func (b *Bus) attempt(ctx context.Context, writes []*write) error {
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return b.closedOr(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
	var cause error
	sent, answered, messages, bytes := 0, 0, 0, 0
	all := units(writes)
	for answered < len(all) {
		for sent < len(all) && (messages == 0 || messages+len(all[sent].writes) <= windowMessages && bytes+all[sent].bytes <= windowBytes) {
			if err := b.send(all[sent], inbox+"."+strconv.Itoa(sent)); err != nil {
				return b.closedOr(err)
			}
			messages, bytes = messages+len(all[sent].writes), bytes+all[sent].bytes
			sent++
		}
		reply, err := b.next(ctx, sub, ackWait)
		if err != nil {
			return fmt.Errorf("wait for the server's answer: %w", err)
		}
		index, err := strconv.Atoi(reply.Subject[len(inbox)+1:])
		if err != nil || index >= sent {
			continue
		}
		answered++
		messages, bytes = messages-len(all[index].writes), bytes-all[index].bytes
		if err := b.settle(all[index], reply); err != nil {
			cause = err
		}
	}
	return cause
}

// send puts a unit on the wire; the answer to its last message is the answer to all.
func (b *Bus) send(u unit, reply string) error {
	id := ""
	if len(u.writes) > 1 {
		id = nats.NewInbox()[len(nats.InboxPrefix):]
	}
	for i, w := range u.writes {
		w.repeated = w.repeated || w.unsure
		w.unsure = true
		out := &nats.Msg{Subject: w.msg.Subject, Header: w.msg.Header, Data: w.msg.Data}
		last := i == len(u.writes)-1
		if last {
			out.Reply = reply
		}
		if id != "" {
			out.Header = batchHeader(w.msg.Header, id, i+1, last)
		}
		if err := b.nc.PublishMsg(out); err != nil {
			return err
		}
	}
	return nil
}

func batchHeader(own nats.Header, id string, number int, last bool) nats.Header {
	header := make(nats.Header, len(own)+3)
	maps.Copy(header, own)
	header["Nats-Batch-Id"] = []string{id}
	header["Nats-Batch-Sequence"] = []string{strconv.Itoa(number)}
	if last {
		header["Nats-Batch-Commit"] = []string{"1"}
	}
	return header
}

var errBatchRefused = errors.New("batch refused")

// answer is what JetStream says to a publish.
type answer struct {
	Sequence  uint64              `json:"seq"` // of the last message
	Count     int                 `json:"count"`
	Duplicate bool                `json:"duplicate"`
	Error     *jetstream.APIError `json:"error"`
}

// settle notes the server's answer to a unit; an error means that it has to be sent again.
func (b *Bus) settle(u unit, reply *nats.Msg) error {
	for _, w := range u.writes {
		w.unsure = false
	}
	if len(reply.Data) == 0 {
		return fmt.Errorf("stream %s: %w", u.stream, nats.ErrNoResponders)
	}
	var ack answer
	if err := json.Unmarshal(reply.Data, &ack); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	n := len(u.writes)
	if ack.Error == nil || ack.Error.Code == 400 {
		b.acks.acked(u.stream)
	}
	switch {
	case ack.Error == nil && n > 1 && ack.Count != n:
		return fmt.Errorf("stream %s stored %d of a batch of %d", u.stream, ack.Count, n)
	case ack.Error == nil:
		if !ack.Duplicate {
			b.marks.acked(u.stream, ack.Sequence, n)
		}
		for i, w := range u.writes {
			w.sequence, w.done = ack.Sequence-uint64(n-1-i), true
		}
		return nil
	case n > 1:
		if ack.Error.Code == 400 || isFull(ack.Error.Description) { // something in it: find out what
			for _, w := range u.writes {
				w.alone = true
			}
			return fmt.Errorf("%w: %w", errBatchRefused, ack.Error)
		}
		return ack.Error
	}
	w := u.writes[0]
	if err := refusal(ack.Error, u.stream, w.msg.Subject, w.expected, w.msg.Size(), b.MaxPayload()); err != nil {
		w.err, w.done = err, true
		return nil
	}
	return ack.Error
}
