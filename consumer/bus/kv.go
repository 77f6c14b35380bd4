package bus

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// AnyRevision as an expected revision writes whatever the key holds.
const AnyRevision = math.MaxUint64

// KV is one key-value bucket. Keys are made by [Key]. Every write names the revision it was computed from: 0
// means that the key has no value.
type KV struct {
	b      *Bus
	bucket Bucket
}

// Entry is the value of a key.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64 // rising over the whole bucket
}

// KVWrite is one write of many.
type KVWrite struct {
	Key    string
	Value  []byte
	Expect uint64        // revision, 0 for a key without a value, or AnyRevision
	TTL    time.Duration // the value ends by itself after so long; 0 never, otherwise at least a second
	Delete bool          // the key has no value any more
}

// KV opens a bucket; it does no I/O.
func (b *Bus) KV(bucket Bucket) *KV { return &KV{b: b, bucket: bucket} }

// Get gives the latest value of a key, as the bucket's leader knows it, and whether it has one; without, the entry
// still has the revision which a write may expect.
func (k *KV) Get(ctx context.Context, key string) (Entry, bool, error) {
	msg, ok, err := k.b.latest(ctx, k.bucket.stream(), k.bucket.subject(key))
	if err != nil {
		return Entry{}, false, fmt.Errorf("get %s of %s: %w", key, k.bucket, err)
	}
	if !ok || gone(msg.header) {
		return Entry{Key: key, Revision: msg.Sequence}, false, nil
	}
	return Entry{Key: key, Value: msg.Data, Revision: msg.Sequence}, true, nil
}

// gone tells whether a message marks the end of a value.
func gone(header nats.Header) bool {
	switch header.Get("KV-Operation") {
	case "DEL", "PURGE":
		return true
	default:
		return header.Get(jetstream.MarkerReasonHeader) != ""
	}
}

// Range calls visit for every value whose key is prefix or begins with prefix and a dot, oldest revision first;
// an empty prefix is the whole bucket. It reads at least what was written before the call; a key that is written
// meanwhile may come again, with its newer value. An error of visit ends it and is returned.
func (k *KV) Range(ctx context.Context, prefix string, visit func(Entry) error) error {
	filters := []string{">"}
	if prefix != "" {
		filters = []string{prefix, prefix + ".>"}
	}
	for _, filter := range filters {
		err := k.sweep(ctx, filter, 0, func(e Entry, ok bool) error {
			if !ok {
				return nil
			}
			return visit(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Changes calls visit for every key that begins with prefix and a dot and was written since a position, oldest revision
// first, and says whether it still has a value; what was deleted comes for an hour. A key that is written meanwhile may
// come again. It gives the position for the next call. The bucket was read anew if that has more Restarts than after: it is
// not the bucket, or has lost its end, since the last call, so what was known of it and was not visited is gone. An error
// of visit ends it and is returned.
func (k *KV) Changes(ctx context.Context, prefix string, after Position, visit func(e Entry, ok bool) error) (Position, error) {
	s, err := k.b.look(ctx, k.bucket.stream())
	if err != nil {
		return after, fmt.Errorf("changes of %s: %w", k.bucket, err)
	}
	at, _ := s.resume(after)
	err = k.sweep(ctx, prefix+".>", at.InStream(), func(e Entry, ok bool) error {
		at = at.at(e.Revision)
		return visit(e, ok)
	})
	return at, err
}

// sweep visits what one filter selects. What is written during a scan takes its older value out of the way, and stands
// behind the scan's end: so it scans again until there was nothing new.
func (k *KV) sweep(ctx context.Context, filter string, after uint64, visit func(e Entry, ok bool) error) error {
	for more := true; more; {
		more = false
		err := k.b.scan(ctx, k.bucket.stream(), k.bucket.subject(filter), after, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
			after, more = meta.Sequence.Stream, true
			return visit(Entry{Key: keyOf(msg.Subject), Value: msg.Data, Revision: meta.Sequence.Stream}, !gone(msg.Header))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
