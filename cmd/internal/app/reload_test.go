package app_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// edit changes the settings' file.
func (w *world) edit(t *testing.T, old, now string) {
	t.Helper()
	data, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("the settings do not hold %q", old)
	}
	w.write(t, "trailwarden.yaml", strings.Replace(string(data), old, now, 1))
}

// reloadSuccess is the metric that tells how the last reload went.
func reloadSuccess(t *testing.T, d *daemon) string {
	t.Helper()
	_, body := d.ask(t, http.MethodGet, "/metrics", "")
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, "trailwarden_config_last_reload_successful "); ok {
			return strings.TrimSpace(value)
		}
	}
	return "absent"
}

func TestReload(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	reload := func() (int, string) { return d.ask(t, http.MethodPost, "/-/reload", "") }
	if status, body := reload(); status != http.StatusOK {
		t.Fatalf("unchanged settings: %d %s", status, body)
	}

	// Every fault is told, nothing changes, and nothing stops.
	w.edit(t, "home_countries: [DE]", "home_countries: [germany]\n  home: DE")
	status, body := reload()
	if status != http.StatusUnprocessableEntity || reloadSuccess(t, d) != "0" {
		t.Errorf("a bad file: %d, metric %s", status, reloadSuccess(t, d))
	}
	namesAll(t, "the answer", body, w.file+":", "enrich.home_countries[0]", "enrich.home")
	w.edit(t, "home_countries: [germany]\n  home: DE", "home_countries: [DE]")

	// What is built once is refused by name, and the rest of that file is not taken over either.
	w.edit(t, "max_object_bytes: 8388608", "max_object_bytes: 4194304")
	if status, body := reload(); status != http.StatusUnprocessableEntity || !strings.Contains(body, "consumer: changed") {
		t.Errorf("another consumer: %d %s", status, body)
	}
	w.edit(t, "max_object_bytes: 4194304", "max_object_bytes: 8388608")
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	checkTold(t, w, a)

	// A good file is in force for what comes next.
	w.edit(t, "  routes:", "  routes:\n    - {bucket: \"next-*\", receivers: [oncall]}")
	w.edit(t, "alerting:", "rules: {disabled: [s3-public-policy]}\nalerting:")
	if status, body := reload(); status != http.StatusOK || reloadSuccess(t, d) != "1" {
		t.Errorf("a good file: %d %s, metric %s", status, body, reloadSuccess(t, d))
	}
	next := kops()
	next.id, next.user, next.bucket = "11111111-5f0e-4f39-9d9a-6a1f9a3f8b11", "dev-bert", "next-payroll"
	queue.Send(apiCall(t, next.record()))
	eventually(t, "the next alert is told", func() bool { return len(d.alerts(t)) == 2 && d.ledger(t).settled() })
	if pages, cards := len(w.pagerDuty.Events()), len(w.slack.TopLevel()); pages != 2 || cards != 1 {
		t.Errorf("%d pages and %d cards, want 2 and 1", pages, cards)
	}
	d.ledger(t).closes(t)
}
