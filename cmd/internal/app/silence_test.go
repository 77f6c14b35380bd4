package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// silence adds a silence, or tries it out, and gives its id and how many alerts it would have hidden.
func (d *daemon) silence(t *testing.T, path, body string) (id string, hidden int) {
	t.Helper()
	status, answer := d.ask(t, http.MethodPost, path, body)
	var got struct {
		Silence silence.Silence `json:"silence"`
		Days    int             `json:"days"`
		Hidden  []alert.Alert   `json:"would_have_hidden"`
	}
	if status != http.StatusOK || json.Unmarshal([]byte(answer), &got) != nil || got.Days != 30 {
		t.Fatalf("POST %s: %d %s", path, status, answer)
	}
	return got.Silence.ID, len(got.Hidden)
}

func TestSilencesHideAndAtTheirEndTellOnceWhatIsStillOpen(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	told := toldOnce(t, d, w, deleted(queue, 1))

	// The preview looks back 30 days; the story is older, so nothing is seen of it.
	const wish = `{"bucket":"*-kops-*","author":"dora","comment":"rehearsal <!channel>","duration":"2h"}`
	if _, hidden := d.silence(t, "/api/v1/silences?dry_run=true", wish); hidden != 0 {
		t.Errorf("%d hidden", hidden)
	}
	if all := get[[]silence.Silence](t, d, "/api/v1/silences"); len(all) != 0 {
		t.Errorf("trying out added %+v", all)
	}

	// What is open already is silenced as well, and its page ends; new ones are never told.
	id, _ := d.silence(t, "/api/v1/silences", wish)
	key := w.pagerDuty.Events()[0].DedupKey
	eventually(t, "the page ends", func() bool { return w.pagerDuty.State(key) == "resolved" && d.ledger(t).settled() })
	for n := range 3 {
		next := kops()
		next.id, next.user, next.bucket = fmt.Sprintf("%d1111111-5f0e-4f39-9d9a-6a1f9a3f8b11", n), fmt.Sprint("dev-", n), fmt.Sprint("test-kops-", n)
		queue.Send(apiCall(t, next.record()))
		if n == 2 {
			end := next.closing()
			end.id = "91111111-5f0e-4f39-9d9a-6a1f9a3f8b11"
			queue.Send(apiCall(t, end.record()))
		}
	}
	eventually(t, "all are taken in", func() bool { return deleted(queue, 5)() && len(d.alerts(t)) == 4 && d.ledger(t).settled() })
	if n := len(get[[]alert.Alert](t, d, "/api/v1/alerts?status=suppressed")); n != 3 {
		t.Errorf("%d suppressed, want 3", n)
	}
	if len(w.slack.TopLevel()) != 1 || w.pagerDuty.Opened(key) != 1 {
		t.Errorf("somebody was told of silenced alerts: %+v", w.slack.TopLevel())
	}
	namesAll(t, "the card", string(w.slack.TopLevel()[0].Blocks), "SUPPRESSED", "by dora: rehearsal")
	if problems := w.slack.Problems(); len(problems) > 0 {
		t.Errorf("Slack: %q", problems)
	}

	// Its end tells those still open, each once, and not the one that was closed meanwhile.
	if status, body := d.ask(t, http.MethodDelete, "/api/v1/silences/"+id, ""); status != http.StatusOK {
		t.Fatalf("DELETE: %d %s", status, body)
	}
	eventually(t, "what is still open is told", func() bool {
		return len(get[[]alert.Alert](t, d, "/api/v1/alerts?status=open")) == 3 && len(w.slack.TopLevel()) == 3 && d.ledger(t).settled()
	})
	opened := map[string]int{}
	for _, e := range w.pagerDuty.Events() {
		if e.Action == "trigger" {
			opened[e.DedupKey]++
		}
	}
	if len(opened) != 3 || opened[told.ID] != 2 {
		t.Errorf("PagerDuty opened %v", opened)
	}
	for _, a := range d.alerts(t) {
		if strings.HasSuffix(a.Bucket, "-2") && (a.Status != alert.Resolved || opened[a.ID] != 0) || len(a.SilencedBy) != 1 {
			t.Errorf("%s: %s, silenced by %v", a.Bucket, a.Status, a.SilencedBy)
		}
	}
	d.ledger(t).closes(t)
}

func TestWishesThatAreNoSilences(t *testing.T) {
	c := newCloud(t)
	_, url := c.queue("trail", sqstest.Faults{})
	d := newWorld(t, url, "").start(t)
	for body, fault := range map[string]string{
		"no JSON": "the body is not JSON",
		`{"author":"dora","comment":"all","duration":"1h"}`:                 "matches everything",
		`{"bucket":"x","comment":"why","duration":"1h"}`:                    "author is required",
		`{"bucket":"x","author":"dora","comment":"why","duration":"long"}`:  "duration is none",
		`{"bucket":"x","author":"dora","comment":"why","duration":"-1h"}`:   "not after the start",
		`{"buckets":"x","author":"dora","comment":"why","duration":"1h"}`:   "buckets",
		`{"severity":["awful"],"author":"d","comment":"w","duration":"1h"}`: "awful",
	} {
		if status, answer := d.ask(t, http.MethodPost, "/api/v1/silences", body); status != http.StatusBadRequest || !strings.Contains(answer, fault) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	for path, want := range map[string]int{
		"/api/v1/silences/none/expire": http.StatusNotFound,
		"/api/v1/dead/99/resend":       http.StatusNotFound,
		"/api/v1/dead/none/resend":     http.StatusBadRequest,
	} {
		if status, _ := d.ask(t, http.MethodPost, path, ""); status != want {
			t.Errorf("POST %s: %d, want %d", path, status, want)
		}
	}
}

func TestDeadLettersAreShownAndSentAgain(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.pagerDuty.Fail(notifytest.Enqueue, notifytest.Fault{Status: http.StatusBadRequest, Body: `{"message":"Event object is invalid","errors":["summary is odd"]}`})
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()), "no JSON at all")
	type letter struct {
		Sequence                uint64
		Stage, ID, Reason, Text string
	}
	eventually(t, "both are parked", func() bool {
		return len(get[[]letter](t, d, "/api/v1/dead")) == 2 && d.ledger(t).settled()
	})
	dead := get[[]letter](t, d, "/api/v1/dead?stage=notify")
	if len(dead) != 1 || !strings.Contains(dead[0].Reason, "summary is odd") || d.ledger(t).Receivers["oncall"].Dead != 1 {
		t.Fatalf("the dead letters: %+v", dead)
	}
	shown := get[letter](t, d, fmt.Sprint("/api/v1/dead/", dead[0].Sequence))
	namesAll(t, "the letter", shown.Text, "prod-kops-state", "oncall")

	other := get[[]letter](t, d, "/api/v1/dead?stage=consumer")
	if len(other) != 1 {
		t.Fatalf("dead letters of the consumer: %+v", other)
	}
	if status, body := d.ask(t, http.MethodPost, fmt.Sprintf("/api/v1/dead/%d/resend", other[0].Sequence), ""); status != http.StatusOK {
		t.Errorf("resend: %d %s", status, body)
	}
	if status, body := d.ask(t, http.MethodPost, fmt.Sprintf("/api/v1/dead/%d/resend", dead[0].Sequence), ""); status != http.StatusOK {
		t.Fatalf("resend: %d %s", status, body)
	}
	eventually(t, "PagerDuty is told", func() bool { return len(w.pagerDuty.Events()) == 1 && d.ledger(t).settled() })
	if left := get[[]letter](t, d, "/api/v1/dead?stage=notify"); len(left) != 0 {
		t.Errorf("still dead: %+v", left)
	}
	eventually(t, "what cannot be read is parked anew", func() bool {
		again := get[[]letter](t, d, "/api/v1/dead?stage=consumer")
		return len(again) == 1 && again[0].Sequence > other[0].Sequence
	})
}
