package bus

import (
	"fmt"
	"sync"
	"time"
)

// acks know whether writes are acknowledged. The zero value has seen none.
type acks struct {
	mu      sync.Mutex
	latest  time.Time            // of all streams
	streams map[string]time.Time // latest of each
	waiting map[*waiting]bool
}

// waiting is a call that has writes to a stream without an acknowledgement.
type waiting struct {
	stream string
	since  time.Time
}

func (a *acks) begin(stream string) *waiting {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[*waiting]bool{}
	}
	w := &waiting{stream: stream, since: time.Now()}
	a.waiting[w] = true
	return w
}

func (a *acks) end(w *waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, w)
}

// acked notes that the server stored something, or refused it for what it is: it answers for the stream.
func (a *acks) acked(stream string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.streams == nil {
		a.streams = map[string]time.Time{}
	}
	a.latest = time.Now()
	a.streams[stream] = a.latest
}

// unanswered is for how long no write was acknowledged, or the one that waits longest waits, and for which stream.
func (a *acks) unanswered(now time.Time) (_ time.Duration, stream string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	longest := now.Sub(a.latest)
	for w := range a.waiting {
		since := w.since
		if at := a.streams[w.stream]; at.After(since) {
			since = at
		}
		if d := now.Sub(since); d > longest || d == longest && w.stream < stream {
			longest, stream = d, w.stream
		}
	}
	return max(longest, 0), stream
}

// ready is nil while the latest acknowledgement is no older than patience, and no write waits longer for its own.
func (a *acks) ready(now time.Time, patience time.Duration) error {
	d, stream := a.unanswered(now)
	switch {
	case d <= patience:
		return nil
	case stream == "":
		return fmt.Errorf("no write was acknowledged for %s", d.Round(time.Second))
	default:
		return fmt.Errorf("a write to %s is not acknowledged for %s: its nodes are too few, or their disks do not answer", stream, d.Round(time.Second))
	}
}
