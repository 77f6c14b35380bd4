package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

const (
	windowSize = 8192 // notifications a lane holds ahead, among which it takes the most urgent
	inFlight   = 64   // of them on their way from the bus
	saveEvery  = 32   // notifications at most between two saved positions
)

// lane is the ordered way to one receiver.
type lane struct {
	name     string
	subject  string
	notifier Notifier
	deps     *Deps
	metrics  *metrics
	log      *zap.Logger
	all      func() []*lane // of the outbox

	mu          sync.Mutex
	check       error                  // what the latest look at the receiver's credentials found
	tell        error                  // why it could not be told lately; nil once it was
	undelivered map[string]undelivered // by alert
	oldest      time.Time              // when the notification at the head was queued; zero when none waits
}

func newLane(name string, notifier Notifier, deps *Deps, m *metrics) *lane {
	l := &lane{
		name: name, subject: bus.NotifySubject(name), notifier: notifier, deps: deps, metrics: m,
		undelivered: map[string]undelivered{}, log: deps.Log.With(zap.String("stage", "notify"), zap.String("receiver", name)),
	}
	if _, ok := notifier.(Checker); ok {
		l.check = &CredentialError{errUnchecked}
	}
	m.lane(name, func() time.Time {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.oldest
	}, func() bool {
		h := l.health()
		return h.Refused == nil && h.Trouble == nil
	}, func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.undelivered)
	})
	return l
}

// position is how far a lane has come, with the counts of all it has done.
type position struct {
	bus.Position
	Delivered uint64 `json:"delivered"`
	Dead      uint64 `json:"dead"`
}

func (l *lane) positionKey() string { return bus.Key("lane", l.name) }

// position loads what was last saved.
func (l *lane) position(ctx context.Context) (position, uint64, error) {
	var p position
	entry, ok, err := l.deps.Positions.Get(ctx, l.positionKey())
	if err != nil {
		return p, 0, fmt.Errorf("load position of receiver %s: %w", l.name, err)
	}
	if ok {
		if err := json.Unmarshal(entry.Value, &p); err != nil {
			return p, 0, fmt.Errorf("read position of receiver %s: %w", l.name, err)
		}
	}
	return p, entry.Revision, nil
}

// item is one notification in the window.
type item struct {
	notification
	delivery bus.Delivery
	broken   error  // why it cannot be read
	result   string // what came of it; empty while it waits
}

// run works on the lane as its one owner until ctx ends. Any trouble with the store ends it as a crash would:
// what was done is found again in Told and in the position.
func (l *lane) run(ctx context.Context, _ int, fence bus.Fence) error {
	p, revision, err := l.position(ctx)
	if err != nil {
		return err
	}
	items := make(chan item, inFlight)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return l.deps.Bus.Tail(ctx, l.subject, p.Position, func(d bus.Delivery) error {
			next := item{delivery: d}
			if !d.Restarted {
				next.broken = json.Unmarshal(d.Data, &next.notification)
			}
			select {
			case items <- next:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	g.Go(func() error {
		w := &worker{lane: l, fence: fence, items: items, position: p, revision: revision, sure: map[string]bool{}, tried: map[string]attempts{}}
		return w.work(ctx)
	})
	err = g.Wait()
	l.waiting(nil)
	l.told(nil) // the next owner finds out
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// waiting keeps the gauges of what waits.
func (l *lane) waiting(window []item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.oldest = time.Time{}
	pending := 0.0
	for i := range window {
		if window[i].result == "" {
			pending++
		}
	}
	if len(window) > 0 {
		l.oldest = window[0].delivery.Time
		pending += float64(window[len(window)-1].delivery.Pending)
	}
	l.metrics.pending.WithLabelValues(l.name).Set(pending)
}

func (l *lane) count(result string) { l.metrics.notifications.WithLabelValues(l.name, result).Inc() }

var errUnchecked = errors.New("not checked yet")

func (l *lane) health() Health {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := Health{Receiver: l.name, Undelivered: l.missing()}
	for _, err := range []error{l.tell, l.check} {
		if credential, ok := errors.AsType[*CredentialError](err); ok {
			h.Refused = err
			if errors.Is(credential, errUnchecked) {
				h.Refused = errUnchecked
			}
		} else if _, untold := errors.AsType[*UntoldError](err); untold {
			h.Untold = err
		} else if err != nil {
			h.Trouble = err
		}
	}
	return h
}

// told notes what came of an attempt to tell the receiver something.
func (l *lane) told(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell = err
}

func (l *lane) checked(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.check = err
}

// checkEvery is the time between two looks at credentials that were good.
const checkEvery = 5 * time.Minute

// watch looks after the receiver's credentials: soon again while they are refused, now and then otherwise.
func (l *lane) watch(ctx context.Context) {
	checker, ok := l.notifier.(Checker)
	if !ok {
		return
	}
	for attempt := 0; ; {
		err := checker.Check(ctx)
		if ctx.Err() != nil {
			return
		}
		l.checked(err)
		after := checkEvery
		if _, untold := errors.AsType[*UntoldError](err); err != nil && !untold {
			after = pause(attempt, err)
			attempt++
			l.log.Warn("receiver not ready", zap.Int("attempt", attempt), zap.Duration("retry_in", after), zap.Error(err))
		} else {
			attempt = 0
		}
		if sleep(ctx, after) != nil {
			return
		}
	}
}
