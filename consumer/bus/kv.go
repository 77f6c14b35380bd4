package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
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

// Get gives the latest value of a key, as the bucket's leader knows it. ok is false for a key without a value;
// entry.Revision is then what a write has to expect.
func (k *KV) Get(ctx context.Context, key string) (entry Entry, ok bool, err error) {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		entry, ok, err = k.get(ctx, key)
		if err == nil || !transient(err) && !errors.Is(err, nats.ErrDisconnected) {
			return entry, ok, err
		}
		if waitErr := k.b.wait(ctx, pause); waitErr != nil {
			return Entry{}, false, errors.Join(waitErr, err)
		}
	}
}

func (k *KV) get(ctx context.Context, key string) (Entry, bool, error) {
	request, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	msg, err := k.last(request, k.bucket.subject(key))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Entry{Key: key}, false, nil
	}
	if err != nil {
		return Entry{}, false, fmt.Errorf("get %s of %s: %w", key, k.bucket, k.b.closedOr(err))
	}
	entry := Entry{Key: key, Revision: msg.Sequence}
	if gone(msg.Header) {
		return entry, false, nil
	}
	entry.Value = msg.Data
	return entry, true, nil
}

// last asks the leader for the latest message of a subject, which may have wildcards.
func (k *KV) last(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	stream, err := k.b.handle(ctx, k.bucket.stream())
	if err != nil {
		return nil, err
	}
	return stream.GetLastMsgForSubject(ctx, subject)
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

// Put writes a value if the key is still at revision expect, and gives the new revision; [*ConflictError] if not.
func (k *KV) Put(ctx context.Context, key string, value []byte, expect uint64) (uint64, error) {
	revisions, err := k.PutAll(ctx, []KVWrite{{Key: key, Value: value, Expect: expect}})
	if err != nil {
		return 0, err
	}
	return revisions[0], nil
}

// Delete removes a key's value if it is still at revision expect.
func (k *KV) Delete(ctx context.Context, key string, expect uint64) error {
	_, err := k.PutAll(ctx, []KVWrite{{Key: key, Expect: expect, Delete: true}})
	return err
}

// PutAll does many writes of different keys, each on its own condition, and gives their new revisions; it keeps
// many in flight and returns when all have an answer. A failed write has revision 0 and is told in the error,
// which joins all of them; the others are stored.
func (k *KV) PutAll(ctx context.Context, kvs []KVWrite) ([]uint64, error) {
	writes := make([]write, len(kvs))
	for i, w := range kvs {
		writes[i] = k.write(w)
	}
	if err := k.b.store(ctx, writes); err != nil {
		return nil, fmt.Errorf("write %s: %w", k.bucket, err)
	}
	revisions := make([]uint64, len(kvs))
	var errs []error
	for i := range writes {
		w := &writes[i]
		if _, conflict := errors.AsType[*ConflictError](w.err); conflict {
			if err := k.resolve(ctx, kvs[i], w); err != nil {
				return nil, fmt.Errorf("write %s: %w", k.bucket, err)
			}
		}
		revisions[i] = w.sequence
		if w.err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", k.bucket, w.err))
		}
	}
	return revisions, errors.Join(errs...)
}

// write is a KVWrite as a message.
func (k *KV) write(w KVWrite) write {
	header := nats.Header{}
	if w.Expect != AnyRevision {
		header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.Expect, 10))
	}
	switch {
	case w.Delete:
		header.Set("KV-Operation", "DEL")
		header.Set(jetstream.MsgTTLHeader, tombstoneTTL.String())
	case w.TTL > 0:
		header.Set(jetstream.MsgTTLHeader, w.TTL.Round(time.Second).String())
	}
	msg := &nats.Msg{Subject: k.bucket.subject(w.Key), Header: header}
	if !w.Delete {
		msg.Data = w.Value
	}
	return write{msg: msg, expected: w.Expect}
}

// resolve looks at a conflict that may be none: the key may hold the mark of a deletion where no value was
// expected, or this very write, stored by an attempt whose answer was lost.
func (k *KV) resolve(ctx context.Context, kv KVWrite, w *write) error {
	entry, ok, err := k.Get(ctx, kv.Key)
	if err != nil {
		return err
	}
	if w.repeated && entry.Revision > kv.Expect && ok != kv.Delete && bytes.Equal(entry.Value, w.msg.Data) {
		w.sequence, w.err = entry.Revision, nil
		return nil
	}
	if kv.Expect != 0 || ok || entry.Revision == 0 {
		return nil // a conflict indeed
	}
	kv.Expect = entry.Revision
	again := []write{k.write(kv)}
	if err := k.b.store(ctx, again); err != nil {
		return err
	}
	w.sequence, w.err = again[0].sequence, again[0].err
	return nil
}

// errEnd ends the reading of a range.
var errEnd = errors.New("end of range")

// Range calls visit for every value whose key is prefix or begins with prefix and a dot, oldest revision first;
// an empty prefix is the whole bucket. It reads at least what was written before the call.
// An error of visit ends it and is returned.
func (k *KV) Range(ctx context.Context, prefix string, visit func(Entry) error) error {
	filters := []string{">"}
	if prefix != "" {
		filters = []string{prefix, prefix + ".>"}
	}
	for _, filter := range filters {
		if err := k.scan(ctx, k.bucket.subject(filter), visit); err != nil {
			return err
		}
	}
	return nil
}

// scan reads one filter up to the message that was its last when the call began, as its leader knew it.
func (k *KV) scan(ctx context.Context, filter string, visit func(Entry) error) error {
	end, err := k.end(ctx, filter)
	if err != nil || end == 0 {
		return err
	}
	err = k.b.follow(ctx, k.bucket.stream(), filter, 0, func(msg *nats.Msg, meta *nats.MsgMetadata) error {
		if !gone(msg.Header) {
			if err := visit(Entry{Key: keyOf(msg.Subject), Value: msg.Data, Revision: meta.Sequence.Stream}); err != nil {
				return err
			}
		}
		if meta.Sequence.Stream >= end {
			return errEnd
		}
		return nil
	})
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}

func (k *KV) end(ctx context.Context, filter string) (uint64, error) {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		request, cancel := context.WithTimeout(ctx, ackWait)
		msg, err := k.last(request, filter)
		cancel()
		switch {
		case err == nil:
			return msg.Sequence, nil
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return 0, nil
		case !transient(err):
			return 0, fmt.Errorf("read %s: %w", k.bucket, k.b.closedOr(err))
		}
		if waitErr := k.b.wait(ctx, pause); waitErr != nil {
			return 0, errors.Join(waitErr, err)
		}
	}
}
