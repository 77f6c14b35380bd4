package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

const logKey = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/14/111122223333_CloudTrail_eu-west-1_20260314T0210Z_a b+c%20d.json.gz"

// toldOnce waits until everybody was told of one alert and nothing is left to do, and gives the alert.
func toldOnce(t *testing.T, d *daemon, w *world, emptied func() bool) alert.Alert {
	t.Helper()
	eventually(t, "everything is taken in and told", func() bool {
		return emptied() && len(w.pagerDuty.Events()) > 0 && len(w.slack.TopLevel()) > 0 && d.ledger(t).settled()
	})
	d.ledger(t).closes(t)
	all := d.alerts(t)
	if len(all) != 1 {
		t.Fatalf("%d alerts: %+v", len(all), all)
	}
	return all[0]
}

// deleted tells whether as many messages of the queue were deleted, and none is left.
func deleted(queue *sqstest.Server, messages int) func() bool {
	return func() bool {
		st := queue.Stats()
		return st.Deleted == messages && st.Visible+st.InFlight == 0
	}
}

// namesAll complains about what a text does not name of the story.
func namesAll(t *testing.T, where, text string, names ...string) {
	t.Helper()
	for _, name := range names {
		if !strings.Contains(text, name) {
			t.Errorf("%s does not name %q: %s", where, name, text)
		}
	}
}

// checkTold holds what Slack and PagerDuty were told of the story of kops against it.
func checkTold(t *testing.T, w *world, a alert.Alert) {
	t.Helper()
	if problems := w.slack.Problems(); len(problems) > 0 {
		t.Errorf("Slack: %q", problems)
	}
	top, events := w.slack.TopLevel(), w.pagerDuty.Events()
	if len(top) != 1 || top[0].ID() != a.ID || top[0].Blocks == nil {
		t.Fatalf("Slack got %+v", top)
	}
	namesAll(t, "the card", string(top[0].Blocks), "prod-kops-state", "dev-anna", "203.0.113.77", "111122223333", "RO", "vpn",
		fmt.Sprintf("Score %d", a.Score), "AllUsers", a.ID, "https://trailwarden.example.org/soc/alerts/"+a.ID, "PagerDuty: triggered (oncall)")
	for _, f := range a.Factors {
		namesAll(t, "the card", string(top[0].Blocks), wording.Factor(f, a.Attempt)[:12])
	}
	triggers := slices.DeleteFunc(slices.Clone(events), func(e notifytest.Event) bool { return e.Action != "trigger" })
	if len(triggers) != 1 || w.pagerDuty.Opened(triggers[0].DedupKey) != 1 {
		t.Fatalf("PagerDuty got %+v", events)
	}
	e := triggers[0]
	namesAll(t, "the page", e.Payload.Summary+fmt.Sprint(e.Payload.Details), "prod-kops-state", "dev-anna", "203.0.113.77", "RO", "vpn")
	if a.Bucket != "prod-kops-state" || a.Source.Country != "RO" || a.Source.Network != "vpn" || a.Source.ASN != 64501 || a.Status != alert.Open {
		t.Errorf("the alert: %+v", a)
	}
}

func TestEveryFormOfMessageGivesOneAlert(t *testing.T) {
	c := newCloud(t)
	records := among(500, 1, kops())
	c.put(t, logKey, packed(t, logFile(records)))
	for name, messages := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queue, url := c.queue(strings.NewReplacer(" ", "-", ",", "").Replace(name), sqstest.Faults{})
			w := newWorld(t, url, "")
			d := w.start(t)
			sent := messages(t, logKey, records)
			queue.Send(sent...)
			a := toldOnce(t, d, w, deleted(queue, len(sent)))
			checkTold(t, w, a)
			if l := d.ledger(t); l.Records.In != 501 || l.Records.Duplicate != 0 || l.Alerts["opened"] != 1 {
				t.Errorf("the ledger: %+v", l)
			}
		})
	}
}

func TestOneEventTwoPathsThreeDeliveries(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	records := among(50, 1, kops())
	c.put(t, "two paths/"+logKey, packed(t, logFile(records)))
	d := w.start(t)
	file, call := s3Notice(t, logBucket, "two paths/"+logKey), apiCall(t, kops().record())
	queue.Send(file, call, file, call, viaSNS(t, file), call)
	a := toldOnce(t, d, w, deleted(queue, 6))
	checkTold(t, w, a)
	if r := d.ledger(t).Records; r.In != 3*51+3 || r.Duplicate != 2*51+3 || r.Matched+r.Unmatched != 51 {
		t.Errorf("counted %+v", r)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}

	// The same once more after a restart changes nothing: what was seen is remembered.
	d = w.start(t)
	queue.Send(file, call)
	a = toldOnce(t, d, w, deleted(queue, 8))
	checkTold(t, w, a)
	if r := d.ledger(t).Records; r.In != 4*51+4 || r.Matched+r.Unmatched != 51 {
		t.Errorf("counted after the restart %+v", r)
	}
}

func TestClosingTheBucketResolves(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	checkTold(t, w, a)
	queue.Send(apiCall(t, kops().closing().record()))
	eventually(t, "the alert is resolved and told", func() bool {
		return d.ledger(t).Alerts["resolved"] == 1 && d.ledger(t).settled()
	})
	top := w.slack.TopLevel()
	if len(top) != 1 || top[0].Updates == 0 || !strings.Contains(strings.ToLower(top[0].Text), "resolved") {
		t.Errorf("Slack shows %+v", top)
	}
	key := w.pagerDuty.Events()[0].DedupKey
	if state := w.pagerDuty.State(key); state != "resolved" {
		t.Errorf("PagerDuty's incident is %s", state)
	}
	got := get[alert.Alert](t, d, "/api/v1/alerts/"+a.ID)
	if got.Status != alert.Resolved || !slices.Equal(got.ResolvingEventIDs, []string{kops().closing().id}) {
		t.Errorf("the alert: %+v", got)
	}

	// Opened again it is a new incident, under a new key.
	again := kops()
	again.id, again.at = "3d4c9c1e-5f0e-4f39-9d9a-6a1f9a3f8b11", again.at.Add(20*time.Minute)
	queue.Send(apiCall(t, again.record()))
	eventually(t, "the second incident is told", func() bool {
		return len(d.alerts(t)) == 2 && len(w.slack.TopLevel()) == 2 && d.ledger(t).settled()
	})
	if w.pagerDuty.Opened(key) != 1 || len(w.pagerDuty.Events()) != 3 {
		t.Errorf("PagerDuty got %+v", w.pagerDuty.Events())
	}
	d.ledger(t).closes(t)
}
