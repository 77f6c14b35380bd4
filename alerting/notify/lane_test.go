package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// stopped is a receiver whose caller is stopped in the middle of a step, until it is woken.
type stopped struct {
	scripted
	wake chan struct{}
}

func (s *stopped) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	<-s.wake
	return s.scripted.Tell(ctx, a, told)
}

// TestStoppedOwnerWakesUp lets a process sleep through the loss of its lane: what it then wants to store is
// refused, and it stops before its next step.
func TestStoppedOwnerWakesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asleep, awake, w := &stopped{wake: make(chan struct{})}, &scripted{}, newWorld()
		w.set(t, numbered(1), "soc")
		w.set(t, numbered(2), "soc")
		first := w.live(t.Context(), only(map[string]notify.Notifier{"soc": asleep}), 0, false)
		synctest.Wait()
		second := w.live(t.Context(), only(map[string]notify.Notifier{"soc": awake}), 0, false)
		second.settled(t)
		close(asleep.wake)
		var conflict *bus.ConflictError
		if err := <-first.done; !errors.As(err, &conflict) {
			t.Errorf("the first ended with %v", err)
		}
		counts := second.settled(t)
		second.end()
		if len(asleep.told) != 1 || len(awake.told) != 2 || counts["soc"] != (notify.Counts{Queued: 2, Delivered: 2}) {
			t.Errorf("told %v and %v, ledger %+v", asleep.told, awake.told, counts)
		}
	})
}

// TestLeaseLost states that a worker whose lease has gone has no effect any more.
func TestLeaseLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := &scripted{answers: []error{errors.New("away")}}, newWorld()
		w.set(t, numbered(1), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		synctest.Wait()
		l.process.mu.Lock()
		l.process.dead = true // the store answers no more
		l.process.mu.Unlock()
		if err := <-l.done; !errors.Is(err, errDead) {
			t.Errorf("ended with %v", err)
		}
		if len(s.told) != 0 || len(s.calls) != 1 {
			t.Errorf("told %v in %d calls", s.told, len(s.calls))
		}
	})
}

func TestWhatIsStoredIsUnreadable(t *testing.T) {
	for name, key := range map[string]string{"position": bus.Key("lane", "soc"), "told": bus.Key("told", "soc", numbered(1).ID)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.set(t, numbered(1), "soc")
				w.kv[key] = bus.Entry{Key: key, Value: []byte("{"), Revision: 1}
				l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": &scripted{}}), 0, false)
				if err := <-l.done; err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
}

func TestGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := &scripted{answers: make([]error, 3)}, newWorld()
		for i := range s.answers {
			s.answers[i] = &notify.RetryAfterError{After: 20 * time.Second, Err: errors.New("busy")}
		}
		w.set(t, numbered(1), "soc")
		w.set(t, numbered(2), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		<-time.After(30 * time.Second)
		synctest.Wait()
		want := `
# HELP trailwarden_alerting_outbox_oldest_seconds How long the oldest notification of a receiver's lane has waited.
# TYPE trailwarden_alerting_outbox_oldest_seconds gauge
trailwarden_alerting_outbox_oldest_seconds{receiver="soc"} 30
`
		if err := testutil.GatherAndCompare(l.reg, strings.NewReader(want), "trailwarden_alerting_outbox_oldest_seconds"); err != nil {
			t.Error(err)
		}
		l.settled(t)
		want = `
# HELP trailwarden_alerting_notifications_total Notifications by receiver and what became of them.
# TYPE trailwarden_alerting_notifications_total counter
trailwarden_alerting_notifications_total{receiver="soc",result="coalesced"} 0
trailwarden_alerting_notifications_total{receiver="soc",result="dead"} 0
trailwarden_alerting_notifications_total{receiver="soc",result="delivered"} 2
trailwarden_alerting_notifications_total{receiver="soc",result="retried"} 3
trailwarden_alerting_notifications_total{receiver="soc",result="text_only"} 0
`
		if err := testutil.GatherAndCompare(l.reg, strings.NewReader(want), "trailwarden_alerting_notifications_total"); err != nil {
			t.Error(err)
		}
		if n := testutil.CollectAndCount(l.reg, "trailwarden_alerting_receive_to_notify_seconds"); n != 1 {
			t.Errorf("%d histograms of the time it took", n)
		}
		l.end()
	})
}

// TestDigestOutlivesItsMembers keeps telling of those that are left.
func TestDigestOutlivesItsMembers(t *testing.T) {
	for name, gone := range map[string]int{"the one that leads": 0, "another": 4} {
		t.Run(name, func(t *testing.T) {
			svc, w := newServices(t), newWorld()
			all := several(7)
			for _, a := range all {
				w.set(t, a, "soc")
			}
			ids := make([]string, len(all))
			for i, a := range all {
				ids[i] = a.ID
			}
			for _, a := range all {
				told := notify.Told{Revision: 1, Shown: 1, Timeline: true, Digest: ids, Channel: svc.slack.Channel, TS: "1.1"}
				data, err := json.Marshal(told)
				if err != nil {
					t.Fatal(err)
				}
				key := bus.Key("told", "soc", a.ID)
				w.kv[key] = bus.Entry{Key: key, Value: data, Revision: 1}
			}
			delete(w.alerts, ids[gone])
			w.queue = nil
			w.set(t, resolved(all[2]), "soc")
			l := w.live(t.Context(), svc.build, 0, false)
			counts := l.settled(t)
			l.end()
			if counts["soc"].Delivered != 1 {
				t.Errorf("ledger %+v", counts)
			}
		})
	}
}

func TestMessagesAreStable(t *testing.T) {
	a := numbered(1)
	one, err := notify.Messages(a, []string{"soc", "oncall"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	two, _ := notify.Messages(a, []string{"soc", "oncall"}, time.Now())
	next, _ := notify.Messages(revision(a, 2), []string{"soc"}, time.Time{})
	if len(one) != 2 || one[0].ID != two[0].ID || one[0].ID == one[1].ID || one[0].ID == next[0].ID {
		t.Errorf("ids %q, %q, %q", one[0].ID, two[0].ID, next[0].ID)
	}
	if one[0].Subject != "trail.notify.soc" || one[1].Subject != "trail.notify.oncall" {
		t.Errorf("subjects %q, %q", one[0].Subject, one[1].Subject)
	}
}

// TestLongQueue keeps its order and saves its position now and then.
func TestLongQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := &scripted{}, newWorld()
		var want []string
		for i := range 1200 {
			w.set(t, numbered(i), "soc")
			want = append(want, numbered(i).ID+":1")
		}
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		counts := l.settled(t)
		l.end()
		if strings.Join(s.told, " ") != strings.Join(want, " ") || counts["soc"].Delivered != 1200 {
			t.Errorf("%d told, ledger %+v", len(s.told), counts)
		}
		if w.trimmed["trail.notify.soc"] != 1200 {
			t.Errorf("trimmed up to %d", w.trimmed["trail.notify.soc"])
		}
	})
}

// TestNewestState states that a receiver which was away is told the latest, not the history.
func TestNewestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := &scripted{answers: []error{errors.New("away")}}, newWorld()
		a := numbered(1)
		w.set(t, a, "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		synctest.Wait()
		closed := resolved(a)
		w.set(t, closed, "soc")
		l.settled(t)
		l.end()
		if len(s.told) != 1 || s.told[0] != a.ID+":2" || closed.Status != alert.Resolved {
			t.Errorf("told %v", s.told)
		}
	})
}
