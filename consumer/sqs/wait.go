package sqs

import (
	"context"
	"slices"
	"time"
)

const (
	maxWaiting = 10_000        // messages that wait and can be woken; more come again by themselves
	wokenOnce  = 4 * time.Hour // in which a message is woken once at most: what fails all the same fails by itself
)

// WaitError is a handler's error when a message must wait for something that other messages may wait for as well. It
// becomes visible again as after any error, and at once when Wake is called for what it waits for. It is no sign that
// other messages will fail.
type WaitError struct {
	On    string      // what the message waits for
	Over  func() bool // whether that has come since the handler was called
	Known bool        // it is logged already that messages wait for it
	Err   error
}

// Error is that of Err.
func (e *WaitError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *WaitError) Unwrap() error { return e.Err }

// Wake makes the messages visible that wait for what has come now. It only starts it; Run does it.
func (q *Queue) Wake(on string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for id, m := range q.waiting[on] {
		if m.until.After(now) { // else it has come again
			q.waking = append(q.waking, m)
			q.woken[id] = now
		}
	}
	delete(q.waiting, on)
	select {
	case q.wakes <- struct{}{}:
	default:
	}
}

// await notes that a message, which was given back, waits.
func (q *Queue) await(m *Message, e *WaitError) {
	q.mu.Lock()
	if q.mayWait(m) {
		if q.waiting[e.On] == nil {
			q.waiting[e.On] = map[string]*Message{}
		}
		q.waiting[e.On][m.ID] = &Message{ID: m.ID, receipt: m.receipt, until: m.until} // without its body
	}
	q.mu.Unlock()
	if e.Over() {
		q.Wake(e.On)
	}
}

// mayWait reports whether there is room for one more message to be woken, and it was not woken before. The mutex is held.
func (q *Queue) mayWait(m *Message) bool {
	now := time.Now()
	if last, ok := q.woken[m.ID]; ok && now.Sub(last) < wokenOnce {
		return false
	}
	total := len(q.woken)
	for _, waiting := range q.waiting {
		total += len(waiting)
	}
	if total < maxWaiting {
		return true
	}
	for id, last := range q.woken {
		if now.Sub(last) >= wokenOnce {
			delete(q.woken, id)
		}
	}
	for _, waiting := range q.waiting {
		for id, w := range waiting {
			if !w.until.After(now) {
				delete(waiting, id)
			}
		}
	}
	return false // the next one finds the room
}

// wakeUp makes visible what Wake was called for, until ctx ends.
func (q *Queue) wakeUp(ctx context.Context) {
	for {
		select {
		case <-q.wakes:
		case <-ctx.Done():
			return
		}
		q.mu.Lock()
		waking := q.waking
		q.waking = nil
		q.mu.Unlock()
		for batch := range slices.Chunk(waking, batchSize) {
			if ctx.Err() != nil {
				return
			}
			q.show(ctx, batch, 0)
		}
	}
}
