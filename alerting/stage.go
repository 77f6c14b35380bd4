package alerting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/audit"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/pulse"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
	"github.com/trailwarden/trailwarden/enrich"
)

// Router says which receivers an alert goes to, by name.
type Router interface {
	Route(a *alert.Alert) notify.Routing
	// Muted names what tells nobody now. When the text changes, what is open is routed anew.
	Muted() string
}

// Deps is what the stage works with.
type Deps struct {
	Log                     Log
	State, Exposure, Alerts Store
	Shards                  int
	// Own runs the function for every shard this process owns.
	Own      func(ctx context.Context, group string, n int, run bus.RunFunc) error
	Logger   *zap.Logger
	Registry prometheus.Registerer
	Now      func() time.Time
	Silences *silence.Store // nil: there are none
	// Notice queues the weekly report of what silences hid; nil: it is only logged.
	Notice func(context.Context, notify.Notice) error
	// Looker is asked about the bucket of an exposure, LookDelay after it was stored; nil: nobody is asked.
	Looker    Looker
	LookDelay time.Duration
	Canary    *Canary // nil: there are none
	Tracer    *trace.Tracer
}

// Policy is what a reload may change.
type Policy struct {
	Rules      *Rules
	Router     Router // notify.Clocked is one
	RepeatOpen time.Duration
	// DeadMan says when a silence of the feed, an account or a region is told.
	DeadMan pulse.Config
	// AccountNames are the names of accounts, by id.
	AccountNames map[string]string
}

// Alerting is the stage: one Engine for every shard this process owns.
type Alerting struct {
	deps     Deps
	policy   atomic.Pointer[Policy]
	silences atomic.Pointer[silences]
	metrics  *metrics
}

const (
	// saveEvery is how often a position without changes is stored.
	saveEvery = time.Second
	// tickEvery is how often the passing of time is looked at: reminders, retention, a pending position.
	tickEvery = time.Second
	// keepResolved is how long a resolved incident is kept and shown, to the day; keepInMemory is how long it can still
	// change. After that it is read from the store only.
	keepResolved = 90 * 24 * time.Hour
	keepInMemory = time.Hour
	group        = "alerting"
	// commandPrefix begins the ids of the messages of a findings lane that hold a command instead of a finding.
	commandPrefix = "command."
)

// New makes the stage; Run starts it.
func New(deps Deps, policy *Policy) *Alerting {
	a := &Alerting{deps: deps, metrics: newMetrics(deps.Registry)}
	a.policy.Store(policy)
	a.silences.Store(&silences{})
	return a
}

// Use makes later findings be judged and routed by another policy.
func (a *Alerting) Use(policy *Policy) { a.policy.Store(policy) }

// Run works on every shard this process owns until ctx ends.
func (a *Alerting) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	if a.deps.Silences != nil {
		if err := a.listen(ctx); err != nil { // before the first alert could be told
			return err
		}
		g.Go(func() error { return a.follow(running) })
		g.Go(func() error { return a.deps.Own(running, reportGroup, 1, a.report) })
	}
	g.Go(func() error { return a.deps.Own(running, watchGroup, 1, a.watch) })
	if a.deps.Canary != nil {
		g.Go(func() error { return a.deps.Own(running, canaryGroup, 1, a.deps.Canary.watch) })
	}
	g.Go(func() error { return a.deps.Own(running, group, a.deps.Shards, a.runShard) })
	return g.Wait()
}

// shard is one shard's work under way. Findings and the clock take turns.
type shard struct {
	*Alerting
	mu      sync.Mutex
	engine  *Engine
	journal *journal
	seen    uint64    // sequence of the last finding applied, saved or not
	saved   time.Time // when the position was last stored
	trimmed uint64
	expired time.Time
	settled settled
	looks   *looks
	group   batch  // what findings changed that is not stored yet
	singly  uint64 // up to this sequence every finding is stored by itself
	backlog backlog
}

func (a *Alerting) runShard(ctx context.Context, number int, _ bus.Fence) error {
	s := &shard{
		Alerting: a, engine: NewEngine(a.policy.Load().Rules), backlog: backlog{begun: make(chan struct{}, 1)},
		journal: &journal{log: a.deps.Log, stores: stores{a.deps.State, a.deps.Exposure, a.deps.Alerts}, shard: number},
	}
	if err := s.journal.load(ctx, s.engine, a.deps.Now().Add(-keepInMemory)); err != nil {
		return err
	}
	s.seen, s.trimmed = s.journal.entry.Sequence, s.journal.entry.Sequence
	if changed := s.engine.Replan(); len(changed) > 0 {
		if err := s.commitAll(ctx, changed); err != nil {
			return err
		}
	}
	s.looks = newLooks(s)
	s.looks.add(s.engine.Incidents()...)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var clock sync.WaitGroup
	clock.Go(func() {
		if err := s.clock(ctx); err != nil {
			cancel(err)
		}
	})
	clock.Go(func() { s.looks.run(ctx) })
	clock.Go(func() {
		if err := s.order(ctx); err != nil {
			cancel(err)
		}
	})
	err := errSingly
	for errors.Is(err, errSingly) {
		after := bus.Position{Sequence: s.seen, Made: s.journal.made}
		err = a.deps.Log.Tail(ctx, bus.FindingsSubject(number), after, func(d bus.Delivery) error { return s.take(ctx, d) })
	}
	cancel(err)
	clock.Wait()
	return err
}

// take applies one message of the lane and stores what it changed.
func (s *shard) take(ctx context.Context, d bus.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.journal.done, d.Sequence) {
		s.pass(d)
		return nil
	}
	f, err := s.open(d)
	if err == nil && f != nil && s.gathers(f, d) {
		s.journal.made = d.Made
		return s.hold(ctx, d, f)
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	if d.Restarted {
		return s.restart(ctx, d)
	}
	s.journal.made = d.Made
	s.engine.Use(s.policy.Load().Rules)
	switch {
	case err == nil && f == nil:
		if err := s.flush(ctx); err != nil {
			return err
		}
		return s.obey(ctx, d)
	case err == nil && slices.Contains(f.Rules, enrich.CanaryRule):
		return s.passOn(ctx, d, f.EventID)
	case err == nil:
		return s.apply(ctx, d, f, d.Pending > 0 && d.Sequence > s.singly)
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.park(ctx, d, err)
}

// open reads a finding; it is nil for a command, and for the news that the lane begins anew.
func (s *shard) open(d bus.Delivery) (*enrich.Finding, error) {
	if d.Restarted || strings.HasPrefix(d.ID, commandPrefix) {
		return nil, nil //nolint:nilnil // as it says.
	}
	return enrich.DecodeFinding(d.Data)
}

// apply brings a finding to what is known, and stores what changed unless more findings are at hand.
func (s *shard) apply(ctx context.Context, d bus.Delivery, f *enrich.Finding, more bool) error {
	out, err := s.engine.Apply(f)
	if err != nil {
		if err := s.flush(ctx); err != nil {
			return err
		}
		return s.park(ctx, d, err)
	}
	s.engine.Quiet(out.Incidents, s.deps.Now(), s.silences.Load().silences)
	s.metrics.matched(out.Matches)
	if len(out.Matches) == 0 && !f.Copy {
		s.journal.findings.Unnamed++
	}
	s.group.add(&out, d)
	s.group.fresh = append(s.group.fresh, out.Incidents...)
	s.reach(d.Sequence)
	s.trace(f.EventID, d.Time, out.Empty())
	if more && s.group.findings < maxGroup {
		return nil // the next one is here already: who floods one account with findings must not hold up the others'
	}
	return s.flush(ctx)
}

// reach notes how far the lane was taken in. What is taken in by time counts once all of it is.
func (s *shard) reach(sequence uint64) {
	if s.backlog.draining {
		s.journal.done = append(s.journal.done, sequence)
		return
	}
	s.seen, s.journal.done = sequence, nil
}

// restart stores that the lane begins anew: its findings are known by their events, and change nothing a second time.
func (s *shard) restart(ctx context.Context, d bus.Delivery) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	s.reach(d.Sequence)
	s.journal.made = d.Made
	return s.journal.commit(ctx, s.seen, nil, nil)
}

// passOn queues a canary for its receiver, and stores that as an alert's notifications are.
func (s *shard) passOn(ctx context.Context, d bus.Delivery, id string) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	s.reach(d.Sequence)
	if s.deps.Canary == nil {
		return nil
	}
	if _, _, own, err := s.deps.Canary.open(ctx, id); err != nil || !own {
		return err
	}
	m, err := notify.CanaryMessage(CanaryReceiver, id)
	if err != nil {
		return err
	}
	if err := s.journal.commit(ctx, d.Sequence, nil, []jnote{{Subject: m.Subject, ID: m.ID, Data: m.Data}}); err != nil {
		return err
	}
	s.saved = s.deps.Now()
	return nil
}

// obey carries out a command, which comes in the lane of its alert's shard.
func (s *shard) obey(ctx context.Context, d bus.Delivery) error {
	var cmd incident.Command
	if err := json.Unmarshal(d.Data, &cmd); err != nil {
		return s.park(ctx, d, fmt.Errorf("command cannot be read: %w", err))
	}
	i := s.engine.book.Do(cmd)
	if i != nil {
		s.settled = settled{} // a person's word ends as well
		s.engine.Quiet([]*incident.Incident{i}, s.deps.Now(), s.silences.Load().silences)
		s.group.add(&Outcome{Incidents: []*incident.Incident{i}}, d)
	}
	s.reach(d.Sequence)
	if err := s.flush(ctx); err != nil {
		return err
	}
	if i != nil && cmd.Via != "" {
		audit.Log(s.deps.Logger, audit.Entry{Action: cmd.Action, Actor: cmd.By, Via: cmd.Via, Source: cmd.Source, Reason: cmd.Reason}, zap.String("alert_id", cmd.AlertID))
	}
	return nil
}

// park puts aside what can never be applied, so that it holds up nothing.
func (s *shard) park(ctx context.Context, d bus.Delivery, cause error) error {
	s.deps.Logger.Error("finding parked", zap.String("stage", "alerting"), zap.Error(cause))
	if err := s.deps.Log.Park(ctx, "alerting", d.Subject+"/"+strconv.FormatUint(d.Sequence, 10), cause.Error(), d.Data); err != nil {
		return fmt.Errorf("park finding: %w", err)
	}
	s.reach(d.Sequence)
	if !strings.HasPrefix(d.ID, commandPrefix) {
		s.journal.findings.Parked++
	}
	return nil
}
