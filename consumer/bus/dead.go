package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of a dead letter. Their values are URL-escaped: they hold text from outside.
const (
	headerDeadID     = "Trail-Id"
	headerDeadReason = "Trail-Reason"
	headerDeadSize   = "Trail-Size"
	headerDeadStage  = "Trail-Stage"
	maxReason        = 2 << 10 // bytes
	maxDeadID        = 4 << 10 // bytes
	deadHeaders      = 64 << 10
)

// Dead is an entry of the dead letters.
type Dead struct {
	Sequence uint64
	Stage    string
	ID       string // where it came from, as the stage names it: an object, a message, an event
	Reason   string
	Time     time.Time
	Data     []byte
	Size     int // bytes parked; more than len(Data) when only the head fitted
}

// Park stores what a stage could not use, so that people can see it and run it again. It returns nil only when
// the entry is stored; [*FullError] when the dead letters have no room, and the source has to wait. Data beyond
// the largest message is cut, so id has to say where the whole can be read again. Parking the same id of a stage
// twice within an hour stores it once.
func (b *Bus) Park(ctx context.Context, stage, id, reason string, data []byte) error {
	head := data[:min(len(data), b.MaxPayload()-deadHeaders)]
	msg := &nats.Msg{Subject: deadSubject(stage), Data: head, Header: nats.Header{
		jetstream.MsgIDHeader: {Key(stage, id)},
		headerDeadStage:       {url.QueryEscape(stage)},
		headerDeadID:          {url.QueryEscape(id[:min(len(id), maxDeadID)])},
		headerDeadReason:      {url.QueryEscape(reason[:min(len(reason), maxReason)])},
		headerDeadSize:        {strconv.Itoa(len(data))},
	}}
	writes := []write{{msg: msg}}
	if err := errors.Join(b.store(ctx, writes), writes[0].err); err != nil {
		return fmt.Errorf("park %s of %s: %w", Key(id), stage, err)
	}
	b.metrics.parked.Inc()
	return nil
}

// ListDead calls visit for every entry of a stage, or of all stages when stage is empty, oldest first.
// An error of visit ends it and is returned.
func (b *Bus) ListDead(ctx context.Context, stage string, visit func(Dead) error) error {
	subject := "trail.dead.*"
	if stage != "" {
		subject = deadSubject(stage)
	}
	return b.scan(ctx, streamDead, subject, 0, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		return visit(deadOf(msg.Header, meta.Sequence.Stream, meta.Timestamp, msg.Data))
	})
}

// DropDead removes an entry that was run again or given up. An entry already gone is no error.
func (b *Bus) DropDead(ctx context.Context, sequence uint64) error {
	err := b.request(ctx, "STREAM.MSG.DELETE."+streamDead, map[string]any{"seq": sequence}, nil)
	if err == nil {
		return nil
	}
	gone := b.request(ctx, "STREAM.MSG.GET."+streamDead, map[string]any{"seq": sequence}, nil)
	if errors.Is(gone, jetstream.ErrMsgNotFound) {
		return nil
	}
	return fmt.Errorf("drop dead letter %d: %w", sequence, err)
}

func deadOf(header nats.Header, sequence uint64, stored time.Time, data []byte) Dead {
	text := func(key string) string {
		value, err := url.QueryUnescape(header.Get(key))
		if err != nil {
			return header.Get(key) // not ours: show it as it is
		}
		return value
	}
	size, err := strconv.Atoi(header.Get(headerDeadSize))
	if err != nil {
		size = len(data)
	}
	return Dead{
		Sequence: sequence, Stage: text(headerDeadStage), ID: text(headerDeadID), Reason: text(headerDeadReason),
		Time: stored, Data: data, Size: size,
	}
}
