package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

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
// which joins all of them; the others are stored. When ctx ends first, no revision is given: read the keys again.
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
			if err := k.resolve(ctx, kvs[i], w); err != nil { //nolint:gosec // writes are as many as kvs.
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
