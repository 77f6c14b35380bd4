package history

import (
	"bytes"
	"time"
)

// burstWindow is the sliding window in which calls of one kind are counted.
const burstWindow = 10 * time.Minute

// burstKind is a kind of call that does harm by its amount.
type burstKind uint8

const (
	deletes burstKind = iota
	reads
	lists
	burstKinds = iota
	noBurst    = burstKind(burstKinds)
)

func (k burstKind) String() string { return [burstKinds]string{"delete", "read", "list"}[k] }

// least is the amount within the window below which no actor's calls are unusual.
func (k burstKind) least() uint32 { return [burstKinds]uint32{deletes: 25, reads: 500, lists: 150}[k] }

// burstFactor is how many times the usual amount is unusual.
const burstFactor = 5

// burstKindOf tells the kind of a call on S3; most calls have none.
func burstKindOf(source, name []byte) burstKind {
	if len(name) < 9 || len(source) < 2 || source[0] != 's' || source[1] != '3' {
		return noBurst
	}
	switch name[0] {
	case 'D':
		if bytes.HasPrefix(name, []byte("DeleteObject")) && !bytes.HasPrefix(name, []byte("DeleteObjectTag")) ||
			string(name) == "DeleteBucket" {
			return deletes
		}
	case 'G':
		if string(name) == "GetObject" || string(name) == "GetObjectVersion" {
			return reads
		}
	case 'L':
		if bytes.HasPrefix(name, []byte("ListObject")) || string(name) == "ListBuckets" {
			return lists
		}
	}
	return noBurst
}

// tide is how calls of one kind come in: in this window and the one before, and usually.
type tide struct {
	window         uint32 // Unix time in windows
	count, before  uint32 // calls in it, and in the one before it
	next           uint32 // amount that is told next; 0 for the threshold
	total, windows uint32 // calls in all earlier windows with any, and how many those were
}

// usual is the actor's mean of a window with any such call.
func (t *tide) usual() float64 {
	if t.windows == 0 {
		return 0
	}
	return float64(t.total) / float64(t.windows)
}

// threshold is the amount from which on it is unusual.
func (t *tide) threshold(k burstKind) uint32 {
	return max(k.least(), uint32(min(burstFactor*t.usual(), 1<<30)))
}

// sum is the amount within the window that ends at a time, in Unix milliseconds: what came before fades out
// evenly.
func (t *tide) sum(ms int64) uint32 {
	const width = int64(burstWindow / time.Millisecond)
	past := uint64(max(ms-int64(t.window)*width, 0))
	if past >= uint64(2*width) {
		return 0
	}
	if past > uint64(width) {
		return uint32(uint64(t.count) * (2*uint64(width) - past) / uint64(width))
	}
	return t.count + uint32(uint64(t.before)*(uint64(width)-past)/uint64(width))
}

// add counts a call and reports whether the amount is to be told: when it crosses the threshold, and whenever
// it has doubled since.
func (t *tide) add(k burstKind, ms int64) bool {
	window := uint32(ms / int64(burstWindow/time.Millisecond))
	switch {
	case window > t.window:
		t.turn(k, window)
	case window < t.window: // a late one: it belongs to a window that was judged already
		if window+1 == t.window {
			t.before++
		}
		return false
	}
	t.count++
	sum := t.sum(ms)
	if sum < t.threshold(k) || sum < t.next {
		return false
	}
	t.next = 2 * sum
	return true
}

// turn begins a new window. After a quiet one the threshold is told again.
func (t *tide) turn(k burstKind, window uint32) {
	if t.count < k.least()/2 {
		t.next = 0
	}
	if t.count > 0 {
		if t.total > 1<<30 { // the distant past counts half
			t.total, t.windows = t.total/2, max(t.windows/2, 1)
		}
		t.total += min(t.count, 1<<30)
		t.windows++
	}
	t.before = t.count
	if window != t.window+1 {
		t.before, t.next = 0, 0
	}
	t.window, t.count = window, 0
}
