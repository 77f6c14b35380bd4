package alerting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// liveOnly leads live alerts to a receiver, and suppressed ones to nobody.
type liveOnly struct{}

func (liveOnly) Route(a *alert.Alert) notify.Routing {
	if a.Status == alert.Suppressed {
		return notify.Routing{}
	}
	return notify.Routing{Receivers: []string{"soc"}}
}

func (liveOnly) Muted() string { return "" }

// quietly runs one process over the world for a span of the bubble's time, and gives what it logged.
func quietly(t *testing.T, w *world, span time.Duration, begin func(s *silence.Store)) *observer.ObservedLogs {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), span)
		defer stop()
		store := silence.NewStore(bucket{w, "silences"})
		begin(store)
		stage := alerting.New(alerting.Deps{
			Log: w, State: bucket{w, "state"}, Exposure: bucket{w, "exposure"}, Alerts: bucket{w, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.New(core), Registry: prometheus.NewRegistry(), Now: time.Now, Silences: store,
			Notice: func(_ context.Context, n notify.Notice) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.notices = append(w.notices, n)
				return nil
			},
		}, &alerting.Policy{Rules: rules(), Router: liveOnly{}})
		if err := stage.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	return logs
}

// add silences all buckets from now for a span.
func add(t *testing.T, s *silence.Store, length time.Duration) {
	t.Helper()
	one := silence.Silence{Bucket: "*", Author: "dora", Comment: "rehearsal", StartsAt: time.Now(), EndsAt: time.Now().Add(length)}
	if _, err := s.Add(t.Context(), one, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestNothingSilencedIsQueuedAndWhatIsStillOpenAtTheEndIsQueuedOnce(t *testing.T) {
	w := newWorld()
	w.story(t)
	quietly(t, w, time.Minute, func(s *silence.Store) { add(t, s, time.Hour) })
	if len(w.told) != 0 {
		t.Fatalf("queued while silenced: %v", ids(w.told))
	}
	open := 0
	for _, a := range w.alerts(t) {
		if a.Status != alert.Resolved {
			open++
		}
		if a.Status == alert.Open {
			t.Errorf("%s is not silenced", a.Bucket)
		}
	}
	// The next process finds the silence at its end: the bubble's time begins anew, and ends after it.
	quietly(t, w, 2*time.Hour, func(*silence.Store) {})
	if len(w.told) != open || open == 0 {
		t.Errorf("queued at the end: %v, want one for each of %d", ids(w.told), open)
	}
	for id, times := range w.told {
		if times != 1 {
			t.Errorf("%s queued %d times", id, times)
		}
	}
}

func TestEachWeekIsSaidWhatSilencesHid(t *testing.T) {
	w := newWorld()
	w.story(t)
	logs := quietly(t, w, 8*24*time.Hour, func(s *silence.Store) { add(t, s, 30*24*time.Hour) })
	if len(w.notices) != 1 || w.notices[0].Kind != notify.Weekly || len(w.notices[0].Lines) != 1 || !strings.Contains(w.notices[0].Lines[0], "by dora (rehearsal)") {
		t.Errorf("told %+v in eight days", w.notices)
	}
	said := logs.FilterMessage("silences of the week").All()
	if len(said) != 1 {
		t.Fatalf("said %d times in eight days", len(said))
	}
	hid := said[0].ContextMap()["hid"]
	if n := len(slices.DeleteFunc(w.alerts(t), func(a *alert.Alert) bool { return len(a.SilencedBy) == 0 })); !strings.Contains(fmt.Sprint(hid), fmt.Sprintf("by dora (rehearsal): %d suppressed", n)) {
		t.Errorf("said %q, want %d", hid, n)
	}
}

// nightly mutes its one receiver for the first hour of a world's time.
type nightly struct{ until time.Time }

func (n nightly) Route(*alert.Alert) notify.Routing {
	if n.Muted() != "" {
		return notify.Routing{Muted: []string{"soc"}}
	}
	return notify.Routing{Receivers: []string{"soc"}}
}

func (n nightly) Muted() string {
	if time.Now().Before(n.until) {
		return "1"
	}
	return ""
}

func TestAfterAMuteTimeWhatIsStillOpenIsToldOnce(t *testing.T) {
	w := newWorld()
	w.story(t)
	var muted []string
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour)
		defer stop()
		stage := alerting.New(alerting.Deps{
			Log: w, State: bucket{w, "state"}, Exposure: bucket{w, "exposure"}, Alerts: bucket{w, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Now: time.Now,
		}, &alerting.Policy{Rules: rules(), Router: nightly{time.Now().Add(time.Hour)}})
		time.AfterFunc(59*time.Minute, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			muted = ids(w.told)
		})
		if err := stage.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	open := 0
	for _, a := range w.alerts(t) {
		if a.Status == alert.Open {
			open++
		}
	}
	if len(muted) != 0 || len(w.told) != open || open == 0 {
		t.Errorf("queued while muted: %v; in all: %v, want one for each of %d", muted, ids(w.told), open)
	}
}
