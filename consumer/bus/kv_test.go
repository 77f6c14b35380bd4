package bus_test

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestWriteNamesTheRevisionItKnows(t *testing.T) {
	kv := open(t, t.TempDir(), small()).KV(bus.Alerts)
	key := bus.Key("alert", "a.b")
	entry, ok, err := kv.Get(t.Context(), key)
	if ok || err != nil || entry.Revision != 0 {
		t.Fatal(entry, ok, err)
	}
	first, err := kv.Put(t.Context(), key, []byte("one"), 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := kv.Put(t.Context(), key, []byte("two"), first)
	if err != nil || second <= first {
		t.Fatal(second, err)
	}
	for _, stale := range []uint64{0, first, second + 1} {
		_, err := kv.Put(t.Context(), key, []byte("zombie"), stale)
		if conflict, ok := errors.AsType[*bus.ConflictError](err); !ok || conflict.Key != key || conflict.Expected != stale {
			t.Fatalf("at %d: %v", stale, err)
		}
	}
	entry, ok, err = kv.Get(t.Context(), key)
	if string(entry.Value) != "two" || entry.Revision != second || !ok || err != nil {
		t.Fatal(entry, ok, err)
	}
	if _, err := kv.Put(t.Context(), key, []byte("whatever"), bus.AnyRevision); err != nil {
		t.Fatal(err)
	}
}

func TestDeletedKeyHasNoValueAndCanBeWrittenAgain(t *testing.T) {
	kv := open(t, t.TempDir(), small()).KV(bus.Silences)
	revision, err := kv.Put(t.Context(), "k", []byte("v"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(t.Context(), "k", revision+7); err == nil {
		t.Fatal("deleted at another revision")
	}
	if err := kv.Delete(t.Context(), "k", revision); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := kv.Get(t.Context(), "k"); ok || err != nil {
		t.Fatal(ok, err)
	}
	err = kv.Range(t.Context(), "", func(e bus.Entry) error { return fmt.Errorf("visited %s", e.Key) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "k", []byte("again"), 0); err != nil {
		t.Fatal(err)
	}
}

func TestPutAllStoresAllButTheConflicts(t *testing.T) {
	t.Parallel()
	kv := open(t, t.TempDir(), small()).KV(bus.History)
	if _, err := kv.Put(t.Context(), bus.Key("0", "17"), []byte("of another"), 0); err != nil {
		t.Fatal(err)
	}
	writes := make([]bus.KVWrite, 2500)
	for i := range writes {
		writes[i] = bus.KVWrite{Key: bus.Key("0", fmt.Sprint(i)), Value: []byte("mine")}
	}
	revisions, err := kv.PutAll(t.Context(), writes)
	conflict, ok := errors.AsType[*bus.ConflictError](err)
	if !ok || conflict.Key != bus.Key("0", "17") || revisions[17] != 0 {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	if err := kv.Range(t.Context(), "0", func(e bus.Entry) error { got[e.Key] = e.Revision; return nil }); err != nil {
		t.Fatal(err)
	}
	for i, w := range writes {
		if i != 17 && got[w.Key] != revisions[i] {
			t.Fatalf("%s: revision %d, told %d", w.Key, got[w.Key], revisions[i])
		}
	}
}

func TestRangeKeepsToItsPrefix(t *testing.T) {
	kv := open(t, t.TempDir(), small()).KV(bus.Exposure)
	for _, key := range []string{"1", "1.a", "1.b.c", "10.a", "2"} {
		if _, err := kv.Put(t.Context(), key, []byte(key), 0); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]string{"1": "1 1.a 1.b.c", "": "1 1.a 1.b.c 10.a 2", "3": "", "1.b": "1.b.c"} {
		var keys []string
		err := kv.Range(t.Context(), prefix, func(e bus.Entry) error { keys = append(keys, e.Key); return nil })
		if got := strings.Join(keys, " "); got != want || err != nil {
			t.Errorf("%q: %s, %v", prefix, got, err)
		}
	}
	err := kv.Range(t.Context(), "", func(bus.Entry) error { return errEnough })
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
}

func TestChangesAreWhatWasWrittenAndDeletedSince(t *testing.T) {
	kv := open(t, t.TempDir(), small()).KV(bus.Exposure)
	put := func(key string) uint64 {
		revision, err := kv.Put(t.Context(), key, []byte(key), bus.AnyRevision)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	put("1.a")
	after := put("1.b")
	put("2.a")
	put("1.c")
	put("1.a")
	if err := kv.Delete(t.Context(), "1.b", after); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[uint64]string{0: "1.c true 1.a true 1.b false", after: "1.c true 1.a true 1.b false", after + 2: "1.a true 1.b false", after + 4: ""} {
		var got []string
		at, err := kv.Changes(t.Context(), "1", bus.Position{Sequence: from}, func(e bus.Entry, ok bool) error {
			got = append(got, fmt.Sprint(e.Key, " ", ok))
			return nil
		})
		if got := strings.Join(got, " "); got != want || err != nil || at.Restarts() != 0 || at.Made == 0 {
			t.Errorf("since %d: %s, %v; want %s", from, got, err, want)
		}
	}
}

// A position beyond the bucket's end is one of another bucket, or of one that has lost its end: all is read anew.
func TestChangesOfAnotherBucketAreAll(t *testing.T) {
	kv := open(t, t.TempDir(), small()).KV(bus.Exposure)
	if _, err := kv.Put(t.Context(), "1.a", []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	var got []string
	visit := func(e bus.Entry, _ bool) error { got = append(got, e.Key); return nil }
	at, err := kv.Changes(t.Context(), "1", bus.Position{Sequence: 17}, visit)
	if err != nil || len(got) != 1 || at.Restarts() != 1 {
		t.Fatalf("%v, %+v, %v", got, at, err)
	}
	if again, err := kv.Changes(t.Context(), "1", at, visit); err != nil || len(got) != 1 || again != at {
		t.Errorf("asked again: %v, %+v, %v", got, again, err)
	}
	if other, err := kv.Changes(t.Context(), "1", bus.Position{Sequence: 1, Made: at.Made - 1}, visit); err != nil || len(got) != 2 || other.Restarts() != 1 {
		t.Errorf("of a bucket made before: %v, %+v, %v", got, other, err)
	}
}

// A key that is written while a range runs is visited all the same, last with its newest value.
func TestRangeMissesNoKeyThatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	kv := open(t, t.TempDir(), small()).KV(bus.State)
	writes := make([]bus.KVWrite, 600) // more than a reader asks for at a time
	for i := range writes {
		writes[i] = bus.KVWrite{Key: bus.Key("k", strconv.Itoa(i)), Value: []byte("old")}
	}
	revisions, err := kv.PutAll(t.Context(), writes)
	if err != nil {
		t.Fatal(err)
	}
	last := len(writes) - 1
	later := []bus.KVWrite{
		{Key: writes[last-1].Key, Value: []byte("new"), Expect: revisions[last-1]},
		{Key: writes[last].Key, Value: []byte("new"), Expect: revisions[last]},
	}
	got := map[string]string{}
	err = kv.Range(t.Context(), "k", func(e bus.Entry) error {
		if len(got) == 0 {
			if _, err := kv.PutAll(t.Context(), later); err != nil {
				return err
			}
		}
		got[e.Key] = string(e.Value)
		return nil
	})
	if err != nil || len(got) != len(writes) || got[writes[last].Key] != "new" {
		t.Errorf("%d keys, the last one %q, %v", len(got), got[writes[last].Key], err)
	}
}

func TestValueEndsWithItsTTL(t *testing.T) {
	t.Parallel()
	kv := open(t, t.TempDir(), small()).KV(bus.State)
	if _, err := kv.PutAll(t.Context(), []bus.KVWrite{{Key: "k", Value: []byte("v"), TTL: time.Second}}); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		if _, ok, err := kv.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		} else if !ok {
			_, err := kv.Put(t.Context(), "k", []byte("new"), 0)
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		<-tick.C
	}
	t.Fatal("still there after 10 s")
}

// Whatever is written, the bucket holds what a map would.
func TestBucketIsAMap(t *testing.T) {
	t.Parallel()
	kv := open(t, t.TempDir(), small()).KV(bus.History)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		prefix := fmt.Sprintf("run%d", run)
		model := map[string]string{}
		for range rapid.IntRange(1, 3).Draw(t, "rounds") {
			var writes []bus.KVWrite
			for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching("[a-d.]{1,2}"), 1, 6, rapid.ID).Draw(t, "names") {
				key := bus.Key(prefix, name)
				if value := rapid.StringN(0, 3, -1).Draw(t, "value"); value == "" {
					writes = append(writes, bus.KVWrite{Key: key, Delete: true, Expect: bus.AnyRevision})
					delete(model, key)
				} else {
					writes = append(writes, bus.KVWrite{Key: key, Value: []byte(value), Expect: bus.AnyRevision})
					model[key] = value
				}
			}
			if _, err := kv.PutAll(t.Context(), writes); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]string{}
		if err := kv.Range(t.Context(), prefix, func(e bus.Entry) error { got[e.Key] = string(e.Value); return nil }); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, model) {
			t.Fatalf("%v, not %v", got, model)
		}
	})
}
