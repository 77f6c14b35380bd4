package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// streamFolder is the folder of a stream in a stopped daemon's store.
func (w *world) streamFolder(t *testing.T, stream string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.dir, "store", "jetstream", "*", "streams", stream))
	if err != nil || len(found) != 1 {
		t.Fatalf("folder of %s: %v, %v", stream, found, err)
	}
	return found[0]
}

// lastBlock is the file of a stream to which messages were added last.
func (w *world) lastBlock(t *testing.T, stream string) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(w.streamFolder(t, stream), "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("blocks of %s: %v", stream, err)
	}
	slices.SortFunc(blocks, func(a, b string) int { return len(a) - len(b) })
	return blocks[len(blocks)-1]
}

// unindex removes the index that a server writes when it is stopped in good order.
func (w *world) unindex(t *testing.T, stream string) {
	t.Helper()
	if err := os.Remove(filepath.Join(w.streamFolder(t, stream), "msgs", "index.db")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// tear takes the last bytes off a stream's last block.
func (w *world) tear(t *testing.T, stream string, n int64) {
	t.Helper()
	block := w.lastBlock(t, stream)
	info, err := os.Stat(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(block, max(info.Size()-n, 0)); err != nil {
		t.Fatal(err)
	}
	w.unindex(t, stream)
}

// TestStreamThatLostItsEndSwallowsNothing harms each work stream of an idle daemon's store. Whatever comes afterwards is
// taken in and told, and the ledger says that lanes were read anew.
func TestStreamThatLostItsEndSwallowsNothing(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"TRAIL_EVENTS", "TRAIL_FINDINGS", "TRAIL_NOTIFY"} {
		for name, harm := range map[string]func(t *testing.T, w *world){
			"torn": func(t *testing.T, w *world) { w.tear(t, stream, 1) },
			"gone": func(t *testing.T, w *world) {
				if err := os.RemoveAll(w.streamFolder(t, stream)); err != nil {
					t.Fatal(err)
				}
			},
		} {
			t.Run(stream+" "+name, func(t *testing.T) {
				t.Parallel()
				c := shared.part(t)
				queue, url := c.queue("trail", sqstest.Faults{})
				w := newWorld(t, url, "")
				const before = 12
				d := w.start(t)
				for n := range before {
					queue.Send(apiCall(t, numbered(n).record()))
				}
				eventually(t, "the first are told", func() bool {
					return deleted(queue, before)() && len(d.alerts(t)) == before && d.ledger(t).settled()
				})
				if err := d.stop(); err != nil {
					t.Fatal(err)
				}
				harm(t, w)

				d = w.start(t)
				queue.Send(apiCall(t, numbered(before).record()))
				eventually(t, "the next one is told", func() bool {
					all := d.alerts(t)
					return slices.ContainsFunc(all, on(numbered(before).bucket)) && len(all) == before+1 && d.ledger(t).settled()
				})
				got := d.ledger(t)
				got.closes(t)
				if got.Restarted == 0 {
					t.Error("the ledger does not tell that lanes were read anew")
				}
				checkSlackOnce(t, w.slack, d.alerts(t), 0)
				checkPagerDutyOnce(t, w.pagerDuty, d.alerts(t))
				if status, body := d.ask(t, http.MethodGet, "/metrics", ""); status != http.StatusOK ||
					!strings.Contains(body, fmt.Sprintf("trailwarden_bus_lanes_restarted_total{stream=%q} ", stream)) {
					t.Error("no metric tells it")
				}
			})
		}
	}
}

// numbered is an exposure by somebody of their own in an account of their own.
func numbered(n int) deed {
	d := kops()
	d.id, d.user, d.bucket = fmt.Sprintf("0d4c0000-0000-4000-8001-%012d", n), fmt.Sprint("dev-", n), fmt.Sprint("acme-payroll-", n)
	d.account = fmt.Sprint(killAccount + n)
	return d
}

// TestDamagedStoreIsTold flips one bit in an alert of a killed daemon's store: that alert is lost and named, all others stay.
func TestDamagedStoreIsTold(t *testing.T) {
	t.Parallel()
	c := shared.part(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	const n = 12
	d := w.start(t)
	for i := range n {
		queue.Send(apiCall(t, numbered(i).record()))
	}
	eventually(t, "all are told", func() bool { return deleted(queue, n)() && len(d.alerts(t)) == n && d.ledger(t).settled() })
	before := d.ledger(t)
	gone := d.alerts(t)[n/2]
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	block := w.lastBlock(t, "KV_trail_alerts")
	data, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(data, []byte(`"id":"`+gone.ID))
	if at < 0 {
		t.Fatal("the alert is not in the last block")
	}
	data[at+8] ^= 1
	if err := os.WriteFile(block, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.unindex(t, "KV_trail_alerts")

	d = w.start(t)
	all := d.alerts(t)
	if len(all) != n-1 || slices.ContainsFunc(all, func(a alert.Alert) bool { return a.ID == gone.ID }) {
		t.Errorf("%d alerts are left of %d", len(all), n)
	}
	after := d.ledger(t)
	if after.Lost != 1 || after.Records != before.Records || after.Alerts["opened"] != before.Alerts["opened"] || after.Unaccounted != 0 {
		t.Errorf("the ledger: %+v, before %+v", after, before)
	}
	store := get[bus.StoreReport](t, d, "/api/v1/store")
	if !store.Whole() || len(store.Losses) != 1 || !strings.Contains(store.Losses[0].Key, gone.ID) || store.Losses[0].Stream != "KV_trail_alerts" {
		t.Errorf("%+v", store)
	}
	if _, body := d.ask(t, http.MethodGet, "/-/ready", ""); !strings.Contains(body, "1 stored messages or values were lost") {
		t.Errorf("ready does not tell it: %s", body)
	}
}

// TestLedgerDoesNotForget takes away the bucket in which the enrichment keeps its counts.
func TestLedgerDoesNotForget(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"KV_trail_history", "KV_trail_state"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			c := shared.part(t)
			queue, url := c.queue("trail", sqstest.Faults{})
			w := newWorld(t, url, "")
			const n = 6
			d := w.start(t)
			for i := range n {
				queue.Send(apiCall(t, numbered(i).record()))
			}
			eventually(t, "all are told", func() bool { return deleted(queue, n)() && len(d.alerts(t)) == n && d.ledger(t).settled() })
			before := d.ledger(t)
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(w.streamFolder(t, stream)); err != nil {
				t.Fatal(err)
			}
			for range 2 { // what is carried on is carried on once
				d = w.start(t)
				after := d.ledger(t)
				if after.Records != before.Records || after.Messages != before.Messages || after.Alerts["opened"] != before.Alerts["opened"] {
					t.Errorf("the ledger is %+v, and was %+v", after, before)
				}
				if after.Lost == 0 || after.Unaccounted != 0 {
					t.Errorf("lost %d, unaccounted %d", after.Lost, after.Unaccounted)
				}
				if err := d.stop(); err != nil {
					t.Fatal(err)
				}
			}
			d = w.start(t)
			queue.Send(apiCall(t, numbered(n).record()))
			eventually(t, "the next one is told", func() bool { return len(d.alerts(t)) == n+1 && d.ledger(t).settled() })
			if got := d.ledger(t); got.Records.In != before.Records.In+1 || got.Unaccounted != 0 {
				t.Errorf("the ledger is %+v, and was %+v", got, before)
			}
		})
	}
}
