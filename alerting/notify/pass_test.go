package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
)

// picky refuses some alerts in its own way, after its time.
type picky struct {
	scripted
	takes  time.Duration
	refuse func(id string) error
	heard  map[string]time.Duration // since the beginning
	began  time.Time
}

func (p *picky) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	if err := p.refuse(a.ID); err != nil {
		<-time.After(p.takes)
		return told, err
	}
	p.heard[a.ID] = time.Since(p.began)
	return p.scripted.Tell(ctx, a, told)
}

// What cannot be told for itself is passed by the others within a minute, and told once it can be.
func TestABadHeadIsPassedWithinAMinute(t *testing.T) {
	for name, c := range map[string]struct {
		bad   int
		takes time.Duration
		err   error
	}{
		"an unknown word":      {1, 0, errors.New("some_new_word")},
		"no answer":            {1, 10 * time.Second, errors.New("no answer within 10s")},
		"too many for a key":   {1, 0, &notify.RetryAfterError{After: 20 * time.Second, Err: errors.New("too many requests")}},
		"several, all at once": {5, 0, errors.New("some_new_word")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, end := newWorld(), time.Now().Add(10*time.Minute)
				var bad []string
				p := &picky{takes: c.takes, heard: map[string]time.Duration{}, began: time.Now(), refuse: func(id string) error {
					if slices.Contains(bad, id) && time.Now().Before(end) {
						return c.err
					}
					return nil
				}}
				for i := range 20 {
					if a := graded(i, alert.High, alert.Open); i < c.bad {
						bad = append(bad, a.ID)
						a.Severity = alert.Critical
						w.set(t, a, "soc")
					} else {
						w.set(t, a, "soc")
					}
				}
				l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": p}), 0, false)
				counts := l.settled(t)
				l.end()
				for id, after := range p.heard {
					if !slices.Contains(bad, id) && after > time.Minute+time.Second { // pauses between attempts are random
						t.Errorf("%s was told after %s", id, after)
					} else if slices.Contains(bad, id) && after > 10*time.Minute+45*time.Second {
						t.Errorf("%s was told after %s, 10 minutes of them for a reason", id, after)
					}
				}
				if counts["soc"] != (notify.Counts{Queued: 20, Delivered: 20}) {
					t.Errorf("ledger %+v", counts)
				}
			})
		})
	}
}

// A refused token holds everything: it is the same for all.
func TestARefusedTokenHoldsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(), &scripted{answers: make([]error, 20)}
		for i := range s.answers {
			s.answers[i] = &notify.CredentialError{Err: errors.New("invalid_auth")}
		}
		w.set(t, graded(1, alert.High, alert.Open), "soc")
		w.set(t, graded(2, alert.High, alert.Open), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		l.settled(t)
		l.end()
		if want := []string{numbered(1).ID + ":1", numbered(2).ID + ":1"}; !slices.Equal(s.told, want) || len(s.calls) != 22 {
			t.Errorf("told %v in %d calls", s.told, len(s.calls))
		}
	})
}

// What one receiver refuses for good is told to another, from then on to its end, and is named.
func TestAnotherReceiverIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		refuses, takes := &picky{heard: map[string]time.Duration{}, refuse: func(id string) error {
			if id == numbered(1).ID {
				return &notify.PermanentError{Err: errors.New("thread_locked, and again in a new message")}
			}
			return nil
		}}, &scripted{}
		a, b := numbered(1), numbered(2)
		w.set(t, a, "soc")
		w.set(t, b, "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": refuses, "oncall": takes}), 0, false)
		l.settled(t)
		if h := l.outbox.Health(); h[1].Undelivered == nil || !strings.Contains(h[1].Undelivered.Error(), a.ID) || h[1].Refused != nil && h[1].Trouble != nil {
			t.Errorf("health %+v", h)
		}
		want := `
# HELP trailwarden_alerting_undelivered_alerts Alerts that a receiver refused for good since the start, and was not told of after that.
# TYPE trailwarden_alerting_undelivered_alerts gauge
trailwarden_alerting_undelivered_alerts{receiver="oncall"} 0
trailwarden_alerting_undelivered_alerts{receiver="soc"} 1
`
		if err := testutil.GatherAndCompare(l.reg, strings.NewReader(want), "trailwarden_alerting_undelivered_alerts"); err != nil {
			t.Error(err)
		}
		refuses.refuse = func(string) error { return nil }
		w.set(t, resolved(a), "soc")
		counts := l.settled(t)
		l.end()
		if want := []string{a.ID + ":1", a.ID + ":2"}; !slices.Equal(takes.told, want) {
			t.Errorf("the other was told %v, want %v", takes.told, want)
		}
		if l.outbox.Health()[1].Undelivered != nil || len(w.parked) != 1 || counts["soc"].Dead != 1 {
			t.Errorf("health %+v, parked %v, ledger %+v", l.outbox.Health(), w.parked, counts)
		}
	})
}

// Two receivers that refuse the same alert do not send it to and fro.
func TestNobodyIsToldInThePlaceOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, no := newWorld(), &notify.PermanentError{Err: errors.New("answered 400")}
		one, other := &scripted{answers: []error{no, no, no}}, &scripted{answers: []error{no, no, no}}
		w.set(t, numbered(1), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": one, "oncall": other}), 0, false)
		l.settled(t)
		l.end()
		if len(one.calls) != 1 || len(other.calls) != 1 || len(w.parked) != 2 {
			t.Errorf("%d and %d calls, parked %v", len(one.calls), len(other.calls), w.parked)
		}
	})
}
