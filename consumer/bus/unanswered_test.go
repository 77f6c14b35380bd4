package bus_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// The answer to a write is lost, the write is not: sent again it meets its own first attempt, which is no
// conflict, and a message with an ID is stored once. Other requests are made again as well.
func TestWriteWithoutAnAnswerIsNotAConflict(t *testing.T) {
	t.Parallel()
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	wire := newWire(t, ns.Addr().String())
	b := connect(t, 1, "nats://"+wire.addr())
	kv, lane := b.KV(bus.Alerts), bus.FindingsSubject(3)
	one, err := kv.Put(t.Context(), "one", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	wire.freeze()
	var wg sync.WaitGroup
	wg.Go(func() {
		revisions, err := kv.PutAll(t.Context(), []bus.KVWrite{
			{Key: "one", Value: []byte("2"), Expect: one}, {Key: "two", Value: []byte("2")},
		})
		if err != nil || revisions[0] <= one || revisions[1] <= one {
			t.Error(revisions, err)
		}
	})
	wg.Go(func() {
		if err := b.Publish(t.Context(), messages(lane, 0, 30)...); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := b.Trim(t.Context(), bus.FindingsSubject(4), bus.Position{Sequence: 1}); err != nil {
			t.Error(err)
		}
	})
	<-time.After(6 * time.Second) // longer than an answer is waited for
	wire.thaw()
	wg.Wait()
	for _, key := range []string{"one", "two"} {
		if entry, ok, err := kv.Get(t.Context(), key); string(entry.Value) != "2" || !ok || err != nil {
			t.Errorf("%s: %q %v %v", key, entry.Value, ok, err)
		}
	}
	if n, err := b.Backlog(t.Context(), lane, bus.Position{}); n != 30 || err != nil {
		t.Error(n, err)
	}
}

// A process that lost its shard and does not know it is refused, whatever it writes at once.
func TestZombieIsRefused(t *testing.T) {
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	zombie, owner := connect(t, 1, ns.ClientURL()).KV(bus.History), connect(t, 1, ns.ClientURL()).KV(bus.History)
	writes := make([]bus.KVWrite, 50)
	for i := range writes {
		writes[i] = bus.KVWrite{Key: bus.Key("7", fmt.Sprint(i)), Value: []byte("old")}
	}
	revisions, err := zombie.PutAll(t.Context(), writes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range writes {
		writes[i].Expect = revisions[i]
	}
	taken := append([]bus.KVWrite{}, writes...)
	for i := range taken {
		taken[i].Value = []byte("new")
	}
	if _, err := owner.PutAll(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	revisions, err = zombie.PutAll(t.Context(), writes)
	if _, ok := errors.AsType[*bus.ConflictError](err); !ok {
		t.Fatal(err)
	}
	for i, revision := range revisions {
		if revision != 0 {
			t.Errorf("write %d stored", i)
		}
	}
}

// Many writers and readers at once, over all lanes: every lane is in the order of its writer.
func TestLanesAreIndependent(t *testing.T) {
	b := open(t, t.TempDir(), small())
	const lanes, each = 16, 60
	var wg sync.WaitGroup
	for shard := range lanes {
		lane := bus.EventsSubject(shard)
		wg.Go(func() {
			for i := 0; i < each; i += 3 {
				if err := b.Publish(t.Context(), messages(lane, i, 3)...); err != nil {
					t.Error(err)
					return
				}
			}
		})
		wg.Go(func() {
			seen := 0
			err := b.Tail(t.Context(), lane, bus.Position{}, func(d bus.Delivery) error {
				if want := fmt.Sprintf("%s-%d", lane, seen); string(d.Data) != want {
					return fmt.Errorf("%q, not %q", d.Data, want)
				}
				if seen++; seen == each {
					return errEnough
				}
				return nil
			})
			if !errors.Is(err, errEnough) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestCloseEndsReaders(t *testing.T) {
	b := open(t, t.TempDir(), small())
	reading, ended := make(chan struct{}, 1), make(chan error, 1)
	if err := b.Publish(t.Context(), messages(bus.EventsSubject(0), 0, 1)...); err != nil {
		t.Fatal(err)
	}
	go func() {
		ended <- b.Tail(t.Context(), bus.EventsSubject(0), bus.Position{}, func(bus.Delivery) error { reading <- struct{}{}; return nil })
	}()
	<-reading
	closeBus(t, b)
	if err := <-ended; !errors.Is(err, bus.ErrClosed) {
		t.Fatal(err)
	}
}
