package bus_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestDeadLettersAreListedAndDropped(t *testing.T) {
	b := open(t, t.TempDir(), small())
	poison := []byte{0xff, 0, '\n'}
	park := func(stage, id, reason string, data []byte) {
		t.Helper()
		if err := b.Park(t.Context(), stage, id, reason, data); err != nil {
			t.Fatal(err)
		}
	}
	park("consumer", "s3://logs/a\r\nX: y", "bad\ngzip é", poison)
	park("consumer", "s3://logs/a\r\nX: y", "again", poison) // the same entry
	park("notify", "alert", "refused", make([]byte, b.MaxPayload()))
	list := func(stage string) (all []bus.Dead) {
		t.Helper()
		if err := b.ListDead(t.Context(), stage, 0, func(d bus.Dead) error { all = append(all, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := list(""); len(all) != 2 {
		t.Fatalf("%d entries", len(all))
	}
	got := list("consumer")[0]
	if got.Stage != "consumer" || got.ID != "s3://logs/a\r\nX: y" || got.Reason != "bad\ngzip é" || !bytes.Equal(got.Data, poison) || got.Size != 3 {
		t.Fatalf("%+v", got)
	}
	cut := list("notify")[0]
	if cut.Size != b.MaxPayload() || len(cut.Data) != bus.MaxLetter {
		t.Fatalf("size %d of %d", len(cut.Data), cut.Size)
	}
	if one, ok, err := b.GetDead(t.Context(), got.Sequence); !ok || err != nil || one.ID != got.ID || one.Reason != got.Reason || !one.Time.Equal(got.Time) || !bytes.Equal(one.Data, poison) {
		t.Fatalf("%+v, %t, %v; want %+v", one, ok, err, got)
	}
	if _, ok, err := b.GetDead(t.Context(), 99); ok || err != nil {
		t.Fatalf("a letter that is not there: %t, %v", ok, err)
	}
	for range 2 { // the second finds nothing, which is no error
		if err := b.DropDead(t.Context(), got.Sequence); err != nil {
			t.Fatal(err)
		}
	}
	if all := list("consumer"); len(all) != 0 {
		t.Fatalf("%d entries left", len(all))
	}
}

// TestEveryStageHasItsShareOfTheDeadLetters: who floods one stage with what cannot be read pushes out the oldest of that
// stage, never what a receiver refused, and never finds the dead letters full.
func TestEveryStageHasItsShareOfTheDeadLetters(t *testing.T) {
	reg := prometheus.NewRegistry()
	b, err := bus.Open(t.Context(), small(), t.TempDir(), zap.NewNop(), reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	if err := b.Park(t.Context(), "notify", "alert", "refused", []byte("x")); err != nil {
		t.Fatal(err)
	}
	share, extra := b.DeadShare(), 25
	letters := make([]bus.Letter, share+extra)
	for i := range letters { // as large as letters get
		letters[i] = bus.Letter{ID: fmt.Sprintf("%06d", i) + strings.Repeat("/", 1600), Reason: strings.Repeat("\x00", 1000), Data: make([]byte, 10_000)}
	}
	for part := range slices.Chunk(letters, 100) {
		if err := b.ParkAll(t.Context(), "consumer", part...); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := b.DeadCounts(t.Context())
	if err != nil || counts["consumer"] != share || counts["notify"] != 1 {
		t.Errorf("counted %v, %v; the share is %d", counts, err, share)
	}
	oldest := ""
	if err := b.ListDead(t.Context(), "consumer", 0, func(d bus.Dead) error {
		oldest = d.ID[:6]
		return errors.New("enough")
	}); err == nil || oldest != fmt.Sprintf("%06d", extra) {
		t.Errorf("the oldest is %s, %v", oldest, err)
	}
	if n := counted(t, reg, "trailwarden_bus_dead_letters_dropped_total"); n != float64(extra) {
		t.Errorf("%v counted as dropped, want %d", n, extra)
	}
	if n, err := b.DropDeadOf(t.Context(), "consumer"); err != nil || n != uint64(share) {
		t.Errorf("dropped %d, %v", n, err)
	}
	if counts, err := b.DeadCounts(t.Context()); err != nil || counts["consumer"] != 0 || counts["notify"] != 1 {
		t.Errorf("counted %v, %v", counts, err)
	}
}

// TestLettersAreParkedAgainByHand: within the hour in which a letter is not stored twice.
func TestLettersAreParkedAgainByHand(t *testing.T) {
	b := open(t, t.TempDir(), small())
	for _, again := range []string{"", "", "1", "1", "2"} {
		if err := b.ParkAll(t.Context(), "consumer", bus.Letter{ID: "s3://logs/a", Again: again, Reason: "bad"}); err != nil {
			t.Fatal(err)
		}
	}
	if counts, err := b.DeadCounts(t.Context()); err != nil || counts["consumer"] != 3 {
		t.Errorf("%v, %v", counts, err)
	}
}

// counted is the value of a counter, over all its labels.
func counted(t *testing.T, reg *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}
