package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/receiver"
)

// services are the strict stand-ins, with the files that hold their secrets.
type services struct {
	slack     *notifytest.Slack
	pagerduty *notifytest.PagerDuty
	receivers []notify.Receiver
	client    *http.Client
	interval  time.Duration // between two new Slack messages
}

func newServices(t *testing.T) *services {
	t.Helper()
	s := &services{slack: notifytest.NewSlack(), pagerduty: notifytest.NewPagerDuty(), client: httpcall.NewClient(), interval: time.Nanosecond}
	t.Cleanup(s.slack.Close)
	t.Cleanup(s.pagerduty.Close)
	t.Cleanup(s.client.CloseIdleConnections)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s.receivers = []notify.Receiver{
		{Name: "soc", Slack: &notify.Slack{TokenFile: file("token", s.slack.Token), Channel: s.slack.Channel, APIURL: s.slack.URL()}},
		{Name: "oncall", PagerDuty: &notify.PagerDuty{RoutingKeyFile: file("key", s.pagerduty.RoutingKey), EventsURL: s.pagerduty.URL()}},
	}
	return s
}

// mortal lets calls count among a process's operations.
type mortal struct {
	p    *process
	next http.RoundTripper
}

func (m mortal) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if strings.HasSuffix(r.URL.Path, "auth.test") || strings.HasSuffix(r.URL.Path, "conversations.info") {
		return m.next.RoundTrip(r)
	}
	r = r.WithContext(context.WithoutCancel(r.Context())) // what was sent arrives, whatever becomes of the sender
	dead := m.p.op(func() { resp, err = m.next.RoundTrip(r) })
	if dead != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return nil, dead
	}
	return resp, err
}

func (s *services) build(p *process) map[string]notify.Notifier {
	all, err := receiver.Build(s.receivers, receiver.Deps{
		Client: &http.Client{Transport: mortal{p, s.client.Transport}}, Log: zap.NewNop(), SlackInterval: s.interval, SlackSettle: time.Nanosecond,
	})
	if err != nil {
		panic(err)
	}
	return all
}

// scenario queues something; it may have been told of what went before.
type scenario struct {
	alerts []*alert.Alert // told before the process that dies
	then   func(*testing.T, *world)
	thread int // replies in the end; -1: as many as it takes, none of them twice
	stride int // of the operations died at
}

func resolved(a *alert.Alert) *alert.Alert {
	b := *a
	at, by := a.EventTime.Add(time.Minute), "bob"
	b.Revision, b.Status, b.ResolvedAt, b.ResolvedBy = a.Revision+1, alert.Resolved, &at, &by
	b.Updates = append(b.Updates, alert.Update{Time: at, Kind: "resolved", Text: "closed by bob"})
	return &b
}

func numbered(i int) *alert.Alert {
	a := notifytest.KopsState()
	a.ID, a.Bucket = fmt.Sprintf("%024d", i), fmt.Sprintf("bucket-%02d", i)
	return a
}

func several(n int) []*alert.Alert {
	all := make([]*alert.Alert, n)
	for i := range all {
		all[i] = numbered(i)
	}
	return all
}

// TestDeathBetweenAnyTwoSteps kills the process before and after each single thing it does to the world, and
// lets another go on: every alert is told once, under one key, and the ledger closes.
func TestDeathBetweenAnyTwoSteps(t *testing.T) {
	both := []string{"soc", "oncall"}
	for name, s := range map[string]scenario{
		"new alert": {
			then: func(t *testing.T, w *world) { w.set(t, numbered(1), both...) }, thread: 1, stride: 1,
		},
		"resolved alert": {
			alerts: several(1), then: func(t *testing.T, w *world) { w.set(t, resolved(numbered(0)), both...) }, thread: 2, stride: 1,
		},
		"resolved before it was told": {
			then: func(t *testing.T, w *world) {
				w.set(t, numbered(1), both...)
				w.set(t, resolved(numbered(1)), both...)
			}, thread: 1, stride: 1,
		},
		"storm": {
			then: func(t *testing.T, w *world) {
				for _, a := range several(7) {
					w.set(t, a, "soc")
				}
			}, thread: -1, stride: 2,
		},
		"change in a digest": {
			alerts: several(7), then: func(t *testing.T, w *world) { w.set(t, resolved(numbered(3)), "soc") }, thread: -1, stride: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for at := 1; s.dies(t, at); at += s.stride {
			}
		})
	}
}

// dies runs the scenario with a death at operation n, both ways; false when there are not that many.
func (s scenario) dies(t *testing.T, n int) (died bool) {
	t.Helper()
	for _, after := range []bool{false, true} {
		svc, w := newServices(t), newWorld()
		for _, a := range s.alerts {
			w.set(t, a, "soc")
		}
		if s.alerts != nil {
			first := w.live(t.Context(), svc.build, 0, false)
			first.settled(t)
			first.end()
		}
		s.then(t, w)
		second := w.live(t.Context(), svc.build, n, after)
		second.settled(t)
		second.end()
		died = died || second.dead
		third := w.live(t.Context(), svc.build, 0, false)
		counts := third.settled(t)
		third.end()
		where := fmt.Sprintf("death at operation %d, after it: %t", n, after)
		s.check(t, where, svc, w, counts)
	}
	return died
}

// checkStanding complains unless the card says where the page stands.
func checkStanding(t *testing.T, where string, svc *services, a *alert.Alert, m notifytest.Message) {
	t.Helper()
	if !slices.Contains(a.Receivers, "oncall") {
		return
	}
	state := svc.pagerduty.State(a.ID)
	if state == "" && a.Status == alert.Resolved {
		state = "resolved" // it ended before PagerDuty heard of it
	}
	if want := fmt.Sprintf("PagerDuty: %s (oncall)", state); !strings.Contains(string(m.Blocks), want) {
		t.Errorf("%s: the card of %s does not say %q: %s", where, a.ID, want, m.Blocks)
	}
}

func (s scenario) check(t *testing.T, where string, svc *services, w *world, counts map[string]notify.Counts) {
	t.Helper()
	told, replies := map[string]int{}, map[string]int{}
	for _, m := range svc.slack.Messages() {
		if m.ThreadTS != "" {
			replies[m.ThreadTS+m.Text]++
			continue
		}
		ids, ok := m.Metadata.EventPayload["ids"].([]any)
		if !ok {
			checkStanding(t, where, svc, w.alerts[m.ID()], m)
			ids = []any{m.ID()}
		}
		for _, id := range ids {
			told[fmt.Sprint(id)]++
			if a := w.alerts[fmt.Sprint(id)]; a.Status == alert.Resolved && !strings.Contains(string(m.Blocks), "RESOLVED") {
				t.Errorf("%s: the message does not show that %s is resolved", where, a.ID)
			}
		}
	}
	for id := range w.alerts {
		if told[id] != 1 {
			t.Errorf("%s: alert %s was told %d times", where, id, told[id])
		}
	}
	for text, n := range replies {
		if n != 1 || s.thread >= 0 && len(replies) != s.thread {
			t.Errorf("%s: %d replies, want %d; this one %d times: %s", where, len(replies), s.thread, n, text)
		}
	}
	for _, e := range svc.pagerduty.Events() {
		if n := svc.pagerduty.Opened(e.DedupKey); n > 1 && w.alerts[e.DedupKey].Status != alert.Resolved {
			t.Errorf("%s: %d incidents for %s", where, n, e.DedupKey)
		}
		if state := svc.pagerduty.State(e.DedupKey); w.alerts[e.DedupKey].Status == alert.Resolved && state != "resolved" && state != "" {
			t.Errorf("%s: the incident is left %s", where, state)
		}
	}
	queued := uint64(0)
	for _, c := range counts {
		queued += c.Queued
		if c.Pending != 0 || c.Dead != 0 || c.Queued != c.Delivered {
			t.Errorf("%s: ledger %+v", where, counts)
		}
	}
	if queued != uint64(len(w.queue)) {
		t.Errorf("%s: ledger counts %d of %d notifications", where, queued, len(w.queue))
	}
	if problems := svc.slack.Problems(); len(problems) > 0 {
		t.Errorf("%s: %v", where, problems)
	}
}
