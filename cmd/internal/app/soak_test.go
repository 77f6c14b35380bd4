package app_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// soakVariable is for how long TestSoak gives load, as Go writes durations; .ci/soak sets it.
const soakVariable = "TRAILWARDEN_SOAK"

// stream is log files of one trail, as they come in: the same actors and buckets all the time, events of now.
type stream struct {
	c      *cloud
	queue  *sqstest.Server
	gen    *gen.Generator
	stored []string // keys, oldest first
	files  int
}

const soakFile = 1000 // records

func newStream(c *cloud, queue *sqstest.Server, perSecond int) *stream {
	cfg := gen.DefaultConfig()
	cfg.Actors, cfg.Exposed, cfg.PerHour, cfg.Start = 2000, 0.0001, perSecond*3600, time.Now().UTC().Add(-5*time.Minute)
	return &stream{c: c, queue: queue, gen: gen.New(cfg)}
}

// next stores the next file and sends its notice. What was read long ago is deleted.
func (s *stream) next(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	if err := s.gen.Write(&out, soakFile); err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("soak/%08d.json.gz", s.files)
	s.files++
	s.c.put(t, key, packed(t, out.Bytes()))
	s.queue.Send(s3Notice(t, logBucket, key))
	s.stored = append(s.stored, key)
	const kept = 500
	if len(s.stored) > kept && s.queue.Stats().Deleted >= s.files-kept {
		if _, err := s.c.store.DeleteObject(logBucket, s.stored[0]); err != nil {
			t.Fatal(err)
		}
		s.stored = s.stored[1:]
	}
}

// sample is what a process holds at a time.
type sample struct{ heap, rss, goroutines, files float64 }

func (d *daemon) sample(t *testing.T) sample {
	t.Helper()
	m := d.metrics(t)
	return sample{m["go_memstats_heap_inuse_bytes"] / (1 << 20), m["process_resident_memory_bytes"] / (1 << 20), m["go_goroutines"], m["process_open_fds"]}
}

// middle is the median of one figure of the samples.
func middle(samples []sample, figure func(sample) float64) float64 {
	var all []float64
	for _, s := range samples {
		all = append(all, figure(s))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// TestSoak gives a daemon steady load and holds what it uses in the last quarter of the time against the quarter
// before the last but one: by then all that is bounded has filled.
func TestSoak(t *testing.T) {
	binary := built(t, ".ci/soak")
	span, err := time.ParseDuration(os.Getenv(soakVariable))
	if err != nil {
		t.Fatalf("%s: %v", soakVariable, err)
	}
	c := shared.part(t)
	queue, url := c.queue("soak", sqstest.Faults{Duplicate: 0.01, Reorder: true, LostResponse: 0.001})
	const perSecond = 3000
	w := newWorld(t, url, "")
	// By default four million eventIDs are remembered, a table that takes half an hour to fill; here it is full when the
	// first quarter ends.
	w.edit(t, "  home_countries", fmt.Sprintf("  history: {event_ids: %d}\n  home_countries", int(perSecond*span.Seconds()/8)))
	w.slack.Interval = time.Second
	_, d := w.run(t, binary)
	s := newStream(c, queue, perSecond)

	var samples []sample
	begin, every := time.Now(), span/120
	load, look := time.NewTicker(time.Second*soakFile/perSecond), time.NewTicker(every)
	defer load.Stop()
	defer look.Stop()
	for time.Since(begin) < span {
		select {
		case <-load.C:
			s.next(t)
		case <-look.C:
			samples = append(samples, d.sample(t))
			if n := len(samples); n%12 == 0 {
				got := samples[n-1]
				t.Logf("%6s: heap %.0f MiB, resident %.0f MiB, %.0f goroutines, %.0f files; %d files given, %d read", time.Since(begin).Round(time.Second),
					got.heap, got.rss, got.goroutines, got.files, s.files, queue.Stats().Deleted)
			}
		}
	}
	flat(t, samples, span < 10*time.Minute)
	finish(t, w, d, queue, s)
}

// flat complains about growth. In a short time tables that are bounded are still filling.
func flat(t *testing.T, samples []sample, short bool) {
	t.Helper()
	memory := 0.10
	if short {
		memory = 0.30
	}
	quarter := len(samples) / 4
	before, after := samples[quarter:2*quarter], samples[3*quarter:]
	for _, f := range []struct {
		name         string
		of           func(sample) float64
		share, least float64 // growth allowed
	}{
		{"heap, MiB", func(s sample) float64 { return s.heap }, memory, 16},
		{"resident, MiB", func(s sample) float64 { return s.rss }, memory, 16},
		{"goroutines", func(s sample) float64 { return s.goroutines }, 0, 8},
		{"open files", func(s sample) float64 { return s.files }, 0, 8},
	} {
		was, is := middle(before, f.of), middle(after, f.of)
		t.Logf("%s: median %.1f in the second quarter, %.1f in the last", f.name, was, is)
		if is > was*(1+f.share)+f.least {
			t.Errorf("%s grew from %.1f to %.1f", f.name, was, is)
		}
	}
}

// finish waits until all is told, and closes the books.
func finish(t *testing.T, w *world, d *daemon, queue *sqstest.Server, s *stream) {
	t.Helper()
	queue.SetFaults(sqstest.Faults{})
	queue.Expire()
	within(t, 3*time.Minute, "all is taken in and told", func() bool {
		return queue.Stats().Deleted == s.files && d.ledger(t).settled()
	})
	l := d.ledger(t)
	l.closes(t)
	if r := l.Records; r.Matched+r.Unmatched != int64(s.files*soakFile) {
		t.Errorf("%d records were given: %+v", s.files*soakFile, r)
	}
	all := d.alerts(t)
	if len(all) == 0 || s.gen.Summary().Opened == 0 {
		t.Fatal("no alert came of it")
	}
	checkSlackOnce(t, w.slack, all, 0)
	checkPagerDutyOnce(t, w.pagerDuty, all)
	t.Logf("%d records, %d exposures, %d alerts, %d Slack messages; unaccounted %d", s.files*soakFile, s.gen.Summary().Opened, len(all), len(w.slack.TopLevel()), l.Unaccounted)
}
