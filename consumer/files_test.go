package consumer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
)

// readFolder runs a consumer over a folder for a while of the bubble's time.
func readFolder(t *testing.T, m *memory, long time.Duration, change func(*consumer.Config)) *consumer.Consumer {
	t.Helper()
	cfg := consumer.DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	c, err := consumer.New(t.Context(), cfg, consumer.Deps{Store: m, Marks: m, Log: zap.NewNop(), Registry: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	// A bubble's clock starts in 2000: files of its own time.
	if err := os.Chtimes(path, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreReadOnceAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		for i := range 30 {
			write(t, filepath.Join(dir, "AWSLogs", fmt.Sprintf("%02d.json", i)), logFile(i*5, i*5+5))
		}
		write(t, filepath.Join(dir, "README.txt"), "not a log")
		write(t, filepath.Join(dir, ".hidden.json"), logFile(900, 901))
		files := func(c *consumer.Config) { c.Files = []string{dir} }
		readFolder(t, m, time.Minute, files)
		readFolder(t, m, time.Minute, files)
		m.verify(t)
		m.wantEvents(t, 150, 1)
		want := consumer.Counts{Objects: consumer.ObjectCounts{In: 30, Read: 30}, Records: consumer.RecordCounts{In: 150, Unmatched: 150}}
		if m.counts != want {
			t.Errorf("counted %+v, want %+v", m.counts, want)
		}
		if m.batches > 12 {
			t.Errorf("%d batches for 30 small files", m.batches)
		}
	})
}

// TestFilesAreReadInTheOrderOfTheirTimes: the layout puts accounts and regions before the time, and what happened in one
// account explains what happens in another.
func TestFilesAreReadInTheOrderOfTheirTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		names := []string{
			"444455556666_CloudTrail_eu-west-1_20260301T0955Z_b.json", "111122223333_CloudTrail_us-east-1_20260301T1000Z_a.json",
			"444455556666_CloudTrail_eu-west-1_20260301T1005Z_d.json", "111122223333_CloudTrail_us-east-1_20260301T1010Z_c.json",
		}
		for i, name := range names { // of one actor, so that all are in one lane
			write(t, filepath.Join(dir, "AWSLogs", name[:12], name), `{"Records":[`+record(i*20)+`]}`)
		}
		var order []string
		m.seen = func(id string) { order = append(order, id) }
		readFolder(t, m, time.Minute, func(c *consumer.Config) { c.Files = []string{dir, filepath.Join(dir, "AWSLogs")} })
		want := []string{eventID(0), eventID(20), eventID(40), eventID(60)}
		if !slices.Equal(order, want) {
			t.Errorf("read in the order %v", order)
		}
	})
}

func TestFilesAreWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		grown := filepath.Join(dir, "grown.jsonl")
		var text strings.Builder
		for i := range 10 { // grows all the time, until it rests
			text.WriteString(record(i) + "\n")
			soFar := text.String()
			time.AfterFunc(time.Duration(i+1)*time.Second, func() { write(t, grown, soFar) })
		}
		time.AfterFunc(40*time.Second, func() { write(t, filepath.Join(dir, "later", "new.json"), logFile(10, 20)) })
		readFolder(t, m, time.Minute, func(c *consumer.Config) { c.Files = []string{dir} })
		m.verify(t)
		m.wantEvents(t, 20, 1)
		if m.counts.Objects.Read != 2 {
			t.Errorf("read %d files, want 2", m.counts.Objects.Read)
		}
	})
}

func TestFilesThatCannotBeReadAreParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		write(t, filepath.Join(dir, "a.json"), logFile(0, 10))
		write(t, filepath.Join(dir, "b.json.gz"), "\x1f\x8b no gzip at all")
		write(t, filepath.Join(dir, "c.json"), `{"Records":[`+record(10)+`,7,`+record(11)+`,{"eventID":}]}`)
		write(t, filepath.Join(dir, "d.json"), logFile(12, 20))
		write(t, filepath.Join(dir, "e.json"), logFile(20, 25)[:900])
		write(t, filepath.Join(dir, "CloudTrail-Digest", "g.json"), logFile(25, 30))
		write(t, filepath.Join(dir, "CloudTrail-Digest", "f.json"), `{"awsAccountId":"111122223333","digestS3Bucket":"b","logFiles":[]}`)
		readFolder(t, m, 2*time.Minute, func(c *consumer.Config) { c.Files = []string{dir} })
		m.verify(t)
		if m.counts.Objects != (consumer.ObjectCounts{In: 7, Read: 4, Ignored: 1, Quarantined: 2}) {
			t.Errorf("objects: %+v", m.counts.Objects)
		}
		if m.counts.Records.Quarantined < 2 || len(m.parked) < 4 {
			t.Errorf("quarantined %d records, parked %v", m.counts.Records.Quarantined, m.parked)
		}
		for i := range 20 {
			if m.events[eventID(i)] != 1 {
				t.Errorf("event %d arrived %d times", i, m.events[eventID(i)])
			}
		}
	})
}

// TestFindingsAreIgnoredByName: findings of other services are no CloudTrail, and nothing to be parked.
func TestFindingsAreIgnoredByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		finding := `{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{"id":"f"}}`
		write(t, filepath.Join(dir, "a.json"), `[`+record(0)+`,`+finding+`,`+finding+`]`)
		write(t, filepath.Join(dir, "b.json"), finding)
		readFolder(t, m, time.Minute, func(c *consumer.Config) { c.Files = []string{dir} })
		want := consumer.Counts{Objects: consumer.ObjectCounts{In: 2, Read: 2}, Records: consumer.RecordCounts{In: 4, Unmatched: 1, Ignored: 3}}
		if m.counts != want || len(m.parked) != 0 {
			t.Errorf("counted %+v, parked %v; want %+v", m.counts, m.parked, want)
		}
	})
}

func TestRecordsWaitForAStoreThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		m.refuse = func(call int) error {
			if call < 20 {
				return errors.New("stream is full")
			}
			return nil
		}
		write(t, filepath.Join(dir, "a.json"), logFile(0, 5000))
		var waiting int64
		var ready error
		cfg := consumer.DefaultConfig()
		cfg.Files, cfg.MaxInFlightBytes = []string{dir}, 1<<20
		c, err := consumer.New(t.Context(), cfg, consumer.Deps{Store: m, Marks: m, Log: zap.NewNop(), Registry: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		<-time.After(10 * time.Second)
		waiting, ready = c.Pending().Records.Pending, c.Ready()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if waiting == 0 || waiting > 3100 {
			t.Errorf("%d records waited, want no more than the limit allows", waiting)
		}
		if ready == nil {
			t.Error("ready while nothing can be stored")
		}
		if err := c.Ready(); err != nil {
			t.Errorf("not ready afterwards: %v", err)
		}
		m.verify(t)
		m.wantEvents(t, 5000, 1)
		if m.largest > 500 {
			t.Errorf("a batch of %d records", m.largest)
		}
		if p := c.Pending(); !p.IsZero() {
			t.Errorf("pending in the end: %+v", p)
		}
	})
}

func TestStoppingLeavesUnstoredFilesForTheNextStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		m.refuse = func(int) error { return errors.New("away") }
		write(t, filepath.Join(dir, "a.json"), logFile(0, 50))
		files := func(c *consumer.Config) { c.Files = []string{dir} }
		start := time.Now()
		readFolder(t, m, 10*time.Second, files)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("stopping took %s", took)
		}
		m.refuse = nil
		readFolder(t, m, time.Minute, files)
		m.verify(t)
		m.wantEvents(t, 50, 1)
	})
}

func TestRecordLargerThanAMessageIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, m := t.TempDir(), newMemory()
		m.maxPayload = 16 << 10
		noise, random := make([]byte, 40<<10), rand.New(rand.NewPCG(1, 2))
		for i := range noise {
			noise[i] = byte('0' + random.IntN(64))
		}
		write(t, filepath.Join(dir, "a.jsonl"), record(0)+"\n"+fmt.Sprintf(`{"eventID":"large","eventName":"X","x":"%s"}`, bytes.ReplaceAll(noise, []byte(`\`), []byte("x")))+"\n"+record(1))
		readFolder(t, m, time.Minute, func(c *consumer.Config) { c.Files = []string{dir} })
		m.verify(t)
		m.wantEvents(t, 2, 1)
		if want := (consumer.RecordCounts{In: 3, Unmatched: 2, Quarantined: 1}); m.counts.Records != want || len(m.parked) != 1 {
			t.Errorf("records: %+v, want %+v; parked %v", m.counts.Records, want, m.parked)
		}
	})
}
