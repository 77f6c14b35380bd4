package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// say queues a notice.
func (w *world) say(t *testing.T, cfg notify.Config, n notify.Notice) {
	t.Helper()
	messages, err := cfg.Notices(n)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range messages {
		w.queue = append(w.queue, bus.Delivery{Subject: m.Subject, Sequence: uint64(len(w.queue) + 1), Time: time.Now(), ID: m.ID, Data: m.Data})
	}
	w.stir()
}

func (s *services) config() notify.Config {
	s.receivers[1].PagerDuty.ChangeEvents = true
	return notify.Config{Receivers: s.receivers}
}

func weekly() notify.Notice {
	return notify.Notice{ID: "week-1", Kind: notify.Weekly, Time: time.Now(), Summary: "Silences hid 3 alerts", Lines: []string{"by <!here>: 3"}}
}

// TestNoticesReachWhoTakesThem tells both kinds, of which each has its own takers, and one of them twice.
func TestNoticesReachWhoTakesThem(t *testing.T) {
	svc, w := newServices(t), newWorld()
	change := notify.Notice{ID: "reload-1", Kind: notify.Changed, Time: time.Now(), Summary: "settings read anew", Lines: []string{"rules changed"}}
	for _, n := range []notify.Notice{weekly(), change, weekly(), change} {
		w.say(t, svc.config(), n)
	}
	svc.slack.Fail("chat.postMessage", notifytest.Fault{Lose: true})
	svc.pagerduty.Fail(notifytest.Change, notifytest.Fault{Status: 503})
	l := w.live(t.Context(), svc.build, 0, false)
	counts := l.settled(t)
	l.end()
	top, changes := svc.slack.TopLevel(), svc.pagerduty.Changes()
	if len(top) != 1 || !strings.Contains(top[0].Text, "Silences hid 3 alerts") || strings.Contains(top[0].Text, "<") {
		t.Errorf("Slack shows %+v", top)
	}
	if len(changes) != 1 || changes[0].Payload.Summary != "settings read anew" || len(svc.pagerduty.Events()) != 0 {
		t.Errorf("PagerDuty took %+v", changes)
	}
	for name, c := range counts {
		if c != (notify.Counts{Queued: 2, Delivered: 2}) {
			t.Errorf("ledger of %s: %+v", name, c)
		}
	}
	if problems := svc.slack.Problems(); len(problems) > 0 {
		t.Errorf("Slack minds %q", problems)
	}
}

// TestANoticeThatIsRefusedCanBeSentAgain finds it among the dead letters.
func TestANoticeThatIsRefusedCanBeSentAgain(t *testing.T) {
	svc, w := newServices(t), newWorld()
	w.say(t, svc.config(), weekly())
	svc.slack.Fail("chat.postMessage", notifytest.Fault{Error: "no_text"})
	l := w.live(t.Context(), svc.build, 0, false)
	counts := l.settled(t)
	l.end()
	if counts["soc"] != (notify.Counts{Queued: 1, Dead: 1}) || len(w.parked) != 1 {
		t.Fatalf("ledger %+v, parked %q", counts, w.parked)
	}
	_, letter, _ := strings.Cut(w.parked[0], "\n")
	m, err := notify.Resend([]byte(letter))
	if err != nil || m.Subject != "trail.notify.soc" || !strings.Contains(string(m.Data), "week-1") {
		t.Errorf("resend gives %+v, %v", m, err)
	}
}
