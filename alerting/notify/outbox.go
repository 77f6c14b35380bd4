package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
)

// Store is where the lanes find the alerts.
type Store interface {
	// Alert gives the alert in its latest state, at least as new as any notification of it that has been
	// queued; nil without an error when there is no such alert any more. The lane does not change it.
	Alert(ctx context.Context, id string) (*alert.Alert, error)
}

// Queue is the durable, ordered way of notifications. Its promises are those of *bus.Bus.
type Queue interface {
	Tail(ctx context.Context, subject string, after bus.Position, visit func(bus.Delivery) error) error
	Backlog(ctx context.Context, subject string, after bus.Position) (uint64, error)
	Trim(ctx context.Context, subject string, upto bus.Position) error
	// Publish returns nil only once the messages are stored. One whose ID was stored lately is not stored again.
	Publish(ctx context.Context, messages ...bus.Message) error
}

// Morgue keeps the dead letters.
type Morgue interface {
	// Park returns nil only once the entry is stored.
	Park(ctx context.Context, stage, id, reason string, data []byte) error
}

// Leases sees to it that each lane has one owner among all processes.
type Leases interface {
	Own(ctx context.Context, group string, n int, run bus.RunFunc) error
}

// Bus is everything of the bus that an Outbox uses.
type Bus interface {
	Queue
	Morgue
	Leases
}

// KV keeps values under keys made by bus.Key. A write succeeds only at the expected revision, and is otherwise
// a *bus.ConflictError; 0 is the revision of a key without a value.
type KV interface {
	Get(ctx context.Context, key string) (bus.Entry, bool, error)
	Put(ctx context.Context, key string, value []byte, expect uint64) (uint64, error)
}

var (
	_ Bus = (*bus.Bus)(nil)
	_ KV  = (*bus.KV)(nil)
)

// Deps are what an Outbox works with.
type Deps struct {
	Bus        Bus
	Told       KV // what each receiver was told: the bucket of the alerts
	Positions  KV // how far each lane has come, and its counts: the bucket of state
	Store      Store
	Log        *zap.Logger
	Registerer prometheus.Registerer
	Tracer     *trace.Tracer
}

// Outbox tells every receiver of what is queued for it.
type Outbox struct {
	deps  Deps
	lanes []*lane
}

// New makes an outbox with a lane per receiver; names are those of the settings. It does no I/O.
func New(receivers map[string]Notifier, deps Deps) *Outbox {
	o := &Outbox{deps: deps}
	m := newMetrics(deps.Registerer)
	for name, notifier := range receivers {
		l := newLane(name, notifier, &o.deps, m)
		l.all = func() []*lane { return o.lanes }
		o.lanes = append(o.lanes, l)
	}
	sort.Slice(o.lanes, func(i, j int) bool { return o.lanes[i].name < o.lanes[j].name })
	return o
}

// Run tells until ctx ends. The lanes never wait for each other; what a lane was about when ctx ended is begun
// again where it stood by whoever owns the lane next.
func (o *Outbox) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range o.lanes {
		g.Go(func() error { return o.deps.Bus.Own(ctx, "notify-"+l.name, 1, l.run) })
		g.Go(func() error {
			l.watch(ctx)
			return nil
		})
	}
	return g.Wait()
}

// Health is how a receiver stands.
type Health struct {
	Receiver string
	// Refused says that the service refuses its token, key or channel, or that it was not asked yet: a person has to put
	// that right. Trouble is anything else for which it cannot be told: it will be, once the service answers again.
	Refused, Trouble error
	// Untold says why it is not known whether it can be told.
	Untold error
	// Undelivered names what it refused for good since the start, and was not told of after that.
	Undelivered error
}

// Health tells of every receiver, in the order of their names.
func (o *Outbox) Health() []Health {
	all := make([]Health, len(o.lanes))
	for i, l := range o.lanes {
		all[i] = l.health()
	}
	return all
}

// Counts is a receiver's part of the ledger, in notifications. Queued is the sum of the others.
type Counts struct {
	Queued    uint64 `json:"queued"`
	Delivered uint64 `json:"delivered"`
	Pending   uint64 `json:"pending"`
	Dead      uint64 `json:"dead"`
	// Restarts is how often the receiver's lane was read anew from its first message.
	Restarts uint64 `json:"-"`
}

// Counts gives every receiver's part of the ledger as last stored, whichever process owns its lane.
func (o *Outbox) Counts(ctx context.Context) (map[string]Counts, error) {
	all := make(map[string]Counts, len(o.lanes))
	for _, l := range o.lanes {
		p, _, err := l.position(ctx)
		if err != nil {
			return nil, err
		}
		pending, err := o.deps.Bus.Backlog(ctx, l.subject, p.Position)
		if err != nil {
			return nil, fmt.Errorf("count what waits for receiver %s: %w", l.name, err)
		}
		all[l.name] = Counts{Queued: p.Delivered + p.Dead + pending, Delivered: p.Delivered, Pending: pending, Dead: p.Dead, Restarts: p.Restarts()}
	}
	return all, nil
}

// notification is what is queued: the news that an alert has reached a revision, or a notice.
type notification struct {
	AlertID  string `json:"alert_id,omitempty"`
	Revision uint64 `json:"revision,omitempty"`
	// Severity and Ended are the alert's in that revision, by which its turn is chosen.
	Severity alert.Severity `json:"severity,omitempty"`
	Ended    bool           `json:"ended,omitempty"`
	Instead  bool           `json:"instead,omitempty"` // of another receiver, which refused it
	Notice   *Notice        `json:"notice,omitempty"`
	Canary   string         `json:"canary,omitempty"`   // instead of the rest: the id of a canary
	EventID  string         `json:"event_id,omitempty"` // of the event behind it, for its trace
	Received time.Time      `json:"received,omitzero"`  // when its event came in, for the time it took
}

// newNotification is the news of an alert's present revision.
func newNotification(a *alert.Alert, received time.Time) notification {
	return notification{
		AlertID: a.ID, Revision: a.Revision, Severity: a.Severity, Ended: !a.Status.Live(), EventID: latestEvent(a), Received: received,
	}
}

// id is what the notification is known by.
func (n *notification) id() string {
	switch {
	case n.Notice != nil:
		return n.Notice.ID
	case n.Canary != "":
		return n.Canary
	default:
		return n.AlertID
	}
}

// Messages is what to publish so that the receivers are told of the alert's present revision. received is when
// the event behind it came in; zero if that is not known. Publishing the same again does no harm.
func Messages(a *alert.Alert, receivers []string, received time.Time) ([]bus.Message, error) {
	data, err := json.Marshal(newNotification(a, received))
	if err != nil {
		return nil, fmt.Errorf("encode notification of alert %s: %w", a.ID, err)
	}
	messages := make([]bus.Message, 0, len(receivers))
	for _, name := range receivers {
		messages = append(messages, bus.Message{
			Subject: bus.NotifySubject(name),
			ID:      bus.Key("notify", name, a.ID, strconv.FormatUint(a.Revision, 10)),
			Data:    data,
		})
	}
	return messages, nil
}

// latestEvent is the event that last changed an alert; empty if a person or the time has.
func latestEvent(a *alert.Alert) string {
	if n := len(a.Updates); n > 0 {
		return a.Updates[n-1].EventID
	}
	return ""
}

// CanaryMessage is what to publish so that a canary comes to the receiver, which has to be a Catcher.
func CanaryMessage(receiver, id string) (bus.Message, error) {
	data, err := json.Marshal(notification{Canary: id})
	if err != nil {
		return bus.Message{}, fmt.Errorf("encode canary: %w", err)
	}
	return bus.Message{Subject: bus.NotifySubject(receiver), ID: bus.Key("notify", receiver, id), Data: data}, nil
}

// DeadStage is the stage of the dead letters of all receivers.
const DeadStage = "notify"

// letter is a dead letter: enough to send it again, and to read what was not said, unless that is too large for a letter:
// the note names the alert.
type letter struct {
	Receiver string       `json:"receiver"`
	Note     notification `json:"notification"`
	Alert    *alert.Alert `json:"alert,omitempty"`
}

// Resend is what to publish so that a dead letter of stage "notify" is tried again.
func Resend(deadLetter []byte) (bus.Message, error) {
	var l letter
	if err := json.Unmarshal(deadLetter, &l); err != nil {
		return bus.Message{}, fmt.Errorf("read dead letter: %w", err)
	}
	if l.Receiver == "" || l.Note.id() == "" {
		return bus.Message{}, errors.New("the dead letter names no receiver and alert")
	}
	data, err := json.Marshal(l.Note)
	if err != nil {
		return bus.Message{}, fmt.Errorf("encode notification of alert %s: %w", l.Note.id(), err)
	}
	return bus.Message{Subject: bus.NotifySubject(l.Receiver), Data: data}, nil
}
