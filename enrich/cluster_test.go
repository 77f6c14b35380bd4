package enrich_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// record is a CloudTrail record of one user, minute after minute.
func record(id, user, name, bucket string, minute int) []byte {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
	raw, err := json.Marshal(map[string]any{
		"eventVersion": "1.08", "eventID": id, "eventName": name, "eventSource": "s3.amazonaws.com", "eventTime": at.Format(time.RFC3339),
		"awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2", "recipientAccountId": "111122223333",
		"userIdentity": map[string]any{
			"type": "IAMUser", "accountId": "111122223333", "userName": user, "arn": "arn:aws:iam::111122223333:user/" + user,
		},
		"requestParameters": map[string]any{"bucketName": bucket},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

// pick selects by the name of the call, as detections do.
type pick string

func (p pick) Select(h *cloudtrail.Header, _ []byte, dst []string) []string {
	if string(h.EventName) == string(p) {
		dst = append(dst, "test-rule")
	}
	return dst
}

func (pick) Counted(string) bool { return false }

func lookup(tb testing.TB) *enrich.Lookup {
	tb.Helper()
	l, err := enrich.NewLookup(enrich.DefaultConfig(), nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// message is a stored batch of records.
func message(sequence uint64, records ...[]byte) bus.Delivery {
	b := consumer.Batch{Received: time.UnixMilli(1_700_000_000_000), Sequence: sequence, Records: records}
	b.Counts.Records.In = int64(len(records))
	b.Counts.Objects.In, b.Counts.Objects.Read = 1, 1
	return bus.Delivery{Subject: bus.EventsSubject(0), Sequence: sequence, Data: consumer.AppendBatch(nil, &b)}
}

// traffic is some messages with users who come again, duplicates, findings, a burst and a batch that is none.
func traffic() []bus.Delivery {
	var all []bus.Delivery
	random := rand.New(rand.NewPCG(7, 7))
	sequence, minute := uint64(0), 0
	for m := range 13 {
		sequence += 1 + random.Uint64N(3) // other shards' messages lie between
		if m == 6 {
			all = append(all, bus.Delivery{Subject: bus.EventsSubject(0), Sequence: sequence, Data: []byte("no batch")})
			continue
		}
		var records [][]byte
		for i := range 7 {
			minute++
			user := fmt.Sprintf("user-%d", random.IntN(6))
			id := fmt.Sprintf("%d-%d", m, i)
			switch random.IntN(8) {
			case 0:
				records = append(records, record(id, user, "PutBucketAcl", "payroll", minute))
			case 1:
				records = append(records, record("the same", user, "PutBucketAcl", "payroll", minute))
			default:
				records = append(records, record(id, user, "DeleteObject", fmt.Sprint("b", i), minute/30*10))
			}
		}
		all = append(all, message(sequence, records...))
	}
	return all
}

var errCrash = errors.New("crashed")

// cluster is the streams and the store, which outlive the lanes that work on them; and the moment a lane dies.
type cluster struct {
	mu       sync.Mutex
	events   []bus.Delivery
	values   map[string]bus.Entry
	revision uint64
	findings map[string]string // by message id: the stream drops repeated ones
	repeated map[string]bool   // findings published again with other content
	parked   map[string]bool

	refuse func(m bus.Message) error // nil takes every message

	steps    int
	crash    int  // the step at which everything fails from then on, and what was asked for is
	applied  bool // done nevertheless, or not
	crashed  bool
	arrivals chan struct{} // closed and replaced when events are added
}

func newCluster(events []bus.Delivery) *cluster {
	return &cluster{
		events: events, values: map[string]bus.Entry{}, findings: map[string]string{}, repeated: map[string]bool{},
		parked: map[string]bool{}, crash: -1, arrivals: make(chan struct{}),
	}
}

// step does one thing, unless its lane is dead.
func (w *cluster) step(do func()) error {
	if w.crashed {
		return errCrash
	}
	w.steps++
	if w.steps == w.crash {
		w.crashed = true
		if w.applied {
			do()
		}
		return errCrash
	}
	do()
	return nil
}

// rise lets a new lane work.
func (w *cluster) rise() { w.crashed = false }

func (w *cluster) Publish(_ context.Context, msgs ...bus.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range msgs {
		if w.refuse != nil {
			if err := w.refuse(m); err != nil {
				return fmt.Errorf("publish: %w", err)
			}
		}
		err := w.step(func() {
			if before, ok := w.findings[m.ID]; ok && before != string(m.Data) {
				w.repeated[m.ID] = true
			} else {
				w.findings[m.ID] = string(m.Data)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *cluster) Park(_ context.Context, stage, id, _ string, _ []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.step(func() { w.parked[stage+" "+id] = true })
}

func (w *cluster) Trim(_ context.Context, subject string, upto bus.Position) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.step(func() {
		w.events = slices.DeleteFunc(slices.Clone(w.events), func(d bus.Delivery) bool { return d.Subject == subject && d.Sequence <= upto.Sequence })
	})
}

func (w *cluster) Tail(ctx context.Context, _ string, from bus.Position, visit func(bus.Delivery) error) error {
	for after := from.Sequence; ; {
		w.mu.Lock()
		events, arrivals := w.events, w.arrivals
		w.mu.Unlock()
		for _, d := range events {
			if d.Sequence <= after {
				continue
			}
			if err := visit(d); err != nil {
				return err
			}
			after = d.Sequence
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-arrivals:
		}
	}
}

func (w *cluster) add(events ...bus.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(slices.Clone(w.events), events...)
	close(w.arrivals)
	w.arrivals = make(chan struct{})
}

func (w *cluster) Get(_ context.Context, key string) (bus.Entry, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.values[key]
	return e, ok, nil
}

func (w *cluster) PutAll(_ context.Context, writes []bus.KVWrite) ([]uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	revisions := make([]uint64, len(writes))
	var errs []error
	for i, write := range writes {
		errs = append(errs, w.step(func() {
			if held := w.values[write.Key].Revision; write.Expect != bus.AnyRevision && held != write.Expect {
				errs = append(errs, &bus.ConflictError{Key: write.Key, Expected: write.Expect})
				return
			}
			w.revision++
			revisions[i] = w.revision
			w.values[write.Key] = bus.Entry{Key: write.Key, Value: write.Value, Revision: w.revision}
			if write.Delete {
				delete(w.values, write.Key)
			}
		}))
	}
	return revisions, errors.Join(errs...)
}

func (w *cluster) Range(_ context.Context, prefix string, visit func(bus.Entry) error) error {
	w.mu.Lock()
	var found []bus.Entry
	for _, key := range slices.Sorted(maps.Keys(w.values)) {
		if key == prefix || strings.HasPrefix(key, prefix+".") {
			found = append(found, w.values[key])
		}
	}
	w.mu.Unlock()
	for _, e := range found {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// actors are the stored pages by their keys.
func (w *cluster) actors() map[string]string {
	pages := map[string]string{}
	for key, e := range w.values {
		if strings.HasPrefix(key, "actor.") {
			pages[key] = string(e.Value)
		}
	}
	return pages
}

func (w *cluster) checkpoint(tb testing.TB) enrich.Checkpoint {
	tb.Helper()
	var c enrich.Checkpoint
	if err := json.Unmarshal(w.values["checkpoint.0"].Value, &c); err != nil {
		tb.Fatal(err)
	}
	return c
}
