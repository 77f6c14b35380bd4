package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestObjectsOfDeadLettersAreReadAgain: once the cause is mended, a person has what could not be read taken in after all,
// and what still cannot be read is parked anew.
func TestObjectsOfDeadLettersAreReadAgain(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	logs := t.TempDir()
	file := filepath.Join(logs, "mended.json")
	writeFile := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeFile("garbage")
	c.put(t, "mended", []byte("\x1f\x8b no gzip"))
	c.put(t, "broken", packed(t, []byte(`{"Records":[{},{}]}`)))
	w.watchFolder(t, logs)
	d := w.start(t)
	queue.Send(s3Notice(t, logBucket, "mended"), s3Notice(t, logBucket, "broken"), `{"unknown": "kind"}`)
	letters := func() (all []web.Letter) { return get[[]web.Letter](t, d, "/api/v1/dead?stage=consumer") }
	eventually(t, "all are parked", func() bool { return len(letters()) == 5 })
	before := map[string]uint64{}
	for _, l := range letters() {
		before[l.ID] = l.Sequence
	}
	resend := func(id string) {
		t.Helper()
		if status, body := d.ask(t, http.MethodPost, fmt.Sprintf("/api/v1/dead/%d/resend", before[id]), `{"by":"dora"}`); status != http.StatusOK {
			t.Fatalf("resend of %s: %d %s", id, status, body)
		}
	}
	c.put(t, "mended", packed(t, logFile(among(20, 1, kops()))))
	writeFile(string(logFile(ordinary(10, 100))))
	resend("s3://" + logBucket + "/mended")
	resend("s3://" + logBucket + "/broken#2")
	resend(file)
	eventually(t, "what was mended is taken in, what was not is parked anew", func() bool {
		all := letters()
		return len(all) == 3 && all[2].Sequence > before["s3://"+logBucket+"/broken#2"] && strings.Contains(all[2].ID, "/broken#")
	})
	toldOnce(t, d, w, deleted(queue, 3))
	eventually(t, "the file's events are counted", func() bool {
		r := d.ledger(t).Records
		return r.Matched+r.Unmatched == 21+10 && d.ledger(t).Unaccounted == 0
	})
	// Pages, and giving up.
	all := letters()
	page := get[[]web.Letter](t, d, fmt.Sprintf("/api/v1/dead?stage=consumer&limit=2&cursor=%d", all[0].Sequence))
	if len(page) != 2 || page[0].Sequence != all[1].Sequence {
		t.Errorf("the page behind the first letter: %+v", page)
	}
	for _, wrong := range []string{"stage=nobody", "limit=0", "limit=x", "cursor=x", "sort=up"} {
		if status, body := d.ask(t, http.MethodGet, "/api/v1/dead?"+wrong, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, status, body)
		}
	}
	if status, body := d.ask(t, http.MethodDelete, fmt.Sprintf("/api/v1/dead/%d", all[0].Sequence), ""); status != http.StatusOK || len(letters()) != 2 {
		t.Errorf("drop: %d %s", status, body)
	}
	if status, _ := d.ask(t, http.MethodDelete, fmt.Sprintf("/api/v1/dead/%d", all[0].Sequence), ""); status != http.StatusNotFound {
		t.Errorf("drop of nothing: %d", status)
	}
	if status, _ := d.ask(t, http.MethodDelete, "/api/v1/dead", ""); status != http.StatusBadRequest {
		t.Errorf("drop of everything, by a slip: %d", status)
	}
	if status, body := d.ask(t, http.MethodDelete, "/api/v1/dead?stage=consumer", ""); status != http.StatusOK || !strings.Contains(body, `2`) || len(letters()) != 0 {
		t.Errorf("drop of a stage: %d %s", status, body)
	}
	if _, body := d.ask(t, http.MethodGet, "/metrics", ""); !strings.Contains(body, `trailwarden_bus_dead_letters_fill_ratio{stage="consumer"} 0`) {
		t.Error("no metric tells how full the dead letters are")
	}
}
