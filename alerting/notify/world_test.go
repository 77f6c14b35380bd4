package notify_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is everything that outlives a process: the bus, the stores, the alerts.
type world struct {
	mu       sync.Mutex
	queue    []bus.Delivery
	kv       map[string]bus.Entry
	revision uint64
	alerts   map[string]*alert.Alert
	parked   []string
	trimmed  map[string]uint64
	changed  chan struct{} // closed and renewed at every change
}

func newWorld() *world {
	return &world{kv: map[string]bus.Entry{}, alerts: map[string]*alert.Alert{}, trimmed: map[string]uint64{}, changed: make(chan struct{})}
}

func (w *world) stir() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// set stores the alert and queues the news of it.
func (w *world) set(t *testing.T, a *alert.Alert, receivers ...string) {
	t.Helper()
	messages, err := notify.Messages(a, receivers, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a.Receivers = receivers
	w.alerts[a.ID] = a
	for _, m := range messages {
		w.queue = append(w.queue, bus.Delivery{Subject: m.Subject, Sequence: uint64(len(w.queue) + 1), Time: time.Now(), ID: m.ID, Data: m.Data})
	}
	w.stir()
}

// process is one life of an outbox in the world: at the given operation it dies, before or after it is done.
type process struct {
	*world
	mu     sync.Mutex
	ops    int
	dieAt  int // 0: never
	after  bool
	dead   bool
	cancel context.CancelFunc
}

var errDead = errors.New("the process is dead")

// op does an operation, unless the process is dead, and may die of it.
func (p *process) op(do func()) error {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errDead
	}
	p.ops++
	dying := p.dieAt == p.ops
	p.dead = dying
	p.mu.Unlock()
	if !dying || p.after {
		do()
	}
	if dying {
		p.cancel()
		return errDead
	}
	return nil
}

func (p *process) Own(ctx context.Context, _ string, _ int, run bus.RunFunc) error {
	for ctx.Err() == nil {
		if err := run(ctx, 0, bus.Fence{}); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func (p *process) Tail(ctx context.Context, subject string, from bus.Position, visit func(bus.Delivery) error) error {
	for after := from.Sequence; ; {
		p.world.mu.Lock()
		queue, changed := p.queue, p.changed
		p.world.mu.Unlock()
		for _, d := range queue {
			if d.Subject != subject || d.Sequence <= after {
				continue
			}
			after = d.Sequence
			if err := visit(d); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *process) Backlog(_ context.Context, subject string, after bus.Position) (n uint64, err error) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	for _, d := range p.queue {
		if d.Subject == subject && d.Sequence > after.Sequence {
			n++
		}
	}
	return n, nil
}

func (p *process) Trim(_ context.Context, subject string, upto bus.Position) error {
	return p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		p.trimmed[subject] = upto.Sequence
	})
}

func (p *process) Publish(_ context.Context, messages ...bus.Message) error {
	return p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		for _, m := range messages {
			if slices.ContainsFunc(p.queue, func(d bus.Delivery) bool { return d.ID == m.ID }) {
				continue
			}
			p.queue = append(p.queue, bus.Delivery{Subject: m.Subject, Sequence: uint64(len(p.queue) + 1), Time: time.Now(), ID: m.ID, Data: m.Data})
		}
		p.stir()
	})
}

func (p *process) Park(_ context.Context, stage, id, reason string, data []byte) error {
	return p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		p.parked = append(p.parked, fmt.Sprintf("%s %s: %s\n%s", stage, id, reason, data))
	})
}

func (p *process) Get(_ context.Context, key string) (e bus.Entry, ok bool, err error) {
	err = p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		e, ok = p.kv[key]
	})
	return e, ok, err
}

func (p *process) Put(_ context.Context, key string, value []byte, expect uint64) (revision uint64, err error) {
	conflict := false
	err = p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		if conflict = p.kv[key].Revision != expect; conflict {
			return
		}
		p.world.revision++
		revision = p.world.revision
		p.kv[key] = bus.Entry{Key: key, Value: value, Revision: revision}
		p.stir()
	})
	if conflict {
		return 0, &bus.ConflictError{Key: key, Expected: expect}
	}
	return revision, err
}

func (p *process) Alert(_ context.Context, id string) (a *alert.Alert, err error) {
	err = p.op(func() {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		a = p.alerts[id]
	})
	return a, err
}

// life is a running outbox.
type life struct {
	*process
	outbox *notify.Outbox
	reg    *prometheus.Registry
	done   chan error
}

// live starts an outbox in the world; it dies at operation dieAt, if that is above 0.
func (w *world) live(ctx context.Context, receivers func(*process) map[string]notify.Notifier, dieAt int, after bool) *life {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{world: w, dieAt: dieAt, after: after, cancel: cancel}
	l := &life{process: p, reg: prometheus.NewRegistry(), done: make(chan error, 1)}
	l.outbox = notify.New(receivers(p), notify.Deps{Bus: p, Told: p, Positions: p, Store: p, Log: zap.NewNop(), Registerer: l.reg})
	go func() { l.done <- l.outbox.Run(ctx) }()
	return l
}

// end stops the outbox and waits for it.
func (l *life) end() {
	l.cancel()
	<-l.done
}

// settled waits until nothing is pending, or the process has died, and gives the ledger.
func (l *life) settled(t *testing.T) map[string]notify.Counts {
	t.Helper()
	deadline := time.NewTimer(time.Hour)
	defer deadline.Stop()
	for {
		l.world.mu.Lock()
		changed := l.changed
		l.world.mu.Unlock()
		counts, err := l.outbox.Counts(t.Context())
		if err != nil {
			return nil
		}
		pending := uint64(0)
		for c := range maps.Values(counts) {
			pending += c.Pending
		}
		if pending == 0 {
			return counts
		}
		select {
		case <-changed:
		case err := <-l.done:
			l.done <- err
			return nil
		case <-deadline.C:
			t.Fatalf("never settled: %+v", counts)
		}
	}
}
