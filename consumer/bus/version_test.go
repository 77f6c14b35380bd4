package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

const versionKey = "layout.version"

// A store of a later version is refused as it is: not even the limits of a stream are changed.
func TestNewerStoreIsLeftAlone(t *testing.T) {
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	b := connect(t, 1, ns.ClientURL())
	state, ctx := b.KV(bus.State), t.Context()
	if entry, ok, err := state.Get(ctx, versionKey); err != nil || !ok || string(entry.Value) != "1" {
		t.Fatalf("a new store has the version %q: %v", entry.Value, err)
	}
	for _, err := range []error{
		b.Publish(ctx, messages(bus.EventsSubject(0), 0, 3)...),
		second(state.Put(ctx, versionKey, []byte("2"), bus.AnyRevision)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := limits(t, ns)
	cfg := small()
	cfg.URLs, cfg.MaxBytes, cfg.Shards = []string{ns.ClientURL()}, 128<<20, 4
	for name, open := range map[string]func() (*bus.Bus, error){
		"settling": func() (*bus.Bus, error) { return bus.OpenFast(ctx, cfg, zap.NewNop(), prometheus.NewRegistry()) },
		"joining": func() (*bus.Bus, error) {
			return bus.Join(ctx, cfg, bus.Part{Name: "enrich"}, zap.NewNop(), prometheus.NewRegistry())
		},
	} {
		_, err := open()
		if newer, ok := errors.AsType[*bus.NewerError](err); !ok || newer.Version != 2 || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := limits(t, ns); after != before {
		t.Errorf("the stream had %+v and has %+v", before, after)
	}
	// Who wrote it goes on with it.
	if err := second(state.Put(ctx, versionKey, []byte("1"), bus.AnyRevision)); err != nil {
		t.Fatal(err)
	}
	if got := take(t, connect(t, 1, ns.ClientURL()), bus.EventsSubject(0), 0, 3); len(got) != 3 {
		t.Errorf("%d messages are left", len(got))
	}
}

func second(_ uint64, err error) error { return err }

// limits are those of the stream of events, and how much is in it.
func limits(t *testing.T, ns *natsd.Server) [2]int64 {
	t.Helper()
	nc, err := nats.Connect(ns.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "TRAIL_EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	return [2]int64{stream.CachedInfo().Config.MaxBytes, int64(stream.CachedInfo().State.Msgs)}
}

// A store from before there were versions is of version 1, and says so from then on; who does not settle the layout waits
// for that.
func TestStoreWithoutAVersionIsTheFirst(t *testing.T) {
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	b := connect(t, 1, ns.ClientURL())
	if err := b.KV(bus.State).Delete(t.Context(), versionKey, bus.AnyRevision); err != nil {
		t.Fatal(err)
	}
	cfg := small()
	cfg.URLs = []string{ns.ClientURL()}
	join := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		joined, err := bus.Join(ctx, cfg, bus.Part{Name: "enrich"}, zap.NewNop(), prometheus.NewRegistry())
		if err == nil {
			closeBus(t, joined)
		}
		return err
	}
	if err := join(300 * time.Millisecond); err == nil || !strings.Contains(err.Error(), "role alerting") {
		t.Errorf("joined before the layout was settled: %v", err)
	}
	connect(t, 1, ns.ClientURL())
	entry, ok, err := b.KV(bus.State).Get(t.Context(), versionKey)
	if err != nil || !ok || string(entry.Value) != "1" {
		t.Errorf("the version is %q: %v", entry.Value, err)
	}
	if err := join(10 * time.Second); err != nil {
		t.Error(err)
	}
}
