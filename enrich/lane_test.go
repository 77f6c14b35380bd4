package enrich_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

// settings that make lanes evict, so that actors come back from the store as well.
func settings() enrich.Config {
	cfg := enrich.DefaultConfig()
	cfg.History.MaxBytes = 3000
	return cfg
}

// work lets one lane go on until it has saved all there is, or it fails.
func work(ctx context.Context, l *enrich.Lane, w *cluster, every int) error {
	if err := l.Load(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	events := w.events
	w.mu.Unlock()
	for i, d := range events {
		if d.Sequence <= l.At() {
			continue
		}
		if err := l.Take(ctx, d); err != nil {
			return err
		}
		if i%every == every-1 {
			if err := l.Save(ctx); err != nil {
				return err
			}
		}
	}
	return l.Save(ctx)
}

// Whatever step a lane dies at, and whether that step was done or not: those that go on end where one that
// never died does.
func TestDyingAtEveryStep(t *testing.T) {
	known := lookup(t)
	events := traffic()
	clean := newCluster(events)
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), clean), clean, 3); err != nil {
		t.Fatal(err)
	}
	want := clean.checkpoint(t)
	if want.Counts.Unaccounted() != 0 || want.Counts.Records.Duplicate == 0 || want.Counts.Records.Matched < 8 {
		t.Fatalf("%+v", want.Counts)
	}
	for crash := 1; crash <= clean.steps; crash++ {
		for _, applied := range []bool{false, true} {
			w := newCluster(events)
			w.crash, w.applied = crash, applied
			err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 3)
			if !errors.Is(err, errCrash) {
				t.Fatalf("step %d: %v", crash, err)
			}
			w.rise()
			if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 4); err != nil {
				t.Fatalf("after step %d: %v", crash, err)
			}
			same(t, fmt.Sprintf("step %d, done %v", crash, applied), clean, w)
		}
	}
}

func same(t *testing.T, name string, clean, w *cluster) {
	t.Helper()
	if diff := cmp.Diff(clean.checkpoint(t), w.checkpoint(t)); diff != "" {
		t.Fatalf("%s: checkpoint: %s", name, diff)
	}
	if !maps.Equal(clean.actors(), w.actors()) {
		t.Fatalf("%s: actors: %s", name, cmp.Diff(clean.actors(), w.actors()))
	}
	if !maps.Equal(clean.findings, w.findings) || len(w.repeated) > 0 {
		t.Fatalf("%s: findings: %s; told differently: %v", name, cmp.Diff(clean.findings, w.findings), w.repeated)
	}
	if diff := cmp.Diff(clean.parked, w.parked); diff != "" {
		t.Fatalf("%s: parked: %s", name, diff)
	}
}

// A lane that lost its shard without noticing changes nothing: whatever steps it and its successors take in
// turn, the end is the same.
func TestZombiesAreFenced(t *testing.T) {
	known := lookup(t)
	events := traffic()
	clean := newCluster(events)
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), clean), clean, 3); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newCluster(events)
		var lanes []*enrich.Lane
		var owner *enrich.Lane
		for range rapid.IntRange(10, 80).Draw(rt, "steps") {
			if len(lanes) == 0 || rapid.IntRange(0, 9).Draw(rt, "new") == 0 {
				l := enrich.NewLane(settings(), known, pick("PutBucketAcl"), w)
				if err := l.Load(t.Context()); err != nil {
					rt.Fatal(err)
				}
				newest := l
				owner = newest
				l.Hold(func() error {
					if owner != newest {
						return &bus.LostError{}
					}
					return nil
				})
				lanes = append(lanes, l)
			}
			at := rapid.IntRange(0, len(lanes)-1).Draw(rt, "lane")
			if advance(t.Context(), rt, lanes[at], w) != nil {
				lanes = append(lanes[:at], lanes[at+1:]...)
			}
		}
		if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 5); err != nil {
			rt.Fatal(err)
		}
		same(t, "zombies", clean, w)
	})
}

// advance lets a lane take the next message or save.
func advance(ctx context.Context, rt *rapid.T, l *enrich.Lane, w *cluster) error {
	if rapid.IntRange(0, 2).Draw(rt, "save") == 0 {
		return l.Save(ctx)
	}
	for _, d := range w.events {
		if d.Sequence > l.At() {
			return l.Take(ctx, d)
		}
	}
	return nil
}

func TestDuplicatesAreKnownAfterARestart(t *testing.T) {
	known := lookup(t)
	w := newCluster([]bus.Delivery{message(1, record("a", "alice", "PutBucketAcl", "b", 0))})
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 1); err != nil {
		t.Fatal(err)
	}
	w.add(message(2, record("a", "alice", "PutBucketAcl", "b", 0), record("b", "alice", "GetObject", "b", 0)))
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 1); err != nil {
		t.Fatal(err)
	}
	if r := w.checkpoint(t).Counts.Records; r.In != 3 || r.Duplicate != 1 || r.Matched != 1 || r.Unmatched != 1 {
		t.Fatalf("%+v", r)
	}
	if len(w.events) != 0 {
		t.Fatal("the stream is not trimmed")
	}
}

// Ids beyond those to be remembered leave the store again, and none is lost among those that are.
func TestSegmentsOfEventIDs(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.History.EventIDs = 2 * enrich.SegmentIDs
	known := lookup(t)
	w := newCluster(nil)
	l := enrich.NewLane(cfg, known, pick(""), w)
	if err := l.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	const each = 4096
	for m := range uint64(6 * enrich.SegmentIDs / each) {
		var records [][]byte
		for i := range each {
			records = append(records, fmt.Appendf(nil, `{"eventID":"%d-%d","eventName":"GetObject"}`, m, i))
		}
		if err := errors.Join(l.Take(t.Context(), message(m+1, records...)), l.Save(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	segments := 0
	if err := w.Range(t.Context(), "seen", func(bus.Entry) error { segments++; return nil }); err != nil || segments > 4 {
		t.Fatal(segments, err)
	}
	last := uint64(6*enrich.SegmentIDs/each) - 1
	again := message(1000, fmt.Appendf(nil, `{"eventID":"%d-7","eventName":"GetObject"}`, last))
	l = enrich.NewLane(cfg, known, pick(""), w)
	if err := errors.Join(l.Load(t.Context()), l.Take(t.Context(), again), l.Save(t.Context())); err != nil {
		t.Fatal(err)
	}
	if n := w.checkpoint(t).Counts.Records.Duplicate; n != 1 {
		t.Fatal(n)
	}
}

func TestDamagedPageIsParked(t *testing.T) {
	known := lookup(t)
	w := newCluster(traffic()[:4])
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick(""), w), w, 1); err != nil {
		t.Fatal(err)
	}
	for key := range w.actors() {
		e := w.values[key]
		e.Value = e.Value[:len(e.Value)/2]
		w.values[key] = e
	}
	damaged := len(w.actors())
	w.add(traffic()[4:]...)
	if err := work(t.Context(), enrich.NewLane(enrich.DefaultConfig(), known, pick(""), w), w, 1); err != nil {
		t.Fatal(err)
	}
	if n := len(w.parked); n != damaged+1 { // and the batch that is none
		t.Fatalf("%d parked of %d", n, damaged)
	}
}

func TestUnreadableRecordsAreParked(t *testing.T) {
	w := newCluster([]bus.Delivery{message(1, []byte(`{"eventID":`), record("a", "alice", "GetObject", "b", 0), []byte(`nonsense`))})
	if err := work(t.Context(), enrich.NewLane(settings(), lookup(t), pick(""), w), w, 1); err != nil {
		t.Fatal(err)
	}
	c := w.checkpoint(t).Counts
	if c.Records.Quarantined != 2 || c.Records.Unmatched != 1 || c.Unaccounted() != 0 || len(w.parked) != 2 {
		t.Fatalf("%+v, %v", c, w.parked)
	}
}

func TestRunSavesEverySecondAndAtTheEnd(t *testing.T) {
	known := lookup(t)
	synctest.Test(t, func(t *testing.T) {
		w := newCluster(traffic())
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- enrich.NewLane(settings(), known, pick("PutBucketAcl"), w).Run(ctx) }()
		time.Sleep(1500 * time.Millisecond) // of the bubble's clock
		synctest.Wait()
		last := traffic()[12].Sequence
		if c := w.checkpoint(t); c.Sequence != last || c.Intention != nil {
			t.Fatalf("%+v", c)
		}
		w.add(message(last+1, record("late", "alice", "GetObject", "b", 0)))
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c := w.checkpoint(t); c.Sequence != last+1 {
			t.Fatalf("%+v", c)
		}
	})
}

// A lane whose actors fill the memory they may take does not wait for its time to save: no more would fit until then.
func TestRunSavesAtOnceWhenMemoryIsFull(t *testing.T) {
	known := lookup(t)
	synctest.Test(t, func(t *testing.T) {
		w := newCluster(traffic())
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		l := enrich.NewLane(settings(), known, pick(""), w)
		go func() { done <- l.Run(ctx) }()
		synctest.Wait() // no time passes
		if c := w.checkpoint(t); c.Sequence == 0 {
			t.Error("nothing saved")
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c := w.checkpoint(t); c.Sequence != traffic()[12].Sequence {
			t.Errorf("%+v", c)
		}
	})
}

func TestRunSavesNothingOfALostShard(t *testing.T) {
	known := lookup(t)
	synctest.Test(t, func(t *testing.T) {
		w := newCluster(traffic())
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		l := enrich.NewLane(enrich.DefaultConfig(), known, pick(""), w) // with room enough to save nothing before its time
		l.Hold(func() error { return &bus.LostError{} })
		go func() { done <- l.Run(ctx) }()
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c := w.checkpoint(t); c.Sequence != 0 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestRunEndsWithTheErrorOfAStep(t *testing.T) {
	known := lookup(t)
	synctest.Test(t, func(t *testing.T) {
		w := newCluster(traffic())
		w.crash = 5
		err := enrich.NewLane(settings(), known, pick("PutBucketAcl"), w).Run(t.Context())
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
	})
}

func TestDamagedSegmentIsParked(t *testing.T) {
	known := lookup(t)
	w := newCluster(traffic()[:3])
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick(""), w), w, 1); err != nil {
		t.Fatal(err)
	}
	w.values["seen.0.0"] = bus.Entry{Key: "seen.0.0", Value: []byte{1, 2, 3}, Revision: w.values["seen.0.0"].Revision}
	w.add(traffic()[3:]...)
	if err := work(t.Context(), enrich.NewLane(settings(), known, pick(""), w), w, 1); err != nil || !w.parked["enrich seen.0.0"] {
		t.Fatal(err, w.parked)
	}
}

func TestFullStreamIsWaitedFor(t *testing.T) {
	known := lookup(t)
	synctest.Test(t, func(t *testing.T) {
		w := newCluster(traffic())
		full := 5
		w.refuse = func(bus.Message) error {
			if full--; full > 0 {
				return &bus.FullError{Stream: "TRAIL_FINDINGS"}
			}
			return nil
		}
		if err := work(t.Context(), enrich.NewLane(settings(), known, pick("PutBucketAcl"), w), w, 1); err != nil || len(w.findings) < 8 {
			t.Fatal(len(w.findings), err)
		}
	})
}

func TestTooLargeFindingIsParked(t *testing.T) {
	w := newCluster([]bus.Delivery{message(1, record("a", "alice", "PutBucketAcl", "b", 0), record("b", "alice", "PutBucketAcl", "b", 0))})
	w.refuse = func(m bus.Message) error {
		if m.ID == "a" {
			return &bus.TooLargeError{Subject: m.Subject}
		}
		return nil
	}
	if err := work(t.Context(), enrich.NewLane(settings(), lookup(t), pick("PutBucketAcl"), w), w, 1); err != nil {
		t.Fatal(err)
	}
	if r := w.checkpoint(t).Counts.Records; r.Matched != 1 || r.Quarantined != 1 || !w.parked["enrich a"] {
		t.Fatalf("%+v, %v", r, w.parked)
	}
}

// Whatever lies in the store where eventIDs should be, a lane begins.
func FuzzSegment(f *testing.F) {
	w := newCluster([]bus.Delivery{message(1, record("a", "alice", "GetObject", "b", 0), record("b", "alice", "GetObject", "b", 0))})
	known := lookup(f)
	if err := work(f.Context(), enrich.NewLane(settings(), known, pick(""), w), w, 1); err != nil {
		f.Fatal(err)
	}
	f.Add(w.values["seen.0.0"].Value)
	f.Fuzz(func(t *testing.T, value []byte) {
		w := newCluster(nil)
		w.values["seen.0.0"] = bus.Entry{Key: "seen.0.0", Value: value, Revision: 1}
		w.revision = 1
		l := enrich.NewLane(settings(), known, pick(""), w)
		if err := errors.Join(l.Load(t.Context()), l.Take(t.Context(), traffic()[0]), l.Save(t.Context())); err != nil {
			t.Fatal(err)
		}
	})
}

// Who comes first in a shard that nobody fell to before is as new as in any other, and no sooner called unusual.
func TestTheInstallationIsAsOldAsItsOldestShard(t *testing.T) {
	for name, c := range map[string]struct {
		began    time.Time // of another shard
		learning bool
	}{
		"months ago": {time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC), false},
		"yesterday":  {time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC), true},
		"never":      {time.Time{}, true},
	} {
		w := newCluster([]bus.Delivery{message(1, record("1", "mallory", "PutBucketAcl", "payroll", 0))})
		l := enrich.NewLane(enrich.DefaultConfig(), lookup(t), pick("PutBucketAcl"), w)
		if err := l.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !c.began.IsZero() { // it began after this one was taken over
			value, err := json.Marshal(enrich.Checkpoint{Shard: 7, Position: bus.Position{Sequence: 9}, Began: c.began.UnixMilli()})
			if err != nil {
				t.Fatal(err)
			}
			w.values["checkpoint.7"] = bus.Entry{Key: "checkpoint.7", Value: value, Revision: 99}
		}
		if err := l.Take(t.Context(), w.events[0]); err != nil {
			t.Fatal(err)
		}
		f, err := enrich.DecodeFinding([]byte(w.findings["1"]))
		if err != nil {
			t.Fatal(err)
		}
		if h := f.Facts.History; h.Known || h.Learning != c.learning {
			t.Errorf("%s: %+v", name, h)
		}
	}
}
