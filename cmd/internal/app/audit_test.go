package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// commands are the lines of the log that say who did what.
func (j *journal) commands(t *testing.T) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(j.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["msg"] == "command carried out" {
			lines = append(lines, fields)
		}
	}
	return lines
}

// TestWhoDidWhatIsKept does everything that people can do, by every way, and looks for it in the log and where it is kept.
func TestWhoDidWhatIsKept(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := pressable(t, url)
	var log journal
	d := startApp(t, app.Options{ConfigFile: w.file, Version: "1.2.3", Log: log.logger(), Console: io.Discard})
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	eventually(t, "the socket is open", w.slack.Connected)
	post := func(path, body string) string {
		t.Helper()
		status, answer := d.ask(t, http.MethodPost, path, body)
		if status != http.StatusOK {
			t.Fatalf("POST %s: %d %s", path, status, answer)
		}
		return answer
	}
	eventuallyIs := func(id string, status alert.Status) {
		t.Helper()
		eventually(t, "the alert is "+string(status), func() bool {
			return get[alert.Alert](t, d, "/api/v1/alerts/"+id).Status == status && d.ledger(t).settled()
		})
	}

	w.pagerDuty.Fail(notifytest.Enqueue, notifytest.Fault{Status: http.StatusBadRequest, Body: `{"status":"invalid event"}`})
	post("/api/v1/alerts/"+a.ID+"/ack", `{"by":"alice","reason":"looking\nmsg=forged"}`)
	eventuallyIs(a.ID, alert.Acknowledged)
	var letters []web.Letter
	eventually(t, "the refused notification is a dead letter", func() bool {
		letters = get[[]web.Letter](t, d, "/api/v1/dead?stage=notify")
		return len(letters) == 1
	})
	post(fmt.Sprintf("/api/v1/dead/%d/resend", letters[0].Sequence), `{"by":"bob"}`)
	other, _ := d.silence(t, "/api/v1/silences", `{"bucket":"www-*","author":"carol","comment":"moving","duration":"2h"}`)
	post("/api/v1/silences/"+other+"/expire", `{"by":"dave"}`)
	post("/-/reload", `{"by":"erin"}`)
	next := newcomer(1, "acme-payroll")
	queue.Send(apiCall(t, next.record()))
	eventually(t, "another alert is told", func() bool { return slices.ContainsFunc(d.alerts(t), on(next.bucket)) && d.ledger(t).settled() })
	b := d.alerts(t)[slices.IndexFunc(d.alerts(t), on(next.bucket))]
	if err := w.slack.Interact(w.slack.Press("UANNA", "trailwarden-silence", b.ID+"|1h0m0s")); err != nil {
		t.Fatal(err)
	}
	eventuallyIs(b.ID, alert.Suppressed)
	if err := w.slack.Interact(w.slack.Press("UANNA", "trailwarden-resolve", a.ID)); err != nil {
		t.Fatal(err)
	}
	eventuallyIs(a.ID, alert.Resolved)
	post("/api/v1/alerts/"+a.ID+"/ack", `{"by":"frank"}`) // too late: nothing is done, and nothing written

	const anna = "anna (Slack UANNA)"
	var got []string
	for _, line := range log.commands(t) {
		object := fmt.Sprint(line["alert_id"], line["silence_id"], line["sequence"])
		if strings.Count(object, "<nil>") < 2 || line["level"] != "info" || line["stage"] != "audit" || line["via"] == "api" && line["source_ip"] != "127.0.0.1" {
			t.Errorf("the line: %v", line)
		}
		got = append(got, fmt.Sprint(line["action"], " ", line["via"], " ", line["actor"]))
	}
	want := []string{
		"acknowledge api alice", "resend api bob", "silence api carol", "expire api dave", "reload api erin", "silence slack " + anna, "resolve slack " + anna,
	}
	if !slices.Equal(got, want) {
		t.Errorf("written down: %q, want %q", got, want)
	}

	// It is kept with the alert and the silence as well.
	kept := get[alert.Alert](t, d, "/api/v1/alerts/"+a.ID)
	var told []string
	for _, u := range kept.Updates {
		told = append(told, u.Text)
	}
	namesAll(t, "what happened to the alert", strings.Join(told, "\n"), "by alice: looking", "by "+anna+"; the resource is still public")
	hidden := get[alert.Alert](t, d, "/api/v1/alerts/"+b.ID)
	if hidden.Suppression == nil || hidden.Suppression.By != anna || len(hidden.SilencedBy) != 1 {
		t.Errorf("the silenced alert: %+v", hidden)
	}
	if kept.AcknowledgedBy != "alice" || kept.ResolvedBy == nil || *kept.ResolvedBy != anna {
		t.Errorf("the alert: %+v", kept)
	}
	for _, s := range get[[]silence.Silence](t, d, "/api/v1/silences") {
		if s.ID == other && (s.Author != "carol" || s.EndedBy != "dave") || s.ID != other && s.Author != anna {
			t.Errorf("the silence: %+v", s)
		}
	}
}
