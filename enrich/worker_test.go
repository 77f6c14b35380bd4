package enrich_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openBus(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	cfg := bus.DefaultConfig()
	cfg.Shards = 2
	b, err := bus.Open(t.Context(), cfg, dir, zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// publish stores a batch of records on a shard.
func publish(t *testing.T, b *bus.Bus, shard int, number uint64, records ...[]byte) {
	t.Helper()
	batch := consumer.Batch{Received: time.UnixMilli(1_700_000_000_000), Sequence: number, Records: records}
	batch.Counts.Records.In = int64(len(records))
	msg := bus.Message{Subject: bus.EventsSubject(shard), ID: fmt.Sprint(number), Data: consumer.AppendBatch(nil, &batch)}
	if err := b.Publish(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
}

// worked runs a worker until it has published so many findings in all and saved so many records.
func worked(t *testing.T, b *bus.Bus, findings int, records int64) []*enrich.Finding {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := enrich.NewWorker(enrich.DefaultConfig(), b, lookup(t), pick("PutBucketAcl"), zaptest.NewLogger(t), prometheus.NewRegistry(), nil)
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	var found []*enrich.Finding
	enough := errors.New("enough")
	shard := consumer.ShardOfKey("111122223333", 2)
	err := b.Tail(t.Context(), bus.FindingsSubject(shard), bus.Position{}, func(d bus.Delivery) error {
		f, err := enrich.DecodeFinding(d.Data)
		if found = append(found, f); len(found) == findings {
			return enough
		}
		return err
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for total := int64(0); total < records; <-tick.C {
		total = 0
		checkpoints, err := enrich.ReadCheckpoints(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checkpoints {
			total += c.Counts.Records.In
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWorkerOverTheRealBus(t *testing.T) {
	dir := t.TempDir()
	b := openBus(t, dir)
	publish(t, b, 0, 1, record("1", "alice", "GetObject", "payroll", 0), record("2", "alice", "PutBucketAcl", "payroll", 1))
	publish(t, b, 1, 2, record("3", "bob", "PutBucketAcl", "payroll", 0))
	worked(t, b, 2, 3)
	if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}

	b = openBus(t, dir)
	defer func() {
		if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	publish(t, b, 0, 4, record("2", "alice", "PutBucketAcl", "payroll", 1), record("4", "alice", "PutBucketAcl", "payroll", 2))
	found := worked(t, b, 3, 5)
	if h := found[2].Facts.History; h.Events != 2 || h.Calls != 1 {
		t.Fatalf("the second worker knows %+v", h)
	}
	checkpoints, err := enrich.ReadCheckpoints(t.Context(), b)
	if err != nil || len(checkpoints) != 2 {
		t.Fatal(checkpoints, err)
	}
	var total consumer.Counts
	for _, c := range checkpoints {
		total.Add(c.Counts)
	}
	if want := (consumer.RecordCounts{In: 5, Matched: 3, Unmatched: 1, Duplicate: 1}); total.Records != want {
		t.Fatalf("%+v", total.Records)
	}
	if n, err := b.Backlog(t.Context(), bus.EventsSubject(0), bus.Position{}); err != nil || n != 0 {
		t.Fatalf("%d messages left, %v", n, err)
	}
}
