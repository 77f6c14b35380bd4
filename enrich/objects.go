package enrich

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// objects remembers which objects were given an ACL, so that their deletion and overwriting, calls that are far too many
// to look at each, become findings: they end what the ACL opened. All shards of a process share it. It may forget: then
// what is open of the object ends by another event.
type objects struct {
	some    atomic.Bool // whether any is remembered
	mu      sync.RWMutex
	buckets map[uint64]bool // that hold such an object
	keys    map[uint64]bool // by bucket and key
}

const maxObjects = 100_000

// ends reports whether a record may end what the ACL of a remembered object opened: whether it is a deletion or an upload
// of that object. Only in buckets that hold one is the record read in full.
func (o *objects) ends(h *cloudtrail.Header, raw []byte) bool {
	if !o.some.Load() || len(h.Bucket) == 0 || !replaces(string(h.EventName)) {
		return false
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if !o.buckets[history.Hash(h.Bucket)] {
		return false
	}
	rec, err := cloudtrail.Decode(raw)
	return err == nil && o.keys[objectKey(rec)]
}

// note remembers the object of a record that sets an ACL, or shows that somebody from outside was let in.
func (o *objects) note(rec *cloudtrail.Record, rules []string) {
	if rec.Key() == "" || rec.EventName == "DeleteObject" || !slices.Contains(rules, ExposureRule) && !slices.Contains(rules, ProofRule) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.keys) >= maxObjects || o.keys == nil {
		o.buckets, o.keys = map[uint64]bool{}, map[uint64]bool{}
	}
	o.buckets[history.Hash([]byte(rec.Bucket()))] = true
	o.keys[objectKey(rec)] = true
	o.some.Store(true)
}

func objectKey(rec *cloudtrail.Record) uint64 {
	return history.Hash([]byte(rec.Bucket() + "/" + rec.Key()))
}

// replaces reports whether a call deletes an object or puts another in its place.
func replaces(eventName string) bool {
	switch eventName {
	case "DeleteObject", "PutObject", "CopyObject", "CreateMultipartUpload", "InitiateMultipartUpload", "PostObject":
		return true
	default:
		return false
	}
}
