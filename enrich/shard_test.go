package enrich_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// feed shows records to a shard as replay does.
type feed struct {
	t     testing.TB
	shard *enrich.Shard
	pos   history.Position
}

func newFeed(tb testing.TB, s enrich.Selector) *feed {
	tb.Helper()
	return &feed{t: tb, shard: enrich.NewShard(enrich.DefaultConfig(), 1, lookup(tb), s)}
}

func (f *feed) show(raw []byte) (enrich.Outcome, *enrich.Finding) {
	f.t.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		f.t.Fatal(err)
	}
	f.pos.Sequence++
	return f.shard.Process(raw, &h, 0, f.pos)
}

func TestOutcomes(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	read, acl := record("1", "alice", "GetObject", "payroll", 0), record("2", "alice", "PutBucketAcl", "payroll", 1)
	for i, step := range []struct {
		raw  []byte
		want enrich.Outcome
	}{{read, enrich.Unmatched}, {acl, enrich.Matched}, {acl, enrich.Duplicate}, {read, enrich.Duplicate}} {
		if got, finding := f.show(step.raw); got != step.want || (finding != nil) != (got == enrich.Matched) {
			t.Fatalf("record %d is %s", i, got)
		}
	}
}

// TestAggregatedRecordsAreAKindOfTheirOwn: CloudTrail's aggregates name no call and no actor. Nobody's habits grow by them.
func TestAggregatedRecordsAreAKindOfTheirOwn(t *testing.T) {
	f := newFeed(t, pick("GetObject"))
	raw := []byte(`{"eventVersion":"1.0","accountId":"111122223333","eventId":"a1","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","eventSource":"s3.amazonaws.com","summary":{}}`)
	for i, want := range []enrich.Outcome{enrich.Aggregated, enrich.Duplicate} {
		if got, finding := f.show(raw); got != want || finding != nil {
			t.Errorf("time %d: %s", i+1, got)
		}
	}
	if n := f.shard.Actors(); n != 0 {
		t.Errorf("%d actors", n)
	}
}

func TestFindingTellsWhatWasBefore(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	f.show(record("1", "alice", "GetObject", "payroll", 0))
	raw := record("2", "alice", "PutBucketAcl", "payroll", 1)
	_, finding := f.show(raw)
	if finding.EventID != "2" || !slices.Equal(finding.Rules, []string{"test-rule"}) || string(finding.Record) != string(raw) {
		t.Fatalf("%+v", finding)
	}
	h := finding.Facts.History
	if h.Events != 1 || h.BucketCalls != 1 || h.Calls != 0 || !slices.Equal(h.First, []string{"call"}) {
		t.Fatalf("%+v", h)
	}
	if finding.Facts.Bucket.Sensitivity == 0 || finding.Facts.Address.IP != "198.51.100.7" {
		t.Fatalf("%+v", finding.Facts)
	}
	raw[0] = 'x' // the caller's buffer is used again
	if finding.Record[0] != '{' {
		t.Fatal("the finding keeps the caller's bytes")
	}
}

// Records of network activity stand beside those of the calls themselves, so they are nobody's habit and no burst.
func TestNetworkActivityTeachesNothing(t *testing.T) {
	f := newFeed(t, pick("DeleteObject"))
	shadow := func(id, name string, minute int) []byte {
		return bytes.Replace(record(id, "alice", name, "payroll", minute), []byte(`"eventVersion"`), []byte(`"eventCategory":"NetworkActivity","eventVersion"`), 1)
	}
	for i := range 60 {
		if got, finding := f.show(shadow(fmt.Sprint("a", i), "PutObject", 0)); got != enrich.Unmatched || finding != nil {
			t.Fatalf("record %d is %s", i, got)
		}
	}
	for i := range 60 {
		_, finding := f.show(shadow(fmt.Sprint("b", i), "DeleteObject", 0))
		if !slices.Equal(finding.Rules, []string{"test-rule"}) || finding.Facts.History.Known || len(finding.Facts.History.Burst) != 0 && i < 20 {
			t.Fatalf("record %d: %v %+v", i, finding.Rules, finding.Facts.History)
		}
	}
}

func TestRecordWithoutEventID(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	raw := []byte(`{"eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com"}`)
	if _, finding := f.show(raw); finding == nil || finding.EventID == "" {
		t.Fatalf("%+v", finding)
	}
	if got, _ := f.show(raw); got != enrich.Duplicate {
		t.Fatal(got)
	}
}

func TestBurstMakesAFinding(t *testing.T) {
	f := newFeed(t, pick("nothing"))
	var told []string
	for i := range 60 {
		if _, finding := f.show(record(fmt.Sprint(i), "alice", "DeleteObject", "payroll", i/10)); finding != nil {
			told = append(told, finding.EventID)
			if !slices.Equal(finding.Rules, []string{enrich.BurstRule}) || len(finding.Facts.History.Burst) != 1 {
				t.Fatalf("%+v", finding)
			}
		}
	}
	if diff := cmp.Diff([]string{"24", "49"}, told); diff != "" {
		t.Fatal(diff)
	}
}

// The latest ids are known for duplicates, and no id is taken for one that was never shown.
func TestDuplicates(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.History.EventIDs = 2048
	known := lookup(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := &feed{t: t, shard: enrich.NewShard(cfg, 1, known, pick(""))}
		shown, latest := map[int]bool{}, []int{}
		for range 300 {
			id := rapid.IntRange(0, 400).Draw(rt, "id")
			outcome, _ := f.show(fmt.Appendf(nil, `{"eventID":"%d"}`, id))
			if want := shown[id]; want != (outcome == enrich.Duplicate) {
				rt.Fatalf("id %d after %v is %s", id, latest, outcome)
			}
			shown[id] = true
		}
	})
}

func TestOldEventIDsAreForgotten(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.History.EventIDs = 2048
	f := &feed{t: t, shard: enrich.NewShard(cfg, 1, lookup(t), pick(""))}
	show := func(id int) enrich.Outcome {
		outcome, _ := f.show(fmt.Appendf(nil, `{"eventID":"%d"}`, id))
		return outcome
	}
	for id := range 5000 {
		show(id)
	}
	for id := 4999; id >= 5000-1024; id-- {
		if show(id) != enrich.Duplicate {
			t.Fatalf("id %d is forgotten too soon", id)
		}
	}
	if show(0) == enrich.Duplicate {
		t.Fatal("the oldest id is remembered for ever")
	}
}

func TestUnmatchedRecordsCostNoAllocation(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	raw := record("00000000-0000-0000-0000-000000000000", "alice", "GetObject", "payroll", 0)
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		t.Fatal(err)
	}
	process := func() {
		f.pos.Sequence++
		for digit, n := 35, f.pos.Sequence; n > 0; digit, n = digit-1, n/10 {
			h.EventID[digit] = byte('0' + n%10)
		}
		if outcome, _ := f.shard.Process(raw, &h, 0, f.pos); outcome != enrich.Unmatched {
			t.Fatal(outcome)
		}
	}
	process()
	if n := testing.AllocsPerRun(400, process); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestFindingsAreStoredAndRead(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	_, want := f.show(record("1", "alice", "PutBucketAcl", "payroll", 0))
	want.Received = 1_700_000_000_000
	data, err := enrich.EncodeFinding(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := enrich.DecodeFinding(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	for n := range data {
		if _, err := enrich.DecodeFinding(data[:n]); !errors.Is(err, enrich.ErrFinding) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
}

func FuzzDecodeFinding(f *testing.F) {
	data, err := enrich.EncodeFinding(&enrich.Finding{EventID: "1", Rules: []string{"r"}, Record: []byte("{}")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		finding, err := enrich.DecodeFinding(data)
		if err != nil {
			return
		}
		if _, err := enrich.EncodeFinding(finding); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkProcess takes in records of 5,000 actors who act as unevenly as real ones, none of which is a
// duplicate; it prints the memory a shard holds after 200,000.
func BenchmarkProcess(b *testing.B) {
	const actors = 5000
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 8, actors-1)
	raws, headers := make([][]byte, actors), make([]cloudtrail.Header, actors)
	for i := range raws {
		name := []string{"GetObject", "PutObject", "DescribeInstances"}[i%3]
		raws[i] = record("00000000-0000-0000-0000-000000000000", fmt.Sprintf("user-%d", i), name, fmt.Sprint("bucket-", i%40), i%1000)
		if _, err := headers[i].Scan(raws[i]); err != nil {
			b.Fatal(err)
		}
	}
	picks := make([]int, 1<<16)
	for i := range picks {
		picks[i] = int(zipf.Uint64())
	}
	f := newFeed(b, pick("PutBucketAcl"))
	process := func(n int) {
		for range n {
			f.pos.Sequence++
			p := picks[f.pos.Sequence%uint64(len(picks))]
			for digit, n := 35, f.pos.Sequence; n > 0; digit, n = digit-1, n/10 {
				headers[p].EventID[digit] = byte('0' + n%10)
			}
			f.shard.Process(raws[p], &headers[p], 0, f.pos)
		}
	}
	before := heap()
	process(200_000)
	held := heap() - before
	b.ReportAllocs()
	b.ResetTimer()
	process(b.N)
	b.ReportMetric(float64(held)/(1<<20), "MiB")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
