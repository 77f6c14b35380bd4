package notify_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
)

func graded(i int, s alert.Severity, status alert.Status) *alert.Alert {
	a := numbered(i)
	a.Severity, a.Status = s, status
	return a
}

// What is most urgent is told first: open before ended, critical before low, older before newer.
func TestTheMostUrgentIsToldFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(), &slow{}
		s.during = func(id string) {
			if id != numbered(9).ID {
				return
			}
			for _, a := range []*alert.Alert{
				graded(0, alert.Critical, alert.Resolved), graded(1, alert.Low, alert.Open), graded(2, alert.Critical, alert.Open),
				graded(3, alert.High, alert.Acknowledged), graded(4, alert.Low, alert.Open), graded(5, alert.Critical, alert.Open),
			} {
				w.set(t, a, "soc")
			}
			<-time.After(time.Second) // by then all have arrived
		}
		w.set(t, graded(9, alert.Low, alert.Open), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		counts := l.settled(t)
		l.end()
		var got []string
		for _, id := range s.told {
			got = append(got, id[len(id)-3:len(id)-2])
		}
		if want := []string{"9", "2", "5", "3", "1", "4", "0"}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		if counts["soc"] != (notify.Counts{Queued: 7, Delivered: 7}) {
			t.Errorf("ledger %+v", counts)
		}
	})
}

// slow is a receiver that takes a second for each alert, during which something else may happen.
type slow struct {
	scripted
	during func(id string)
}

func (s *slow) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	<-time.After(time.Second)
	s.during(a.ID)
	return s.scripted.Tell(ctx, a, told)
}

// An alert of low severity is told within minutes, whatever more urgent ones keep coming.
func TestNothingWaitsLongBehindWhatIsMoreUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, began, n := newWorld(), time.Now(), 10
		var waited time.Duration
		s := &slow{during: func(id string) {
			if id == numbered(1).ID {
				waited = time.Since(began)
			}
			if n < 400 {
				n++
				w.set(t, graded(n, alert.Critical, alert.Open), "soc")
			}
		}}
		for i := range 4 {
			w.set(t, graded(2+i, alert.Critical, alert.Open), "soc")
		}
		w.set(t, graded(1, alert.Low, alert.Open), "soc")
		l := w.live(t.Context(), only(map[string]notify.Notifier{"soc": s}), 0, false)
		l.settled(t)
		l.end()
		if waited < 2*time.Minute || waited > 130*time.Second {
			t.Errorf("the low one was told after %s", waited)
		}
	})
}
