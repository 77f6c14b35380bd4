package pagerduty_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/pagerduty"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type bench struct {
	t       *testing.T
	service *notifytest.PagerDuty
	n       *pagerduty.Notifier
	key     string // path of the key's file
}

func newBench(t *testing.T) *bench {
	t.Helper()
	fake := notifytest.NewPagerDuty()
	t.Cleanup(fake.Close)
	client := httpcall.NewClient()
	t.Cleanup(client.CloseIdleConnections)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(fake.RoutingKey), 0o600); err != nil {
		t.Fatal(err)
	}
	n := pagerduty.New(notify.PagerDuty{RoutingKeyFile: key, EventsURL: fake.URL()}, pagerduty.Options{
		Client: client, Page: func(id string) string { return "https://trailwarden.example/alerts/" + id },
	})
	return &bench{t, fake, n, key}
}

// tell takes steps until all is told or one fails.
func (b *bench) tell(a *alert.Alert, told notify.Told) (notify.Told, error) {
	b.t.Helper()
	for range 10 {
		if told.Revision == a.Revision {
			return told, nil
		}
		var err error
		if told, err = b.n.Tell(b.t.Context(), a, told); err != nil {
			return told, err
		}
	}
	b.t.Fatal("telling never ends")
	return told, nil
}

func (b *bench) actions() string {
	var all []string
	for _, e := range b.service.Events() {
		all = append(all, e.Action)
	}
	return strings.Join(all, " ")
}

func with(status alert.Status, revision uint64) *alert.Alert {
	a := notifytest.KopsState()
	a.Status, a.Revision = status, revision
	return a
}

// flapping is an alert whose resource was opened so many times.
func flapping(status alert.Status, revision uint64, opened int, rings, quiet bool) *alert.Alert {
	a := notifytest.KopsState()
	a.Status, a.Revision = status, revision
	a.Flapping = &alert.Flapping{Opened: opened, Rings: rings, Quiet: quiet}
	return a
}

func TestLifeOfAnIncident(t *testing.T) {
	for name, c := range map[string]struct {
		life []*alert.Alert
		want string
	}{
		"open, acknowledged, resolved": {[]*alert.Alert{with(alert.Open, 1), with(alert.Acknowledged, 2), with(alert.Resolved, 3)}, "trigger acknowledge resolve"},
		"resolved before it was told":  {[]*alert.Alert{with(alert.Resolved, 2)}, "resolve"},
		"acknowledged before":          {[]*alert.Alert{with(alert.Acknowledged, 2)}, "trigger acknowledge"},
		"grown":                        {[]*alert.Alert{with(alert.Open, 1), with(alert.Open, 2)}, "trigger trigger"},
		"changed after its end":        {[]*alert.Alert{with(alert.Open, 1), with(alert.Resolved, 2), with(alert.Resolved, 3)}, "trigger resolve"},
		"flapping": {[]*alert.Alert{
			with(alert.Open, 1), with(alert.Resolved, 2), flapping(alert.Open, 3, 3, false, false), flapping(alert.Resolved, 4, 3, false, false),
			flapping(alert.Open, 5, 4, false, false), flapping(alert.Open, 6, 4, true, false), flapping(alert.Resolved, 7, 4, true, false),
			flapping(alert.Open, 8, 5, false, false), flapping(alert.Resolved, 9, 5, false, false), flapping(alert.Resolved, 10, 5, false, true),
		}, "trigger resolve trigger resolve"},
		"worse while it rings":       {[]*alert.Alert{with(alert.Open, 1), worse(alert.Open, 2, 0)}, "trigger trigger"},
		"suppressed, and live again": {[]*alert.Alert{with(alert.Open, 1), with(alert.Suppressed, 2), with(alert.Open, 3)}, "trigger resolve trigger"},
	} {
		t.Run(name, func(t *testing.T) {
			b, told := newBench(t), notify.Told{}
			for _, a := range c.life {
				var err error
				if told, err = b.tell(a, told); err != nil {
					t.Fatal(err)
				}
			}
			if got := b.actions(); got != c.want {
				t.Errorf("sent %q, want %q", got, c.want)
			}
			if told.DedupKey != c.life[0].ID {
				t.Errorf("dedup_key is %q", told.DedupKey)
			}
		})
	}
}

func TestEvent(t *testing.T) {
	b := newBench(t)
	if _, err := b.tell(notifytest.KopsState(), notify.Told{}); err != nil {
		t.Fatal(err)
	}
	p := b.service.Events()[0].Payload
	for _, want := range []string{"prod-kops-state", "CRITICAL 93", "dev-anna"} {
		if !strings.Contains(p.Summary, want) {
			t.Errorf("summary %q lacks %q", p.Summary, want)
		}
	}
	for _, key := range []string{"actor", "source", "country", "network", "grant", "factors", "remediation", "score", "account", "bucket"} {
		if p.Details[key] == nil {
			t.Errorf("custom_details lack %s", key)
		}
	}
}

func TestSeverities(t *testing.T) {
	b := newBench(t)
	var got []string
	for i, s := range alert.Severities() {
		a := notifytest.KopsState()
		a.ID, a.Severity = strings.Repeat("x", i+1), s
		if _, err := b.tell(a, notify.Told{}); err != nil {
			t.Fatal(err)
		}
		got = append(got, b.service.Events()[i].Payload.Severity)
	}
	if want := []string{"info", "info", "warning", "error", "critical"}; !slices.Equal(got, want) {
		t.Errorf("severities %v, want %v", got, want)
	}
}

func TestHugeAlert(t *testing.T) {
	b := newBench(t)
	a := notifytest.Hostile(notifytest.KopsState(), strings.Repeat("@here ☃ ", 1000))
	for range 100 {
		a.Timeline = append(a.Timeline, a.Timeline[0])
		a.Buckets = append(a.Buckets, alert.BucketState{Bucket: strings.Repeat("b", 63), OpenedAt: time.Unix(0, 0)})
	}
	if _, err := b.tell(a, notify.Told{}); err != nil {
		t.Fatal(err)
	}
	if data, err := json.Marshal(b.service.Events()[0]); err != nil || strings.Contains(string(data), "@here") {
		t.Errorf("a mention got through, %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	b := newBench(t)
	b.service.Fail(notifytest.Enqueue, notifytest.Fault{Status: 400, Body: `{"status":"invalid event","errors":["'payload.summary' is too long"]}`})
	_, err := b.tell(notifytest.KopsState(), notify.Told{})
	if _, ok := errors.AsType[*notify.PermanentError](err); !ok || !strings.Contains(err.Error(), "summary") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(b.key, []byte("old-secret-key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = b.tell(notifytest.KopsState(), notify.Told{})
	if _, ok := errors.AsType[*notify.CredentialError](err); !ok || strings.Contains(err.Error(), "old-secret-key") {
		t.Errorf("got %v", err)
	}
	if err := b.n.Check(t.Context()); err != nil {
		t.Errorf("a key that can be read is all that can be checked: %v", err)
	}
}

// Somebody who has acknowledged an exposure, or resolved it while it is public, is reminded of it without a page.
func TestAReminderPagesNobodyWhoHasTakenIt(t *testing.T) {
	for status, want := range map[alert.Status]string{alert.Acknowledged: "trigger acknowledge", alert.Resolved: "trigger resolve"} {
		b := newBench(t)
		told, err := b.tell(with(alert.Open, 1), notify.Told{})
		if err != nil {
			t.Fatal(err)
		}
		if told, err = b.tell(with(status, 2), told); err != nil {
			t.Fatal(err)
		}
		reminded := with(status, 3)
		reminded.Updates = append(reminded.Updates, alert.Update{Time: reminded.EventTime.Add(72 * time.Hour), Kind: "reminded", Text: "still public after 3 d"})
		if told, err = b.tell(reminded, told); err != nil {
			t.Fatal(err)
		}
		if got := b.actions(); got != want || told.Revision != 3 {
			t.Errorf("%s: sent %q, want %q; told revision %d", status, got, want, told.Revision)
		}
	}
}

// worse is an alert that is critical, and got so as often after it was acknowledged.
func worse(status alert.Status, revision uint64, repages int) *alert.Alert {
	a := with(status, revision)
	a.Repages, a.AcknowledgedBy = repages, "dora"
	a.Buckets = []alert.BucketState{{Bucket: "prod-kops-state"}, {Bucket: "payroll-exports"}}
	return a
}

// keys gives what was sent, with the page's number.
func (b *bench) keys() string {
	var all []string
	for _, e := range b.service.Events() {
		all = append(all, e.Action+strings.TrimPrefix(e.DedupKey, notifytest.KopsState().ID))
	}
	return strings.Join(all, " ")
}

// What was acknowledged and gets worse rings again, each time under a new key, exactly once.
func TestWhatGetsWorseAfterItWasAcknowledgedRingsAgain(t *testing.T) {
	id := notifytest.KopsState().ID
	for name, c := range map[string]struct {
		life []*alert.Alert
		want string
	}{
		"once": {
			[]*alert.Alert{with(alert.Open, 1), with(alert.Acknowledged, 2), worse(alert.Open, 3, 1), worse(alert.Acknowledged, 4, 1), worse(alert.Resolved, 5, 1)},
			"trigger acknowledge resolve trigger/2 acknowledge/2 resolve/2",
		},
		"twice, and updated while it rings": {
			[]*alert.Alert{with(alert.Open, 1), with(alert.Acknowledged, 2), worse(alert.Open, 3, 1), worse(alert.Open, 4, 1), worse(alert.Acknowledged, 5, 1), worse(alert.Open, 6, 2)},
			"trigger acknowledge resolve trigger/2 trigger/2 acknowledge/2 resolve/2 trigger/3",
		},
		"told of both at once": {
			[]*alert.Alert{with(alert.Open, 1), worse(alert.Open, 3, 1)},
			"trigger resolve trigger/2",
		},
		"and ended at once":               {[]*alert.Alert{with(alert.Open, 1), with(alert.Acknowledged, 2), worse(alert.Resolved, 4, 1)}, "trigger acknowledge resolve"},
		"acknowledged before it was told": {[]*alert.Alert{worse(alert.Open, 3, 1), worse(alert.Acknowledged, 4, 1), worse(alert.Open, 5, 2)}, "trigger acknowledge resolve trigger/2"},
	} {
		t.Run(name, func(t *testing.T) {
			b, told := newBench(t), notify.Told{}
			for _, a := range c.life {
				var err error
				if told, err = b.tell(a, told); err != nil {
					t.Fatal(err)
				}
			}
			if got := b.keys(); got != c.want {
				t.Errorf("sent %q, want %q", got, c.want)
			}
			for _, e := range b.service.Events() {
				if e.Action == "trigger" && e.DedupKey != id && (e.Payload.Details["first_dedup_key"] != id || !strings.Contains(fmt.Sprint(e.Payload.Details["pages_again"]), "dora")) {
					t.Errorf("%s is not linked to the first: %v", e.DedupKey, e.Payload.Details)
				}
			}
		})
	}
}

// A trigger whose answer is lost, at any step of ringing again, is repeated or ended under its own key.
func TestRingingAgainSurvivesLostAnswers(t *testing.T) {
	for lost := range 3 {
		b := newBench(t)
		told, err := b.tell(with(alert.Open, 1), notify.Told{})
		if err == nil {
			told, err = b.tell(with(alert.Acknowledged, 2), told)
		}
		if err != nil {
			t.Fatal(err)
		}
		faults := make([]notifytest.Fault, lost)
		b.service.Fail(notifytest.Enqueue, append(faults, notifytest.Fault{Lose: true})...)
		for range 3 { // the lane tries again
			if told, err = b.tell(worse(alert.Open, 3, 1), told); err == nil {
				break
			}
		}
		id := told.DedupKey
		if err != nil || id != notifytest.KopsState().ID+"/2" || b.service.Opened(id) != 1 || b.service.State(id) != "triggered" || b.service.State(notifytest.KopsState().ID) != "resolved" {
			t.Errorf("answer %d lost: %v, key %s opened %d times; sent %s", lost, err, id, b.service.Opened(id), b.keys())
		}
	}
}

// A reminder pages for what is of high severity or above and in nobody's hands, and for nothing else.
func TestWhichRemindersPage(t *testing.T) {
	for _, c := range []struct {
		status   alert.Status
		severity alert.Severity
		want     int
	}{{alert.Open, alert.Critical, 2}, {alert.Open, alert.High, 2}, {alert.Open, alert.Medium, 1}, {alert.Acknowledged, alert.Critical, 1}} {
		b, told := newBench(t), notify.Told{}
		for revision := range uint64(3) {
			a := with(c.status, revision+1)
			a.Severity = c.severity
			if revision == 0 {
				a.Status = alert.Open
			}
			if revision == 2 {
				a.Updates = append(a.Updates, alert.Update{Time: a.EventTime.Add(72 * time.Hour), Kind: "reminded", Text: "still public after 3 d"})
			}
			var err error
			if told, err = b.tell(a, told); err != nil {
				t.Fatal(err)
			}
			if revision == 1 {
				b.service.Forget()
			}
		}
		if got := 1 + len(b.service.Events()); got != c.want {
			t.Errorf("%s %s: sent %q", c.status, c.severity, b.actions())
		}
	}
}
