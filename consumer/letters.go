package consumer

import (
	"bytes"
	"context"
	"fmt"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

const (
	// maxLetters is how many letters may wait to be parked; who has more to park waits, and nobody else.
	maxLetters = 256
	// lettersEach is how many broken records of one object or message are parked one by one. The others are one letter.
	lettersEach = 100
)

// broken is what could not be read of one object or message.
type broken struct {
	of          string // the object or message; a place in it is appended
	count       int
	first, last int    // places of those beyond lettersEach
	reason      string // of the first of these
	head        []byte // of the first of these
}

// parkOne parks what could not be read at a place, or notes it for parkRest.
func (c *collector) parkOne(ctx context.Context, u *unit, b *broken, at int, reason string, raw []byte) error {
	if b.count++; b.count <= lettersEach {
		return c.park(ctx, u, fmt.Sprintf("%s%d", b.of, at), reason, raw)
	}
	if b.count == lettersEach+1 {
		b.first, b.reason, b.head = at, reason, bytes.Clone(raw[:min(len(raw), bus.MaxLetter)])
	}
	b.last = at
	return nil
}

// parkRest parks one letter for all that got none of their own.
func (c *collector) parkRest(ctx context.Context, u *unit, b *broken) error {
	if b.count <= lettersEach {
		return nil
	}
	reason := fmt.Sprintf("%d more could not be read, the first of them: %s", b.count-lettersEach, b.reason)
	return c.park(ctx, u, fmt.Sprintf("%s%d-%d", b.of, b.first, b.last), reason, b.head)
}

// letter is what could not be read, on its way to the dead letters.
type letter struct {
	bus.Letter
	units []*unit // which wait for it
}

// park hands over what the unit could not use. The unit's stored channel closes only when the letter is stored, but who
// parks goes on at once unless very many letters wait.
func (c *collector) park(ctx context.Context, u *unit, id, reason string, data []byte) error {
	l := newLetter(u, id, reason, data)
	c.mu.Lock()
	for len(c.letters) >= maxLetters {
		room := c.room
		c.mu.Unlock()
		select {
		case <-room:
			c.mu.Lock()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.post(l)
	c.mu.Unlock()
	return nil
}

func newLetter(u *unit, id, reason string, data []byte) letter {
	return letter{
		Letter: bus.Letter{ID: id, Again: u.again, Reason: reason, Data: bytes.Clone(data[:min(len(data), bus.MaxLetter)]), Size: len(data)},
		units:  []*unit{u},
	}
}

// post makes the units of a letter wait for it. The mutex is held.
func (c *collector) post(l letter) {
	for _, u := range l.units {
		u.open++
	}
	c.letters = append(c.letters, l)
	select {
	case c.posted <- struct{}{}:
	default:
	}
}

// runLetters parks letters until ctx ends, beside the publishing of what is sound.
func (c *collector) runLetters(ctx context.Context) {
	for {
		select {
		case <-c.posted:
		case <-ctx.Done():
			return
		}
		for more := true; more; {
			var err error
			if more, err = c.parkRound(ctx); err != nil {
				return // ctx ended, and so have the units' handlers
			}
		}
	}
}

// parkRound parks all letters there are and tells their units; more is false when there were none.
func (c *collector) parkRound(ctx context.Context) (more bool, err error) {
	c.mu.Lock()
	round := c.letters[:len(c.letters):len(c.letters)]
	c.mu.Unlock()
	if len(round) == 0 {
		return false, nil
	}
	letters := make([]bus.Letter, len(round))
	for i, l := range round {
		letters[i] = l.Letter
	}
	if err := c.insist(ctx, "parking failed", &c.unparked, func() error { return c.store.ParkAll(ctx, stage, letters...) }); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range round {
		for _, u := range l.units {
			u.leave()
		}
	}
	c.letters = append([]letter(nil), c.letters[len(round):]...)
	close(c.room)
	c.room = make(chan struct{})
	return true, nil
}
