package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// alerts is a Store of a fixed set.
type alerts map[string]*alert.Alert

func (s alerts) Alert(_ context.Context, id string) (*alert.Alert, error) { return s[id], nil }

// TestOnTheBus runs an outbox on a real JetStream, twice: the second one finds nothing left to tell.
func TestOnTheBus(t *testing.T) {
	b, err := bus.Open(t.Context(), bus.DefaultConfig(), t.TempDir(), zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(context.Background()) }()
	store := alerts{}
	for _, a := range several(8) {
		store[a.ID] = a
		messages, err := notify.Messages(a, []string{"soc", "oncall"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Publish(t.Context(), messages...); err != nil {
			t.Fatal(err)
		}
	}
	svc := newServices(t)
	for range 2 {
		runOnBus(t, b, store, svc)
	}
	named := 0
	for _, m := range svc.slack.TopLevel() {
		if ids, ok := m.Metadata.EventPayload["ids"].([]any); ok {
			named += len(ids)
		} else {
			named++
		}
	}
	if named != 8 || len(svc.pagerduty.Events()) != 8 {
		t.Errorf("told %d alerts in Slack, %d in PagerDuty", named, len(svc.pagerduty.Events()))
	}
}

func runOnBus(t *testing.T, b *bus.Bus, store notify.Store, svc *services) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := notify.New(svc.build(&process{}), notify.Deps{
		Bus: b, Told: b.KV(bus.Alerts), Positions: b.KV(bus.State), Store: store, Log: zap.NewNop(), Registerer: prometheus.NewRegistry(),
	})
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		counts, err := o.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if counts["soc"].Delivered == 8 && counts["oncall"].Delivered == 8 {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestPaceIsKept sends cards, replies and a digest to a Slack that refuses whatever comes too fast.
func TestPaceIsKept(t *testing.T) {
	svc, w := newServices(t), newWorld()
	svc.slack.Interval, svc.interval = 20*time.Millisecond, 25*time.Millisecond
	for _, a := range several(12) {
		w.set(t, a, "soc")
	}
	l := w.live(t.Context(), svc.build, 0, false)
	l.settled(t)
	w.set(t, resolved(numbered(0)), "soc")
	counts := l.settled(t)
	l.end()
	if n := svc.slack.Limited(); n != 0 || counts["soc"].Delivered != 13 {
		t.Errorf("%d messages came too fast, ledger %+v", n, counts)
	}
}
