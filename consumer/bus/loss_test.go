package bus_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// flip inverts one bit in the middle of a value of a stream's last block.
func flip(t *testing.T, dir, stream, value string) {
	t.Helper()
	path := lastBlock(t, dir, stream)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte(value))
	if at < 0 {
		t.Fatalf("no %q in %s", value, path)
	}
	data[at+len(value)/2] ^= 4
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// unindex removes the index of a stream, as it is missing after a kill.
func unindex(t *testing.T, dir, stream string) {
	t.Helper()
	if err := os.Remove(filepath.Join(streamDir(t, dir, stream), "msgs", "index.db")); err != nil {
		t.Fatal(err)
	}
}

// filled is the folder of a stopped store with 40 alerts, of which the first 20 were written twice.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	b := open(t, dir, small())
	kv := b.KV(bus.Alerts)
	for i := range 60 {
		key := bus.Key("alert", fmt.Sprint(i%40))
		if _, err := kv.Put(t.Context(), key, fmt.Appendf(nil, "value %d of %d", i/40, i%40), bus.AnyRevision); err != nil {
			t.Fatal(err)
		}
	}
	closeBus(t, b)
	return dir
}

// alerts are the keys of all alerts, each of which can be written again.
func alerts(t *testing.T, b *bus.Bus) (keys []string) {
	t.Helper()
	var writes []bus.KVWrite
	err := b.KV(bus.Alerts).Range(t.Context(), "", func(e bus.Entry) error {
		keys = append(keys, e.Key)
		writes = append(writes, bus.KVWrite{Key: e.Key, Value: e.Value, Expect: e.Revision})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.KV(bus.Alerts).PutAll(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestDamageIsToldAndTheRestIsKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm  func(t *testing.T, dir string)
		left  int    // alerts
		lost  uint64 // told
		key   string // told
		whole bool   // before the store is opened again
	}{
		"nothing":     {func(*testing.T, string) {}, 40, 0, "", true},
		"only killed": {func(t *testing.T, dir string) { unindex(t, dir, "KV_trail_alerts") }, 40, 0, "", true},
		"a bit after a kill": {func(t *testing.T, dir string) {
			flip(t, dir, "KV_trail_alerts", "value 0 of 25")
			unindex(t, dir, "KV_trail_alerts")
		}, 39, 1, "alert.25", false},
		"a bit after a stop":            {func(t *testing.T, dir string) { flip(t, dir, "KV_trail_alerts", "value 0 of 25") }, 39, 1, "alert.25", false},
		"a bit of what was overwritten": {func(t *testing.T, dir string) { flip(t, dir, "KV_trail_alerts", "value 0 of 3") }, 40, 0, "", false},
		// The value before the last one of the key comes back.
		"a torn end": {func(t *testing.T, dir string) { tear(t, dir, "KV_trail_alerts") }, 40, 1, "alert.19", false},
		"an end cut off": {func(t *testing.T, dir string) {
			path := lastBlock(t, dir, "KV_trail_alerts")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			at := bytes.LastIndex(data, []byte("$KV.trail_alerts.alert.19")) - 22 // where its record begins
			if err := os.WriteFile(path, data[:at], 0o600); err != nil {
				t.Fatal(err)
			}
			unindex(t, dir, "KV_trail_alerts")
		}, 40, 1, "", false},
		"the files gone": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(streamDir(t, dir, "KV_trail_alerts")); err != nil {
				t.Fatal(err)
			}
		}, 0, 40, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filled(t)
			c.harm(t, dir)
			report, err := bus.CheckStopped(dir)
			if err != nil || report.Whole() != c.whole {
				t.Errorf("checked while stopped: %+v, %v", report.Streams, err)
			}
			b := open(t, dir, small())
			if left := alerts(t, b); len(left) != c.left {
				t.Errorf("%d alerts left, want %d", len(left), c.left)
			}
			if b.Lost() != c.lost || (b.LostLately() != nil) != (c.lost > 0) {
				t.Errorf("told that %d are lost, want %d; %v", b.Lost(), c.lost, b.LostLately())
			}
			report, err = b.Check(t.Context())
			if err != nil || !report.Whole() || report.Lost != c.lost {
				t.Errorf("checked while running: %+v, %v", report, err)
			}
			for _, l := range report.Losses {
				if l.Stream != "KV_trail_alerts" || l.Key != c.key || l.Reason == "" || l.Do == "" || (l.To.IsZero() && l.Key == "") {
					t.Errorf("%+v", l)
				}
			}
			closeBus(t, b)
			b = open(t, dir, small())
			if b.Lost() != c.lost {
				t.Errorf("after another start %d are lost, want %d", b.Lost(), c.lost)
			}
		})
	}
}

// A store in use and then stopped is whole, whatever was done with it.
func TestStoreInUseIsWhole(t *testing.T) {
	t.Parallel()
	dir, seed := t.TempDir(), rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 4 {
		b := open(t, dir, small())
		if b.Lost() != 0 {
			t.Errorf("%d lost: %v", b.Lost(), b.LostLately())
		}
		for range 60 {
			lane := bus.FindingsSubject(random.IntN(3))
			switch random.IntN(5) {
			case 0, 1:
				if err := b.Publish(t.Context(), messages(lane, random.IntN(1_000_000), 1+random.IntN(40))...); err != nil {
					t.Fatal(err)
				}
			case 2:
				if err := b.Trim(t.Context(), lane, bus.Position{Sequence: uint64(1 + random.IntN(500))}); err != nil {
					t.Fatal(err)
				}
			case 3:
				if err := b.Park(t.Context(), "consumer", fmt.Sprint(random.IntN(20)), "why", []byte(strings.Repeat("x", random.IntN(5000)))); err != nil {
					t.Fatal(err)
				}
				if random.IntN(2) == 0 {
					if err := b.DropDead(t.Context(), uint64(1+random.IntN(10))); err != nil {
						t.Fatal(err)
					}
				}
			default:
				var writes []bus.KVWrite
				for range 1 + random.IntN(30) {
					key := bus.Key("k", fmt.Sprint(random.IntN(50)))
					if !slices.ContainsFunc(writes, func(w bus.KVWrite) bool { return w.Key == key }) {
						writes = append(writes, bus.KVWrite{Key: key, Value: make([]byte, random.IntN(3000)), Expect: bus.AnyRevision, Delete: random.IntN(5) == 0})
					}
				}
				if _, err := b.KV(bus.History).PutAll(t.Context(), writes); err != nil {
					t.Fatal(err)
				}
			}
		}
		if report, err := b.Check(t.Context()); err != nil || !report.Whole() {
			t.Errorf("in use: %+v, %v", report.Streams, err)
		}
		closeBus(t, b)
		if report, err := bus.CheckStopped(dir); err != nil || !report.Whole() {
			t.Errorf("stopped: %+v, %v", report.Streams, err)
		}
	}
}
