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
	maxReason        = 512     // bytes
	maxDeadID        = 3 << 9  // bytes: an object's key of 1,024, its bucket, and the place in it
	MaxLetter        = 4 << 10 // bytes of the data of a dead letter
	letterBytes      = 3 << 12 // what a letter takes at most: its data, and id and reason escaped
	deadStages       = 4       // consumer, enrich, alerting, notify: each has a share of its own
)

// Letter is what a stage could not use.
type Letter struct {
	// ID says where it came from, and where the whole of it can be read again: an object, a message, an event. The same
	// ID of a stage is stored once within an hour.
	ID string
	// Again tells letters of the same ID apart that are parked when something is tried again by hand.
	Again  string
	Reason string
	Data   []byte // its first MaxLetter bytes are kept
	Size   int    // bytes of the whole; len(Data) if that is more
}

// Dead is an entry of the dead letters.
type Dead struct {
	Sequence uint64
	Stage    string
	ID       string // where it came from, as the stage names it: an object, a message, an event
	Reason   string
	Time     time.Time
	Data     []byte
	Size     int // bytes parked; more than len(Data) when only the head was kept
}

// Park stores what a stage could not use, so that people can see it and run it again. It returns nil only when
// the letter is stored: there is always room, for a stage whose share is full loses its oldest letter.
func (b *Bus) Park(ctx context.Context, stage, id, reason string, data []byte) error {
	return b.ParkAll(ctx, stage, Letter{ID: id, Reason: reason, Data: data})
}

// ParkAll is Park for many letters at once.
func (b *Bus) ParkAll(ctx context.Context, stage string, letters ...Letter) error {
	writes := make([]write, len(letters))
	for i, l := range letters {
		head := l.Data[:min(len(l.Data), MaxLetter)]
		key := Key(stage, l.ID)
		if l.Again != "" {
			key = Key(stage, l.ID, l.Again)
		}
		writes[i].msg = &nats.Msg{Subject: deadSubject(stage), Data: head, Header: nats.Header{
			jetstream.MsgIDHeader: {key},
			headerDeadStage:       {url.QueryEscape(stage)},
			headerDeadID:          {url.QueryEscape(l.ID[:min(len(l.ID), maxDeadID)])},
			headerDeadReason:      {url.QueryEscape(l.Reason[:min(len(l.Reason), maxReason)])},
			headerDeadSize:        {strconv.Itoa(max(l.Size, len(l.Data)))},
		}}
	}
	before := b.shares.before(ctx, b, stage)
	if err := b.store(ctx, writes); err != nil {
		return fmt.Errorf("park %d letters of %s: %w", len(letters), stage, err)
	}
	for i, l := range letters {
		if err := writes[i].err; err != nil {
			return fmt.Errorf("park %s of %s: %w", Key(l.ID), stage, err)
		}
	}
	b.metrics.parked.Add(float64(len(letters)))
	b.shares.after(ctx, b, stage, before, len(letters))
	return nil
}

// ListDead calls visit for every entry of a stage, or of all stages when stage is empty, with a sequence above after,
// oldest first. An error of visit ends it and is returned.
func (b *Bus) ListDead(ctx context.Context, stage string, after uint64, visit func(Dead) error) error {
	subject := "trail.dead.*"
	if stage != "" {
		subject = deadSubject(stage)
	}
	return b.scan(ctx, streamDead, subject, after, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		return visit(deadOf(msg.Header, meta.Sequence.Stream, meta.Timestamp, msg.Data))
	})
}

// GetDead gives one entry; ok is false if there is none of that sequence.
func (b *Bus) GetDead(ctx context.Context, sequence uint64) (d Dead, ok bool, err error) {
	var answer struct {
		Message struct {
			stored
			Time time.Time `json:"time"`
		} `json:"message"`
	}
	err = b.insist(ctx, "STREAM.MSG.GET."+streamDead, map[string]any{"seq": sequence}, &answer)
	m := &answer.Message
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return Dead{}, false, nil
	case err != nil:
		return Dead{}, false, fmt.Errorf("read dead letter %d: %w", sequence, err)
	}
	if m.header, err = nats.DecodeHeadersMsg(m.RawHead); err != nil {
		return Dead{}, false, fmt.Errorf("read dead letter %d: %w", sequence, err)
	}
	return deadOf(m.header, m.Sequence, m.Time, m.Data), true, nil
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

// DropDeadOf removes all entries of a stage, and says how many there were.
func (b *Bus) DropDeadOf(ctx context.Context, stage string) (dropped uint64, err error) {
	var answer struct {
		Purged uint64 `json:"purged"`
	}
	if err := b.request(ctx, "STREAM.PURGE."+streamDead, map[string]any{"filter": deadSubject(stage)}, &answer); err != nil {
		return 0, fmt.Errorf("drop dead letters of %s: %w", stage, err)
	}
	return answer.Purged, nil
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
