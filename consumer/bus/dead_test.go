package bus_test

import (
	"bytes"
	"testing"

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
		if err := b.ListDead(t.Context(), stage, func(d bus.Dead) error { all = append(all, d); return nil }); err != nil {
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
	if cut.Size != b.MaxPayload() || len(cut.Data) >= cut.Size || len(cut.Data) == 0 {
		t.Fatalf("size %d of %d", len(cut.Data), cut.Size)
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
