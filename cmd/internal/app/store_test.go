package app_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
	"github.com/trailwarden/trailwarden/enrich"
)

// writeStore names the file that TestStoreOfEveryLayout writes a store of today's layout to: do so before a change of what
// is stored, and keep it beside those of earlier layouts.
const writeStore = "TRAILWARDEN_WRITE_STORE"

// lasting are settings under which nothing in a store ends with the years.
const lasting = "  repeat_open: 0s\n"

func newLastingWorld(t *testing.T, queueURL string) *world {
	w := newWorld(t, queueURL, lasting)
	w.edit(t, "  home_countries", "  history: {retention: 36500d}\n  home_countries")
	return w
}

// newcomer is an exposure by somebody of whom nothing is stored.
func newcomer(n int, bucket string) deed {
	d := kops()
	d.id, d.user, d.bucket = fmt.Sprintf("%d1111111-5f0e-4f39-9d9a-6a1f9a3f8b11", n), fmt.Sprint("dev-", n), bucket
	return d
}

// on reports of an alert whether it is about the bucket.
func on(bucket string) func(alert.Alert) bool {
	return func(a alert.Alert) bool { return a.Bucket == bucket }
}

// told is what the receivers were told when a store was written.
type told struct {
	Slack []notifytest.Message `json:"slack"`
	Pages []notifytest.Event   `json:"pages"`
}

// fill makes a store that holds something of everything: an acknowledged and a resolved alert, a page that could not be sent,
// a dead letter, a silence, a history, and in each stream something that nobody has read yet.
func (w *world) fill(t *testing.T, queue *sqstest.Server) told {
	t.Helper()
	d := w.start(t)
	opened := newcomer(1, "acme-payroll-1")
	closed := opened.closing()
	closed.id = newcomer(7, "").id
	for day := range 20 { // the user is known well before the deed
		usual := kops()
		usual.id, usual.acl, usual.bucket = fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", day), "private", "acme-logs"
		usual.at = usual.at.AddDate(0, 0, day-21)
		queue.Send(apiCall(t, usual.record()))
	}
	queue.Send(string(logFile(ordinary(60, 1))), apiCall(t, kops().record()), apiCall(t, opened.record()), apiCall(t, closed.record()), "poison")
	eventually(t, "the first alerts are told", func() bool {
		return deleted(queue, 25)() && len(d.alerts(t)) == 2 && d.ledger(t).settled()
	})
	at := slices.IndexFunc(d.alerts(t), on(kops().bucket))
	path := "/api/v1/alerts/" + d.alerts(t)[at].ID
	if status, body := d.ask(t, http.MethodPost, path+"/ack", `{"by":"dora","reason":"looking"}`); status != http.StatusOK {
		t.Fatalf("ack: %d %s", status, body)
	}
	eventually(t, "it is acknowledged", func() bool { return d.ledger(t).settled() && get[alert.Alert](t, d, path).AcknowledgedBy == "dora" })
	w.pagerDuty.Fail(notifytest.Enqueue, slices.Repeat([]notifytest.Fault{{Status: http.StatusServiceUnavailable}}, 2)...)
	calls := w.pagerDuty.Calls()
	queue.Send(apiCall(t, newcomer(2, "acme-payroll-2").record()))
	eventually(t, "one page cannot be sent", func() bool {
		return len(w.slack.TopLevel()) == 3 && w.pagerDuty.Calls() > calls && deleted(queue, 26)()
	})
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	w.leave(t)
	return told{Slack: w.slack.Messages(), Pages: w.pagerDuty.Events()}
}

// leave puts into a stopped daemon's store what it has not read yet, and a silence without an end.
func (w *world) leave(t *testing.T) {
	t.Helper()
	cfg := bus.DefaultConfig()
	cfg.Shards, cfg.MaxBytes = 4, 256<<20
	b, err := bus.Open(t.Context(), cfg, filepath.Join(w.dir, "store"), zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	batch := consumer.Batch{Received: time.Now(), Sequence: 1, Records: [][]byte{newcomer(3, "acme-payroll-3").record()}}
	batch.Counts.Records.In = 1
	batch.Counts.Messages.In, batch.Counts.Messages.Done = 1, 1
	found := newcomer(4, "acme-payroll-4")
	record, err := cloudtrail.Decode(found.record())
	if err != nil {
		t.Fatal(err)
	}
	lookup, err := enrich.NewLookup(enrich.DefaultConfig(), zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	finding := enrich.Finding{
		EventID: found.id, Rules: []string{detect.OnExposure, "s3-public-acl"}, Facts: lookup.Facts(record), Record: found.record(),
		Received: time.Now().UnixMilli(),
	}
	packed, err := enrich.EncodeFinding(&finding)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Publish(t.Context(),
		bus.Message{Subject: bus.EventsSubject(1), ID: "batch", Data: consumer.AppendBatch(nil, &batch)},
		bus.Message{Subject: bus.FindingsSubject(consumer.ShardOfKey(found.account, cfg.Shards)), ID: "finding", Data: packed})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	_, err = silence.NewStore(b.KV(bus.Silences)).Add(t.Context(), silence.Silence{
		Bucket: "hush-*", Author: "dora", Comment: "moving", StartsAt: now, EndsAt: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
	}, now)
	if err := errors.Join(err, b.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// goesOn starts a daemon on a store that fill made, and finds that it knows all that was stored and tells nothing again.
func (w *world) goesOn(t *testing.T, queue *sqstest.Server, before told) {
	t.Helper()
	d := w.start(t)
	eventually(t, "what was left is taken in", func() bool {
		all := d.alerts(t)
		return slices.ContainsFunc(all, on("acme-payroll-3")) && slices.ContainsFunc(all, on("acme-payroll-4")) && d.ledger(t).settled()
	})
	l := d.ledger(t)
	if l.Messages.In != 27 || l.Messages.Quarantined != 1 || l.Records.In != 85 || l.Records.Duplicate != 0 || l.Unaccounted != 0 {
		t.Errorf("the ledger: %+v", l)
	}
	if letters := get[[]json.RawMessage](t, d, "/api/v1/dead"); len(letters) != 1 {
		t.Errorf("%d dead letters, want 1", len(letters))
	}
	status := map[string]alert.Status{}
	for _, a := range d.alerts(t) {
		status[a.Bucket] = a.Status
		if a.Bucket == kops().bucket && (a.AcknowledgedBy != "dora" || len(a.Updates) < 2) {
			t.Errorf("the acknowledged alert: %+v", a)
		}
		// Each was told once, in Slack and to PagerDuty, now or then.
		cards := slices.DeleteFunc(w.slack.TopLevel(), func(m notifytest.Message) bool { return m.ID() != a.ID })
		pages := map[string]bool{} // by key: what is planned anew is an event of the same one, which rings nobody
		for _, e := range append(before.Pages[:len(before.Pages):len(before.Pages)], w.pagerDuty.Events()...) {
			if e.Action == "trigger" && e.Payload.Details["alert_id"] == a.ID {
				pages[e.DedupKey] = true
			}
		}
		late := a.Status == alert.Resolved && len(pages) == 0 // ended before it was told, which pages nobody
		if len(cards) != 1 || len(pages) != 1 && !late {
			t.Errorf("of %s there are %d cards and %d pages", a.Bucket, len(cards), len(pages))
		}
	}
	for bucket, want := range map[string]alert.Status{
		kops().bucket: alert.Acknowledged, "acme-payroll-2": alert.Open, "acme-payroll-3": alert.Open, "acme-payroll-4": alert.Open,
	} {
		if status[bucket] != want {
			t.Errorf("%s is %q, want %s", bucket, status[bucket], want)
		}
	}
	if all := get[[]silence.Silence](t, d, "/api/v1/silences"); len(all) != 1 || all[0].Author != "dora" {
		t.Errorf("silences: %+v", all)
	}

	// An event of then is a duplicate, a bucket opened then is closed, a silence of then hides, a user of then is known.
	again, hushed := kops(), newcomer(5, "hush-payroll")
	known := kops()
	known.id, known.bucket, known.at = "61111111-5f0e-4f39-9d9a-6a1f9a3f8b11", "acme-payroll-6", known.at.AddDate(0, 0, 2)
	cards := len(w.slack.TopLevel())
	queue.Send(apiCall(t, again.record()), apiCall(t, again.closing().record()), apiCall(t, hushed.record()), apiCall(t, known.record()))
	var now map[string]alert.Alert
	eventually(t, "what comes next is judged by what was stored", func() bool {
		now = map[string]alert.Alert{}
		for _, a := range d.alerts(t) {
			now[a.Bucket] = a
		}
		return now[again.bucket].Status == alert.Resolved && now[hushed.bucket].Status == alert.Suppressed && now[known.bucket].ID != "" && d.ledger(t).settled()
	})
	if l := d.ledger(t); l.Records.Duplicate != 1 || l.Records.In != 89 || l.Unaccounted != 0 {
		t.Errorf("the ledger: %+v", l)
	}
	if slices.ContainsFunc(now[known.bucket].Factors, func(f alert.Factor) bool {
		return f.Name == "user_new" || strings.Contains(f.Detail, "nothing is known")
	}) {
		t.Errorf("the user is not known any more: %+v", now[known.bucket].Factors)
	}
	if n := len(w.slack.TopLevel()); n != cards+1 {
		t.Errorf("%d new cards, want that of %s alone", n-cards, known.bucket)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
}

// TestStoreOfEveryLayout goes on with stores that were written by the code of their time. A change of what is stored has
// to keep it passing; it writes a store of its own layout as well.
func TestStoreOfEveryLayout(t *testing.T) {
	c := newCloud(t)
	if name := os.Getenv(writeStore); name != "" {
		queue, url := c.queue("write", sqstest.Faults{})
		w := newLastingWorld(t, url)
		before := w.fill(t, queue)
		w.write(t, "told.json", text(t, before))
		pack(t, w.dir, name, "store", "told.json")
		return
	}
	stores, err := filepath.Glob("testdata/store-*.tar.gz")
	if err != nil || len(stores) == 0 {
		t.Fatal("no store of an earlier layout is there", err)
	}
	for i, name := range stores {
		queue, url := c.queue(fmt.Sprint("trail", i), sqstest.Faults{})
		w := newLastingWorld(t, url)
		unpack(t, name, w.dir)
		data, err := os.ReadFile(filepath.Join(w.dir, "told.json"))
		if err != nil {
			t.Fatal(err)
		}
		var before told
		if err := json.Unmarshal(data, &before); err != nil {
			t.Fatal(err)
		}
		w.slack.Keep(before.Slack)
		w.goesOn(t, queue, before)
	}
}

// TestBackupIsRestored copies the data folder of a stopped daemon, loses it, and puts the copy in its place.
func TestBackupIsRestored(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newLastingWorld(t, url)
	w.fill(t, queue)
	store, backup := filepath.Join(w.dir, "store"), filepath.Join(t.TempDir(), "backup")
	if err := errors.Join(os.CopyFS(backup, os.DirFS(store)), os.RemoveAll(store), os.CopyFS(store, os.DirFS(backup))); err != nil {
		t.Fatal(err)
	}

	// Settings for another store are refused, by run and before anything is read or written.
	w.edit(t, "shards: 4", "shards: 8")
	_, err := app.New(t.Context(), app.Options{ConfigFile: w.file, Log: zap.NewNop(), Console: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "nats.shards is 8 but the store was made with 4: set it to 4") {
		t.Fatalf("another number of shards: %v", err)
	}
	w.edit(t, "shards: 8", "shards: 4")
	w.goesOn(t, queue, told{})
}

// pack writes what lies below dir under the names into an archive.
func pack(t *testing.T, dir, file string, names ...string) {
	t.Helper()
	var out bytes.Buffer
	zipped, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	archive := tar.NewWriter(zipped)
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(dir, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			if err := archive.WriteHeader(&tar.Header{Name: filepath.ToSlash(rel), Mode: 0o600, Size: int64(len(data))}); err != nil {
				return err
			}
			_, err = archive.Write(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zipped.Close(), os.WriteFile(file, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// unpack is the reverse of pack.
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(unzipped)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
