package alerting_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// at runs one process over the world whose clock begins at a time, for a while of that clock.
func (w *world) at(t *testing.T, begin time.Time, length time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), length)
		defer stop()
		offset := time.Until(begin)
		stage := alerting.New(alerting.Deps{
			Log: w, State: bucket{w, "state"}, Exposure: bucket{w, "exposure"}, Alerts: bucket{w, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Now: func() time.Time { return time.Now().Add(offset) },
		}, &alerting.Policy{Rules: rules(), Router: everybody{}})
		if err := stage.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestClosedAlertsAreKeptInTheStoreAlone: after an hour, and over a restart, what is closed is still shown, its events are
// not applied again, and after 90 days it is gone.
func TestClosedAlertsAreKeptInTheStoreAlone(t *testing.T) {
	w := newWorld()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lane := bus.FindingsSubject(0)
	deliver := func(data []byte) {
		w.lanes[lane] = append(w.lanes[lane], bus.Delivery{Sequence: uint64(len(w.lanes[lane]) + 1), Data: data})
	}
	opening, ending := finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""), finding(t, 2, "bob", "DeleteBucket", `{"bucketName":"x"}`, "")
	deliver(opening)
	deliver(ending)
	w.at(t, noon, 5*time.Second)
	stood := func(when string) {
		t.Helper()
		all := w.alerts(t)
		if len(all) != 1 || all[0].Status != alert.Resolved || len(w.told) != 4 {
			t.Errorf("%s: %d alerts, %d notifications, want the closed one and what was told of it", when, len(all), len(w.told))
		}
	}
	stood("at once")
	deliver(opening)
	w.at(t, noon.Add(3*time.Hour), 2*time.Minute)
	stood("told again hours later")
	deliver(ending)
	w.at(t, noon.Add(89*24*time.Hour), 2*time.Minute)
	stood("before its time is over")
	w.at(t, noon.Add(92*24*time.Hour), 2*time.Minute)
	if all := w.alerts(t); len(all) != 0 {
		t.Errorf("%d alerts after 92 days", len(all))
	}
}
