package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

const (
	probeEvery = 30 * time.Second // between two tries of a bucket of which nothing can be read
	namedAfter = 10 * time.Minute // of nothing read, for a bucket to be named
	// A bucket of which so many objects failed in so much time, and none was read, is closed: others are not tried, for each
	// may take as long as a read may. Where S3 refuses all of them, which it does at once, they are.
	closeObjects = 4
	closeAfter   = 10 * time.Second
)

// bucket is what is known of reading from one log bucket. While nothing of it can be read, one of its messages is kept
// at hand and tried every probeEvery, and the others wait in the queue.
type bucket struct {
	name     string
	index    int64               // that its metric has
	released func(bucket string) // called when it can be read again
	stopped  <-chan struct{}     // closed when no message is to be kept any more
	log      *zap.Logger

	fetches, readers chan struct{} // its places among all

	mu       sync.Mutex
	read     bool                // something was, since the start
	last     time.Time           // when that was, the last time
	since    time.Time           // of the first try after that which failed; zero while the bucket can be read
	recovers int                 // how often something was read again after a failure
	failed   map[string]struct{} // names of objects that have failed since then, closeObjects of them at most
	sure     bool                // one of the failures was not that of an object that may be missing,
	slow     bool                // one was no refusal
	cause    error               // of the last failure
	tried    time.Time           // when that was
	kept     *keeper             // nil without one
	warned   bool                // in the log: since then one message is kept, and
	named    bool                // since then the bucket is in trouble
}

// keeper is the turn of the message that is kept at hand.
type keeper struct {
	tried bool // at least once: the next message of the bucket may have the turn
	over  bool
	leave chan struct{} // closed when the turn is over
}

// closedError says that an object was not tried, because its bucket is closed.
type closedError struct{ cause error } // the cause is another object's: it is not unwrapped

func (e *closedError) Error() string {
	return fmt.Sprintf("not tried, because nothing of the bucket can be read: %v", e.cause)
}

// admit refuses to try an object while the bucket is closed.
func (b *bucket) admit() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slow && len(b.failed) >= closeObjects && time.Since(b.since) >= closeAfter {
		return &closedError{b.cause}
	}
	return nil
}

// note takes how a try of an object of the bucket, begun at a time, ended. A fault of the object's own shows as well as
// its content that the bucket can be read.
func (b *bucket) note(object string, begun time.Time, err error) {
	if is[*s3log.RefusedError](err) || is[*closedError](err) || errors.Is(err, context.Canceled) {
		return // says nothing of the bucket
	}
	if undelivered(err) {
		b.fail(object, begun, err)
		return
	}
	b.mu.Lock()
	recovered := !b.since.IsZero()
	b.read, b.last, b.since, b.failed = true, time.Now(), time.Time{}, nil
	if recovered {
		b.recovers++
		b.end(b.kept) // if it fails all the same, it fails by itself
		if b.warned {
			b.log.Info("log bucket read again")
		}
		b.warned, b.named = false, false
	}
	b.mu.Unlock()
	if recovered {
		b.released(b.name)
	}
}

func (b *bucket) fail(object string, begun time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tried, b.cause = time.Now(), err
	if b.since.IsZero() {
		b.since, b.failed, b.sure, b.slow = begun, map[string]struct{}{}, false, false
		if b.last.After(begun) {
			b.since = b.last
		}
	}
	if len(b.failed) < closeObjects {
		b.failed[object] = struct{}{}
	}
	forbidden, _ := errors.AsType[*s3log.ForbiddenError](err)
	b.sure = b.sure || forbidden == nil || !forbidden.MaybeMissing
	b.slow = b.slow || forbidden == nil
	if err := b.judge(b.tried); err != nil && !b.named {
		b.named = true
		b.log.Error("log bucket not readable", zap.Error(err))
	}
}

// recovered gives a function that reports whether something of the bucket was read again since this call.
func (b *bucket) recovered() func() bool {
	count := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.recovers
	}
	before := count()
	return func() bool { return count() != before }
}

// keep waits, for a message whose object failed, until the object is to be tried again. It is false at once, or later,
// when the message is to wait in the queue: another one of the bucket is kept, or something of the bucket was read, so
// that this object alone fails, or no more is waited for.
func (b *bucket) keep(ctx context.Context, k *keeper) bool {
	due, mine := b.turn(k)
	if !mine {
		return false
	}
	timer := time.NewTimer(due)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-k.leave:
	case <-b.stopped:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(k)
	return false
}

// turn gives k the turn, or leaves it to it, and says when its next try is due.
func (b *bucket) turn(k *keeper) (due time.Duration, mine bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.since.IsZero() || k.over:
		return 0, false
	case b.kept == k:
		k.tried = true
	case b.kept == nil || b.kept.tried: // each message has its turn: the object of one may be missing
		b.end(b.kept)
		k.leave = make(chan struct{})
		b.kept = k
		if !b.warned {
			b.warned = true
			b.log.Warn("nothing read from log bucket; messages wait in the queue", zap.Duration("retry_in", probeEvery), zap.Error(b.cause))
		}
	default:
		return 0, false
	}
	return time.Until(b.tried.Add(probeEvery)), true
}

// end ends a turn, if it is one. The mutex is held.
func (b *bucket) end(k *keeper) {
	if k == nil || k != b.kept {
		return
	}
	k.over = true
	close(k.leave)
	b.kept = nil
}

// trouble says why nothing of the bucket could be read for namedAfter; nil while that is not so.
func (b *bucket) trouble(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.judge(now)
}

// judge is trouble with the mutex held. One object that may be missing says nothing of a bucket of which others were read.
func (b *bucket) judge(now time.Time) error {
	if b.since.IsZero() || now.Sub(b.since) < namedAfter || b.read && !b.sure && len(b.failed) == 1 {
		return nil
	}
	return fmt.Errorf("nothing could be read since %s: %w", b.since.UTC().Format(time.DateTime), b.cause)
}
