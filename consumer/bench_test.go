package consumer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// sink is a store that only counts, and says when it has enough.
type sink struct {
	*memory
	records, want int
	enough        context.CancelFunc
	batch         consumer.Batch
	bytes         int64
}

func (s *sink) Publish(_ context.Context, msgs ...bus.Message) error {
	for _, m := range msgs {
		if err := consumer.DecodeBatch(m.Data, &s.batch); err != nil {
			return err
		}
		s.records += len(s.batch.Records)
		s.bytes += int64(len(m.Data))
	}
	if s.records >= s.want {
		s.enough()
	}
	return nil
}

// realistic is a log of n events of 1.4 KB each.
func realistic(n int) string {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		r := record(i)
		fmt.Fprintf(&b, `%s,"requestID":"%016X","userAgent":"aws-sdk-go-v2/1.30 os/linux","sourceIPAddress":"198.51.100.%d","x":%q}`,
			r[:len(r)-1], i*2654435761, i%250, strings.Repeat("requestParameters ", 50))
	}
	b.WriteString(`]}`)
	return b.String()
}

// BenchmarkQueue prints the time per record from a message in the queue to a published batch, for large log
// files and for such of five records, as real trails have.
func BenchmarkQueue(b *testing.B) {
	for _, size := range []int{5, 5000} {
		b.Run(fmt.Sprintf("%d-records-a-file", size), func(b *testing.B) {
			s, logs := sqstest.New(sqstest.Faults{}), newBucket()
			logs.put("log", realistic(size))
			n := max(b.N, size)
			for range (n + size - 1) / size {
				s.Send(notice(logBucket, "log"))
			}
			q, err := sqs.Open(b.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			defer cancel()
			store := &sink{want: n, enough: cancel, memory: newMemory()}
			c := consumer.NewWith(consumer.DefaultConfig(),
				consumer.Deps{Store: store, Marks: store, Log: zap.NewNop(), Registry: prometheus.NewRegistry()}, q, logs)
			b.ResetTimer()
			if err := c.Run(ctx); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(store.bytes)/float64(store.records), "stored-B/record")
		})
	}
}

// BenchmarkFiles is BenchmarkQueue for files in a folder.
func BenchmarkFiles(b *testing.B) {
	for _, size := range []int{5, 5000} {
		b.Run(fmt.Sprintf("%d-records-a-file", size), func(b *testing.B) {
			dir, text := b.TempDir(), []byte(realistic(size))
			n := max(b.N, size)
			for i := range (n + size - 1) / size {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.json", i)), text, 0o600); err != nil {
					b.Fatal(err)
				}
				old := time.Now().Add(-time.Hour)
				if err := os.Chtimes(filepath.Join(dir, fmt.Sprintf("%06d.json", i)), old, old); err != nil {
					b.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			defer cancel()
			cfg := consumer.DefaultConfig()
			cfg.Files = []string{dir}
			store := &sink{want: n, enough: cancel, memory: newMemory()}
			c, err := consumer.New(ctx, cfg, consumer.Deps{Store: store, Marks: store, Log: zap.NewNop(), Registry: prometheus.NewRegistry()})
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			if err := c.Run(ctx); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(store.bytes)/float64(store.records), "stored-B/record")
		})
	}
}

func BenchmarkDecodeBatch(b *testing.B) {
	batch := consumer.Batch{Received: time.UnixMilli(1)}
	for i := range 500 {
		batch.Records = append(batch.Records, []byte(realistic(1+i%2)))
	}
	wire := consumer.AppendBatch(nil, &batch)
	var got consumer.Batch
	b.ReportAllocs()
	for b.Loop() {
		if err := consumer.DecodeBatch(wire, &got); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/record")
}
