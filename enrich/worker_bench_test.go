package enrich_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

// BenchmarkTakeOver prints how long a lane over the real store needs to take in and save 100,000 actors, and how
// long its successor needs to have them all in memory.
func BenchmarkTakeOver(b *testing.B) {
	if testing.Short() {
		b.Skip("takes half a minute")
	}
	const actors = 100_000
	for b.Loop() {
		cfg := bus.DefaultConfig()
		cfg.Shards = 1
		real, err := bus.Open(b.Context(), cfg, b.TempDir(), zap.NewNop(), prometheus.NewRegistry())
		if err != nil {
			b.Fatal(err)
		}
		s := struct {
			*bus.Bus
			*bus.KV
		}{real, real.KV(bus.History)}
		first := enrich.NewLane(enrich.DefaultConfig(), lookup(b), pick("PutBucketAcl"), s)
		if err := first.Load(b.Context()); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		takeActors(b, first, actors)
		b.ReportMetric(time.Since(start).Seconds(), "s/save")
		next := enrich.NewLane(enrich.DefaultConfig(), lookup(b), pick("PutBucketAcl"), s)
		start = time.Now()
		if err := next.Load(b.Context()); err != nil || next.Actors() != actors {
			b.Fatalf("%d actors, %v", next.Actors(), err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/takeover")
		if err := real.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Fatal(err)
		}
	}
}

// takeActors lets a lane take in three events of each of many actors, and save.
func takeActors(b *testing.B, l *enrich.Lane, actors int) {
	b.Helper()
	const each = 500
	for from := 0; from < actors; from += each {
		var records [][]byte
		for i := range 3 * each {
			user := from + i%each
			records = append(records, record(fmt.Sprintf("%d-%d", from, i), fmt.Sprintf("user-%d", user), "GetObject", fmt.Sprint("b", i/each), i))
		}
		batch := consumer.Batch{Received: time.Now(), Records: records}
		d := bus.Delivery{Subject: bus.EventsSubject(0), Sequence: uint64(from + 1), Data: consumer.AppendBatch(nil, &batch)}
		if err := l.Take(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Save(b.Context()); err != nil {
		b.Fatal(err)
	}
}
