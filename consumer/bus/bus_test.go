package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestPublishedMessagesAreTailedInOrder(t *testing.T) {
	b := open(t, t.TempDir(), small())
	lane, other := bus.EventsSubject(3), bus.EventsSubject(4)
	msgs := append(messages(lane, 0, 2000), messages(other, 0, 10)...)
	if err := b.Publish(t.Context(), msgs...); err != nil {
		t.Fatal(err)
	}
	got := take(t, b, lane, 0, 2000)
	for i, d := range got {
		if want := fmt.Sprintf("%s-%d", lane, i); string(d.Data) != want || d.ID != want || d.Subject != lane {
			t.Fatalf("message %d: %q %q on %s", i, d.Data, d.ID, d.Subject)
		}
		if d.Pending != uint64(1999-i) {
			t.Fatalf("message %d: %d pending", i, d.Pending)
		}
	}
	if left := take(t, b, lane, got[1989].Sequence, 10); string(left[0].Data) != lane+"-1990" {
		t.Fatalf("continued at %q", left[0].Data)
	}
}

func TestRepeatedIDIsStoredOnce(t *testing.T) {
	b := open(t, t.TempDir(), small())
	lane := bus.EventsSubject(0)
	if err := b.Publish(t.Context(), messages(lane, 0, 5)...); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), messages(lane, 3, 5)...); err != nil { // 3 and 4 are known
		t.Fatal(err)
	}
	n, err := b.Backlog(t.Context(), lane, bus.Position{})
	if err != nil || n != 8 {
		t.Fatalf("%d stored, %v", n, err)
	}
}

func TestTrimRemovesOneLaneUpToASequence(t *testing.T) {
	b := open(t, t.TempDir(), small())
	lane, other := bus.FindingsSubject(0), bus.FindingsSubject(1)
	for i := range 10 {
		if err := b.Publish(t.Context(), append(messages(lane, i, 1), messages(other, i, 1)...)...); err != nil {
			t.Fatal(err)
		}
	}
	upto := take(t, b, lane, 0, 6)[5].Position()
	if err := b.Trim(t.Context(), lane, upto); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		subject string
		after   bus.Position
		n       uint64
	}{{lane, bus.Position{}, 4}, {other, bus.Position{}, 10}, {lane, upto, 4}, {other, upto, 5}, {"trail.findings.2", bus.Position{}, 0}} {
		if n, err := b.Backlog(t.Context(), want.subject, want.after); err != nil || n != want.n {
			t.Errorf("backlog of %s after %v: %d, %v", want.subject, want.after, n, err)
		}
	}
}

func TestTailWaitsForNewMessagesAndEndsWithItsContext(t *testing.T) {
	b := open(t, t.TempDir(), small())
	lane := bus.NotifySubject("on call")
	ctx, cancel := context.WithCancel(t.Context())
	seen, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- b.Tail(ctx, lane, bus.Position{}, func(d bus.Delivery) error { seen <- string(d.Data); return nil })
	}()
	for i := range 3 {
		if err := b.Publish(t.Context(), messages(lane, i, 1)...); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != fmt.Sprintf("%s-%d", lane, i) {
			t.Fatal(got)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestLargestMessagesPass(t *testing.T) {
	b := open(t, t.TempDir(), small())
	lane := bus.EventsSubject(1)
	big := bus.Message{Subject: lane, Data: bytes.Repeat([]byte{7}, b.MaxPayload()-len(lane)-64)}
	if err := b.Publish(t.Context(), big, big, big); err != nil {
		t.Fatal(err)
	}
	for _, d := range take(t, b, lane, 0, 3) {
		if !bytes.Equal(d.Data, big.Data) {
			t.Fatal("changed on the way")
		}
	}
	big.Data = make([]byte, b.MaxPayload()+1)
	err := b.Publish(t.Context(), big)
	if tooLarge, ok := errors.AsType[*bus.TooLargeError](err); !ok || tooLarge.Limit != b.MaxPayload() {
		t.Fatal(err)
	}
}

func TestFullStreamRefusesAndRecovers(t *testing.T) {
	b := open(t, t.TempDir(), small()) // 16 MiB of findings
	lane := bus.FindingsSubject(0)
	msg := func(i int) bus.Message {
		return bus.Message{Subject: lane, ID: fmt.Sprint(i), Data: make([]byte, 3<<20)}
	}
	stored := 0
	var err error
	for ; err == nil && stored < 10; stored++ {
		err = b.Publish(t.Context(), msg(stored))
	}
	stored--
	full, ok := errors.AsType[*bus.FullError](err)
	if !ok || full.Stream != "TRAIL_FINDINGS" || stored != 5 {
		t.Fatalf("after %d: %v", stored, err)
	}
	if err := b.Publish(t.Context(), messages(bus.EventsSubject(0), 0, 1)...); err != nil {
		t.Fatalf("another stream: %v", err)
	}
	if err := b.Trim(t.Context(), lane, take(t, b, lane, 0, 1)[0].Position()); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), msg(stored)); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownSubjectIsAnError(t *testing.T) {
	b := open(t, t.TempDir(), small())
	if err := b.Publish(t.Context(), bus.Message{Subject: "elsewhere.1"}); err == nil {
		t.Error("published")
	}
	if err := b.Tail(t.Context(), "trail.other.1", bus.Position{}, nil); err == nil {
		t.Error("tailed")
	}
}

func TestDataDirServesOneProcess(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, small())
	_, err := bus.Open(t.Context(), small(), dir, zaptest.NewLogger(t), prometheus.NewRegistry())
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatal(err)
	}
	if err := first.Ready(); err != nil {
		t.Fatal(err)
	}
	closeBus(t, first)
	if err := first.Ready(); !errors.Is(err, bus.ErrClosed) {
		t.Fatal(err)
	}
	if err := first.Publish(t.Context(), messages(bus.EventsSubject(0), 0, 1)...); !errors.Is(err, bus.ErrClosed) {
		t.Fatal(err)
	}
	open(t, dir, small())
}

func TestStoreIsPrivate(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, small())
	info, err := os.Stat(filepath.Join(dir, "jetstream"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatal(info.Mode(), err)
	}
}

func TestDataDirThatCannotBeUsedIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := bus.Open(t.Context(), small(), file, zaptest.NewLogger(t), prometheus.NewRegistry())
	if err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Fatal(err)
	}
}

func TestNumberOfShardsIsKept(t *testing.T) {
	dir := t.TempDir()
	closeBus(t, open(t, dir, small()))
	cfg := small()
	cfg.Shards = 8
	_, err := bus.Open(t.Context(), cfg, dir, zaptest.NewLogger(t), prometheus.NewRegistry())
	if err == nil || !strings.Contains(err.Error(), "set it to 16") {
		t.Fatal(err)
	}
}

func TestScanDoesNotWaitForWhatWasTrimmed(t *testing.T) {
	b := open(t, t.TempDir(), small())
	defer closeBus(t, b)
	subject := bus.EventsSubject(0)
	const n = 700 // more than are asked for at a time
	if err := b.Publish(t.Context(), messages(subject, 0, n)...); err != nil {
		t.Fatal(err)
	}
	var seen []uint64
	read := func(after uint64, trim bool) int {
		seen = nil
		err := b.Scan(t.Context(), subject, bus.Position{Sequence: after}, func(d bus.Delivery) error {
			seen = append(seen, d.Sequence)
			if trim && len(seen) == 1 {
				return b.Trim(t.Context(), subject, bus.Position{Sequence: d.Sequence + n - 1})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(seen)
	}
	if got := read(0, false); got != n {
		t.Errorf("scanned %d of %d", got, n)
	}
	if got := read(seen[n-11], false); got != 10 {
		t.Errorf("scanned %d of the last 10", got)
	}
	if got := read(0, true); got >= n {
		t.Errorf("scanned %d of what was trimmed after the first", got)
	}
	if got := read(0, false); got != 0 {
		t.Errorf("scanned %d of an empty lane", got)
	}
}
