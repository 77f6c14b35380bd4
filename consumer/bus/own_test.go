package bus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// ledger watches who works on what, and that no shard ever has two owners.
type ledger struct {
	t       *testing.T
	mu      sync.Mutex
	owner   map[int]string
	changed chan struct{}
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, owner: map[int]string{}, changed: make(chan struct{}, 1000)}
}

// worker is a RunFunc that does nothing but hold its shard.
func (l *ledger) worker(name string) bus.RunFunc {
	return func(ctx context.Context, shard int, fence bus.Fence) error {
		if err := fence.Err(); err != nil {
			return err
		}
		l.set(shard, name)
		<-ctx.Done()
		l.set(shard, "")
		return nil
	}
}

func (l *ledger) set(shard int, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if was := l.owner[shard]; was != "" && name != "" {
		l.t.Errorf("shard %d is taken by %s while %s has it", shard, name, was)
	}
	l.owner[shard] = name
	l.changed <- struct{}{}
}

// waitFor waits until every worker has the number of shards named.
func (l *ledger) waitFor(want map[string]int) {
	l.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		have := map[string]int{}
		l.mu.Lock()
		for _, name := range l.owner {
			if name != "" {
				have[name]++
			}
		}
		l.mu.Unlock()
		if fmt.Sprint(have) == fmt.Sprint(want) {
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			l.t.Fatalf("owned %v, not %v", have, want)
		}
	}
}

// start runs a worker and gives the function that stops it and waits.
func (l *ledger) start(b *bus.Bus, name string, n int) func() error {
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Own(ctx, "enrich", n, l.worker(name)) }()
	stopOnce := sync.OnceValue(func() error { cancel(); return <-ended })
	l.t.Cleanup(func() { _ = stopOnce() }) // a crashed one returns ErrClosed
	return stopOnce
}

func TestShardsAreSharedFairlyAndMove(t *testing.T) {
	t.Parallel()
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	l := newLedger(t)
	a, b, c := connect(t, 1, ns.ClientURL()), connect(t, 1, ns.ClientURL()), connect(t, 1, ns.ClientURL())
	stopA := l.start(a, "a", 8)
	l.waitFor(map[string]int{"a": 8})
	l.start(b, "b", 8)
	l.waitFor(map[string]int{"a": 4, "b": 4})
	l.start(c, "c", 8)
	l.waitForSum(8, 3)
	if err := stopA(); err != nil {
		t.Fatal(err)
	}
	l.waitFor(map[string]int{"b": 4, "c": 4})
	closeBus(t, b) // without giving anything back
	l.waitFor(map[string]int{"c": 8})
}

// waitForSum waits until n shards are owned by so many workers, two or more each.
func (l *ledger) waitForSum(n, workers int) {
	l.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		have := map[string]int{}
		l.mu.Lock()
		for _, name := range l.owner {
			if name != "" {
				have[name]++
			}
		}
		l.mu.Unlock()
		sum, fair := 0, len(have) == workers
		for _, count := range have {
			sum += count
			fair = fair && count >= n/workers
		}
		if sum == n && fair {
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			l.t.Fatalf("owned %v", have)
		}
	}
}

// A worker cut off from the server stops by itself before another begins.
func TestCutOffWorkerStopsBeforeAnotherBegins(t *testing.T) {
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	wire := newWire(t, ns.Addr().String())
	l := newLedger(t)
	cutOff, other := connect(t, 1, "nats://"+wire.addr()), connect(t, 1, ns.ClientURL())
	l.start(cutOff, "cut off", 4)
	l.waitFor(map[string]int{"cut off": 4})
	l.start(other, "other", 4)
	l.waitFor(map[string]int{"cut off": 2, "other": 2})
	wire.freeze()
	l.waitFor(map[string]int{"other": 4})
	wire.thaw()
	l.waitFor(map[string]int{"cut off": 2, "other": 2})
}

func TestShardThatStoppedIsBegunAgain(t *testing.T) {
	for name, b := range map[string]*bus.Bus{
		"embedded": open(t, t.TempDir(), small()),
		"external": connect(t, 1, serve(t, &natsd.Options{StoreDir: t.TempDir()}).ClientURL()),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var mu sync.Mutex
			runs := map[int]int{}
			err := b.Own(ctx, "g", 2, func(ctx context.Context, shard int, _ bus.Fence) error {
				mu.Lock()
				defer mu.Unlock()
				if runs[shard]++; runs[0] > 1 && runs[1] > 1 {
					cancel()
				}
				return errors.New("broken")
			})
			if err != nil || runs[0] < 2 || runs[1] < 2 {
				t.Fatal(runs, err)
			}
		})
	}
}

func TestEmbeddedOwnsAllShardsOnce(t *testing.T) {
	b := open(t, t.TempDir(), small())
	l := newLedger(t)
	stopped := l.start(b, "a", 16)
	l.waitFor(map[string]int{"a": 16})
	if err := b.Own(t.Context(), "enrich", 16, l.worker("b")); err == nil {
		t.Error("owned twice")
	}
	if err := stopped(); err != nil {
		t.Fatal(err)
	}
	l.waitFor(map[string]int{})
}

// wire is a TCP proxy that can stop passing bytes on, like a network that loses all packets.
type wire struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	open     chan struct{} // closed while bytes pass
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, target: target, open: make(chan struct{})}
	close(w.open)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
	})
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) pass(client net.Conn) {
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = client.Close()
		return
	}
	var wg sync.WaitGroup
	for _, ends := range [][2]net.Conn{{client, server}, {server, client}} {
		wg.Go(func() {
			_, _ = io.Copy(gate{w, ends[0]}, ends[1]) // a cut is no error here
			_ = ends[0].Close()
		})
	}
	wg.Wait()
}

type gate struct {
	w *wire
	net.Conn
}

func (g gate) Write(p []byte) (int, error) {
	g.w.mu.Lock()
	open := g.w.open
	g.w.mu.Unlock()
	<-open
	return g.Conn.Write(p)
}

func (w *wire) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = make(chan struct{})
}

func (w *wire) thaw() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.open)
}
