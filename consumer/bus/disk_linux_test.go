package bus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// A disk that others fill makes the bus refuse, not lose, and free space lets it go on by itself.
func TestFullDiskIsSurvived(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=60m"); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	b, err := bus.Open(t.Context(), small(), dir, zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	lane := bus.FindingsSubject(0)
	if err := b.Publish(t.Context(), messages(lane, 0, 10)...); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 64<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	big := bus.Message{Subject: lane, ID: "big", Data: make([]byte, 1<<20)}
	err = b.Publish(t.Context(), big)
	if _, ok := errors.AsType[*bus.FullError](err); !ok || b.Ready() == nil {
		t.Fatal(err, b.Ready())
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err = b.Publish(ctx, big)
	for full := (*bus.FullError)(nil); errors.As(err, &full); err = b.Publish(ctx, big) {
		<-time.After(100 * time.Millisecond) // as a consumer would
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := b.Backlog(t.Context(), lane, bus.Position{}); n != 11 || err != nil {
		t.Fatal(n, err)
	}
	if err := b.Ready(); err != nil {
		t.Fatal(err)
	}
}
