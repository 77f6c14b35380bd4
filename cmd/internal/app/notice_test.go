package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestChangesStandBesideTheIncidents holds PagerDuty's change events against what was done by hand.
func TestChangesStandBesideTheIncidents(t *testing.T) {
	c := newCloud(t)
	_, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.edit(t, "routing_key_file: routing-key,", "routing_key_file: routing-key, change_events: true,")
	d := w.start(t)
	_, body := d.ask(t, http.MethodPost, "/api/v1/silences", `{"bucket":"www-*","author":"dora","comment":"moving","duration":"2h"}`)
	var added struct{ Silence struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &added); err != nil || added.Silence.ID == "" {
		t.Fatalf("adding a silence: %s", body)
	}
	d.ask(t, http.MethodPost, "/api/v1/silences?dry_run=true", `{"bucket":"db-*","author":"dora","comment":"never","duration":"2h"}`)
	d.ask(t, http.MethodPost, "/api/v1/silences/"+added.Silence.ID+"/expire", "")
	w.edit(t, "home_countries: [DE]", "home_countries: [DE, US]")
	if status, body := d.ask(t, http.MethodPost, "/-/reload", ""); status != http.StatusOK {
		t.Fatalf("reload: %d %s", status, body)
	}
	eventually(t, "PagerDuty is told", func() bool { return len(w.pagerDuty.Changes()) >= 3 && d.ledger(t).settled() })
	var told []string
	for _, e := range w.pagerDuty.Changes() {
		told = append(told, e.Payload.Summary+" "+text(t, e.Payload.Details))
	}
	if len(told) != 3 {
		t.Errorf("told %q", told)
	}
	all := strings.Join(told, "\n")
	namesAll(t, "PagerDuty", all, "dora created a silence until", "moving", "matches bucket=www-*", "api ended the silence created by dora", "configuration reloaded", "enrich changed")
	if len(w.slack.Messages()) != 0 || len(w.pagerDuty.Events()) != 0 {
		t.Errorf("Slack was told %d messages, PagerDuty %d events", len(w.slack.Messages()), len(w.pagerDuty.Events()))
	}
	d.ledger(t).closes(t)
}
