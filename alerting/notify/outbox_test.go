package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// scripted is a receiver that answers as it is told to, and remembers who spoke when.
type scripted struct {
	mu      sync.Mutex
	answers []error // of the next calls; nil and none left: accepted
	calls   []time.Time
	told    []string // id:revision of what was accepted
	check   error
}

func (s *scripted) Tell(_ context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, time.Now())
	if len(s.answers) > 0 {
		err := s.answers[0]
		s.answers = s.answers[1:]
		if err != nil {
			return told, err
		}
	}
	s.told = append(s.told, fmt.Sprintf("%s:%d", a.ID, a.Revision))
	told.Revision = a.Revision
	return told, nil
}

func (s *scripted) Check(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check
}

func (s *scripted) set(check error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.check = check
}

func only(receivers map[string]notify.Notifier) func(*process) map[string]notify.Notifier {
	return func(*process) map[string]notify.Notifier { return receivers }
}

func revision(a *alert.Alert, n uint64) *alert.Alert {
	b := *a
	b.Revision = n
	return &b
}

// run queues the alerts and lets one receiver be told of them.
func run(t *testing.T, s *scripted, alerts ...*alert.Alert) (*world, map[string]notify.Counts, *life) {
	t.Helper()
	w := newWorld()
	for _, a := range alerts {
		w.set(t, a, "soc")
	}
	l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
	counts := l.settled(t)
	l.end()
	return w, counts, l
}

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answers: make([]error, 12)}
		for i := range s.answers {
			s.answers[i] = errors.New("answered 503")
		}
		s.answers[11] = &notify.RetryAfterError{After: 90 * time.Second, Err: errors.New("busy")}
		_, counts, l := run(t, s, numbered(1))
		if counts["soc"] != (notify.Counts{Queued: 1, Delivered: 1}) || len(s.calls) != 13 {
			t.Fatalf("ledger %+v after %d calls", counts, len(s.calls))
		}
		for i := 1; i < 12; i++ {
			if gap := s.calls[i].Sub(s.calls[i-1]); gap < 400*time.Millisecond || gap > 30*time.Second || i > 7 && gap < 24*time.Second {
				t.Errorf("attempt %d came after %s", i+1, gap)
			}
		}
		if gap := s.calls[12].Sub(s.calls[11]); gap < 90*time.Second || gap > 2*time.Minute {
			t.Errorf("came back after %s, was asked to wait 90 s", gap)
		}
		if n := testutil.CollectAndCount(l.reg, "trailwarden_alerting_notifications_total"); n != 5 {
			t.Errorf("%d results in the metrics", n)
		}
	})
}

func TestCoalescing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := numbered(1)
		s := &scripted{answers: []error{errors.New("away"), errors.New("away")}}
		_, counts, _ := run(t, s, a, revision(a, 2), revision(a, 3))
		if fmt.Sprint(s.told) != "["+a.ID+":3]" || counts["soc"].Delivered != 3 {
			t.Errorf("told %v, ledger %+v", s.told, counts)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answers: []error{&notify.PermanentError{Err: errors.New("answered 400: too ugly")}}}
		w, counts, _ := run(t, s, numbered(1), numbered(2))
		if counts["soc"] != (notify.Counts{Queued: 2, Delivered: 1, Dead: 1}) || len(w.parked) != 1 || !strings.Contains(w.parked[0], "too ugly") {
			t.Fatalf("ledger %+v, parked %v", counts, w.parked)
		}
		_, letter, _ := strings.Cut(w.parked[0], "\n")
		m, err := notify.Resend([]byte(letter))
		if err != nil || m.Subject != "trail.notify.soc" || !strings.Contains(string(m.Data), numbered(1).ID) {
			t.Errorf("resend gives %+v, %v", m, err)
		}
		if _, err := notify.Resend([]byte("{}")); err == nil {
			t.Error("an empty letter was taken")
		}
	})
}

func TestWhatCannotBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		w := newWorld()
		w.set(t, numbered(1), "soc")
		delete(w.alerts, numbered(1).ID)
		w.set(t, numbered(2), "soc")
		w.queue[1].Data = []byte("{")
		quiet := numbered(3)
		quiet.Status = alert.Suppressed
		w.set(t, quiet, "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		counts := l.settled(t)
		l.end()
		if counts["soc"] != (notify.Counts{Queued: 3, Delivered: 1, Dead: 2}) || len(s.told) != 0 {
			t.Errorf("ledger %+v, told %v", counts, s.told)
		}
	})
}

func TestLanesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := &scripted{answers: make([]error, 100)}
		for i := range dead.answers {
			dead.answers[i] = &notify.CredentialError{Err: errors.New("invalid_auth")}
		}
		live, w := &scripted{}, newWorld()
		l := w.live(t.Context(), only(map[string]notify.Notifier{"dead": dead, "live": live}), 0, false)
		start := time.Now()
		for i := range 20 {
			w.set(t, numbered(i), "dead", "live")
		}
		synctest.Wait()
		live.mu.Lock()
		if len(live.told) != 20 || time.Since(start) > 0 {
			t.Errorf("%d told after %s", len(live.told), time.Since(start))
		}
		live.mu.Unlock()
		for _, h := range l.outbox.Health() {
			if h.Trouble != nil || (h.Refused != nil) != (h.Receiver == "dead") {
				t.Errorf("%+v", h)
			}
		}
		if counts, err := l.outbox.Counts(t.Context()); err != nil || counts["dead"].Pending != 20 || counts["live"].Pending != 0 {
			t.Errorf("ledger %+v, %v", counts, err)
		}
		l.end()
	})
}

func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := &scripted{}, newWorld()
		s.set(&notify.CredentialError{Err: errors.New("token_file: no readable file")})
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		synctest.Wait()
		if h := l.outbox.Health()[0]; h.Refused == nil || h.Trouble != nil {
			t.Errorf("with a refused credential: %+v", h)
		}
		s.set(errors.New("no answer"))
		<-time.After(31 * time.Second)
		synctest.Wait()
		if h := l.outbox.Health()[0]; h.Refused != nil || h.Trouble == nil {
			t.Errorf("without an answer: %+v", h)
		}
		s.set(nil)
		<-time.After(31 * time.Second)
		synctest.Wait()
		if h := l.outbox.Health()[0]; h.Refused != nil || h.Trouble != nil {
			t.Errorf("not ready: %+v", h)
		}
		l.end()
	})
}

// digesting is a receiver that can fold, and refuses to for good.
type digesting struct {
	scripted
	folded [][]string
	refuse error
}

func (d *digesting) Most() int { return 10 }

func (d *digesting) TellDigest(_ context.Context, alerts []*alert.Alert, told []notify.Told) ([]notify.Told, error) {
	ids := make([]string, len(alerts))
	out := make([]notify.Told, len(alerts))
	for i, a := range alerts {
		ids[i] = a.ID
	}
	d.folded = append(d.folded, ids)
	if d.refuse != nil {
		return told, d.refuse
	}
	for i, a := range alerts {
		out[i] = notify.Told{Revision: a.Revision, Digest: ids}
	}
	return out, nil
}

func TestStorm(t *testing.T) {
	for name, refuse := range map[string]error{"folded": nil, "refused": &notify.PermanentError{Err: errors.New("too long")}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := &digesting{refuse: refuse}, newWorld()
				d.answers = []error{errors.New("away")} // lets the others queue up behind the first
				wide := notifytest.KopsState()
				wide.ID, wide.Buckets = "wide", make([]alert.BucketState, 6)
				w.set(t, numbered(0), "soc")
				l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": d}), 0, false)
				synctest.Wait()
				w.set(t, wide, "soc")
				for i := range 24 {
					w.set(t, numbered(i+1), "soc")
				}
				counts := l.settled(t)
				l.end()
				if counts["soc"].Delivered != 26 {
					t.Errorf("ledger %+v", counts)
				}
				single, folded := len(d.told), 0
				for _, ids := range d.folded {
					folded += len(ids)
				}
				if refuse == nil && (folded != 20 || single != 6) || refuse != nil && single != 26 {
					t.Errorf("%d told singly, digests %v", single, d.folded)
				}
			})
		})
	}
}
