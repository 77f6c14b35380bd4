package history

import (
	"bytes"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// burstWindow is the sliding window in which calls of one kind are counted.
const burstWindow = 10 * time.Minute

// burstKind is a kind of call that does harm by its amount.
type burstKind uint8

const (
	deletes burstKind = iota
	reads
	lists
	refusals
	destructions
	invocations
	burstKinds = iota
	// oldBurstKinds is how many there were when pages were first written.
	oldBurstKinds = 3
	noBurst       = burstKind(burstKinds)
)

func (k burstKind) String() string {
	return [burstKinds]string{"delete", "read", "list", "denied", "snapshot deletion", "model invocation"}[k]
}

// least is the amount within the window below which no actor's calls are unusual.
func (k burstKind) least() uint32 {
	return [burstKinds]uint32{deletes: 25, reads: 500, lists: 150, refusals: 40, destructions: 10, invocations: 100}[k]
}

// early is the amount that is told of an actor who calls from a new network and usually does not come near it; 0 for none.
func (k burstKind) early() uint32 {
	if k == reads {
		return 200
	}
	return 0
}

// earlyFactor is how many times the usual amount an early one must be.
const earlyFactor = 10

// batchWeight is what a call counts that deletes up to 1,000 objects: CloudTrail does not say how many.
const batchWeight = 10

// burstFactor is how many times the usual amount is unusual.
const burstFactor = 5

// burstKindOf tells the kind of a call, and what it counts; most calls have none.
func burstKindOf(source, name []byte) (k burstKind, weight uint32) {
	if len(name) < 8 || len(source) < 2 {
		return noBurst, 0
	}
	switch {
	case source[0] == 's' && source[1] == '3':
		return objectCalls(name)
	case bytes.HasPrefix(source, []byte("ec2.")):
		switch string(name) {
		case "DeleteSnapshot", "DeleteVolume", "DeregisterImage":
			return destructions, 1
		}
	case bytes.HasPrefix(source, []byte("rds.")):
		switch string(name) {
		case "DeleteDBSnapshot", "DeleteDBClusterSnapshot":
			return destructions, 1
		}
	case bytes.HasPrefix(source, []byte("backup.")):
		if string(name) == "DeleteRecoveryPoint" {
			return destructions, 1
		}
	case bytes.HasPrefix(source, []byte("bedrock")):
		if bytes.HasPrefix(name, []byte("InvokeModel")) || bytes.HasPrefix(name, []byte("Converse")) {
			return invocations, 1
		}
	}
	return noBurst, 0
}

func objectCalls(name []byte) (k burstKind, weight uint32) {
	switch name[0] {
	case 'D':
		switch {
		case string(name) == "DeleteObjects":
			return deletes, batchWeight
		case bytes.HasPrefix(name, []byte("DeleteObject")) && !bytes.HasPrefix(name, []byte("DeleteObjectTag")), string(name) == "DeleteBucket":
			return deletes, 1
		}
	case 'G':
		if string(name) == "GetObject" || string(name) == "GetObjectVersion" {
			return reads, 1
		}
	case 'L':
		if bytes.HasPrefix(name, []byte("ListObject")) || string(name) == "ListBuckets" {
			return lists, 1
		}
	}
	return noBurst, 0
}

// refusedData reports whether S3 denied a call on the data of a bucket to somebody from outside its account.
func refusedData(h *cloudtrail.Header) bool {
	return string(h.EventCategory) == "Data" && string(h.ErrorCode) == "AccessDenied" && bytes.HasPrefix(h.EventSource, []byte("s3")) &&
		len(h.InvokedBy) == 0 && !bytes.Equal(h.AccountID, h.RecipientAccountID) && !h.Service()
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

// add counts a call by its weight and reports whether the amount is to be told: when it crosses the threshold, or before
// that the early amount if the actor calls from a new place, and whenever it has doubled since.
func (t *tide) add(k burstKind, weight uint32, moved bool, ms int64) bool {
	window := uint32(ms / int64(burstWindow/time.Millisecond))
	switch {
	case window > t.window:
		t.turn(k, window)
	case window < t.window: // a late one: it belongs to a window that was judged already
		if window+1 == t.window {
			t.before += weight
		}
		return false
	}
	t.count += weight
	sum, least := t.sum(ms), t.threshold(k)
	switch {
	case sum < t.next:
		return false
	case sum >= least:
		t.next = 2 * sum
		return true
	case moved && t.early(k, sum):
		t.next = least
		return true
	}
	return false
}

// early reports whether an amount below the threshold is much for who calls from a new place.
func (t *tide) early(k burstKind, sum uint32) bool {
	return k.early() > 0 && sum >= k.early() && float64(sum) >= earlyFactor*t.usual()
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
