package bus_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// BenchmarkPublish stores batches of about 100 kB, each synced to disk.
func BenchmarkPublish(b *testing.B) {
	nats := open(b, b.TempDir(), bus.DefaultConfig())
	data := bytes.Repeat([]byte("0123456789abcdef"), 6400)
	b.SetBytes(int64(len(data)))
	msgs := make([]bus.Message, 16)
	for i := 0; b.Loop(); i++ {
		msgs[i%16] = bus.Message{Subject: bus.EventsSubject(i % 16), ID: fmt.Sprint(i), Data: data}
		if i%16 == 15 {
			if err := nats.Publish(b.Context(), msgs...); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func fill(b *testing.B, kv *bus.KV, n int) {
	value := bytes.Repeat([]byte("v"), 300)
	writes := make([]bus.KVWrite, 0, 4096)
	for i := range n {
		writes = append(writes, bus.KVWrite{Key: bus.Key("0", fmt.Sprintf("actor-%d", i)), Value: value, Expect: bus.AnyRevision})
		if len(writes) == cap(writes) || i == n-1 {
			if _, err := kv.PutAll(b.Context(), writes); err != nil {
				b.Fatal(err)
			}
			writes = writes[:0]
		}
	}
}

// BenchmarkKVWriteBehind writes 300-byte values, thousands at a time.
func BenchmarkKVWriteBehind(b *testing.B) {
	kv := open(b, b.TempDir(), small()).KV(bus.History)
	fill(b, kv, 100)
	b.ResetTimer()
	fill(b, kv, b.N)
}

// BenchmarkKVRange loads 100,000 keys.
func BenchmarkKVRange(b *testing.B) {
	kv := open(b, b.TempDir(), small()).KV(bus.History)
	fill(b, kv, 100_000)
	for b.Loop() {
		n := 0
		if err := kv.Range(b.Context(), "0", func(bus.Entry) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}
