package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		os.Exit(publishUntilKilled(dir))
	}
	goleak.VerifyTestMain(m)
}

// open starts an embedded bus on dir and closes it with the test.
func open(t testing.TB, dir string, cfg bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), cfg, dir, zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

func closeBus(t testing.TB, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		t.Error(err)
	}
}

func small() bus.Config {
	cfg := bus.DefaultConfig()
	cfg.MaxBytes = 64 << 20
	return cfg
}

func messages(subject string, from, n int) []bus.Message {
	msgs := make([]bus.Message, n)
	for i := range msgs {
		text := fmt.Sprintf("%s-%d", subject, from+i)
		msgs[i] = bus.Message{Subject: subject, ID: text, Data: []byte(text)}
	}
	return msgs
}

var errEnough = errors.New("enough")

// take reads n messages of a lane.
func take(t testing.TB, b *bus.Bus, subject string, after uint64, n int) []bus.Delivery {
	t.Helper()
	var got []bus.Delivery
	if n == 0 {
		return nil
	}
	err := b.Tail(t.Context(), subject, bus.Position{Sequence: after}, func(d bus.Delivery) error {
		got = append(got, d)
		if len(got) == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("tail %s: %v", subject, err)
	}
	return got
}
