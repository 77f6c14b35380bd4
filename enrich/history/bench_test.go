package history_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// BenchmarkLearn takes in the events of 5,000 actors who act as unevenly as real ones.
func BenchmarkLearn(b *testing.B) {
	const actors, variants = 5000, 4
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 8, actors-1)
	var headers []*cloudtrail.Header
	for i := range actors * variants {
		headers = append(headers, scan(b, event{
			user: fmt.Sprintf("user-%d", i/variants), name: []string{"GetObject", "PutObject", "DescribeInstances", "ListBuckets"}[i%variants],
			source: "s3.amazonaws.com", bucket: fmt.Sprintf("bucket-%d", i%7), ip: fmt.Sprintf("198.51.100.%d", i%200),
			agent: "aws-cli/2.15.30 md/Botocore#1.34 ua/2.0 os/linux md/arch#x86_64 lang/python#3.11.8",
		}))
	}
	picks := make([]int, 1<<16)
	for i := range picks {
		picks[i] = int(zipf.Uint64())*variants + random.IntN(variants)
	}
	book := history.NewBook(history.DefaultConfig(), nil, 1)
	origin := history.Origin{Country: [2]byte{'D', 'E'}, ASN: 3320, Kind: "isp", Located: true, Latitude: 50, Longitude: 8}
	sequence := uint64(0)
	learn := func(n int) {
		for i := range n {
			sequence++
			book.Look(headers[picks[i%len(picks)]], origin, history.Position{Sequence: sequence})
			book.Learn()
		}
	}
	learn(len(picks))
	b.ReportAllocs()
	b.ResetTimer()
	learn(b.N)
}

// BenchmarkMillion prints what a million actors with habits of their own take.
func BenchmarkMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("takes half a minute")
	}
	for b.Loop() {
		const actors, events = 1_000_000, 6
		before := heap()
		book := history.NewBook(history.DefaultConfig(), nil, 1)
		fill(b, book, actors, events)
		used := heap() - before
		b.ReportMetric(float64(used)/float64(book.Actors()), "B/actor")
		b.ReportMetric(float64(book.Bytes())/float64(book.Actors()), "charged-B/actor")
		b.ReportMetric(float64(book.Actors()), "actors")
		runtime.KeepAlive(book)
	}
}

func fill(tb testing.TB, book *history.Book, actors, events int) {
	tb.Helper()
	origin := history.Origin{Country: [2]byte{'D', 'E'}, ASN: 3320, Kind: "isp"}
	position := history.Position{Sequence: 1}
	h := scan(tb, event{name: "GetObject", source: "s3.amazonaws.com", agent: "aws-cli/2"})
	for i := range events {
		h.EventName = fmt.Appendf(nil, "GetThing%d", i*7%19)
		h.Bucket = fmt.Appendf(nil, "bucket-%d", i%3)
		for a := range actors {
			position.Sequence++
			h.ARN = fmt.Appendf(h.ARN[:0:0], "arn:aws:iam::111122223333:user/user-%d", a)
			h.SourceIP = fmt.Appendf(h.SourceIP[:0:0], "198.51.%d.%d", a>>8&255, a&255)
			book.Look(h, origin, position)
			book.Learn()
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
