// Package app builds every part of the daemon from its settings and joins them. Run reads in the order of the
// data: SQS to events, events to findings, findings to incidents, incidents to people.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/receiver"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/cmd/internal/systemd"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/trace"
	"github.com/trailwarden/trailwarden/enrich"
)

// The roles a process can have.
const (
	RoleConsumer = "consumer"
	RoleEnrich   = "enrich"
	RoleAlerting = "alerting"
	allRoles     = 3
)

// Options is how a daemon is started.
type Options struct {
	ConfigFile string
	Environ    []string
	Roles      []string // empty: all
	Version    string
	Commit     string
	Log        *zap.Logger
	Console    io.Writer         // where console receivers write
	Started    func(addr string) // told once everything runs; may be nil
}

// App is the daemon.
type App struct {
	opts     Options
	cfg      *config.Config
	log      *zap.Logger
	registry *prometheus.Registry

	bus      *bus.Bus
	tracer   *trace.Tracer // nil without tracing
	lookup   *enrich.Lookup
	selector *selector
	consumer *consumer.Consumer // nil without the role, as the next ones
	enricher *enrich.Worker
	alerting *alerting.Alerting
	notify   *notify.Outbox
	told     notify.Config // who can be told, which no reload changes
	query    *alerting.Query
	silences *silence.Store
	desk     *slack.Desk // nil without buttons
	http     *web.Server
	ledgers  *ledgerReader
	service  systemd.Service

	reloading sync.Mutex
	reloaded  prometheus.Gauge
}

const closeWait = 15 * time.Second

// New builds every part. Nothing is taken in before Run; an error leaves nothing open.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	cfg, err := config.Load(opts.ConfigFile, opts.Environ, true)
	if err != nil {
		return nil, err
	}
	boundMemory(cfg)
	if opts.Roles = slices.Compact(slices.Sorted(slices.Values(opts.Roles))); len(opts.Roles) == allRoles {
		opts.Roles = nil
	}
	a := &App{opts: opts, cfg: cfg, told: cfg.Alerting.Notify, log: opts.Log, registry: prometheus.NewRegistry()}
	a.service = systemd.Service{Alive: a.alive, Log: a.log}
	if len(opts.Roles) > 0 && len(cfg.NATS.URLs) == 0 {
		return nil, errors.New("--roles needs an external NATS, which joins the processes: set nats.urls, or leave --roles out")
	}
	a.describe()
	rules, err := Rules(cfg)
	if err != nil {
		return nil, err
	}
	a.selector = newSelector(rules.Index)
	if a.lookup, err = enrich.NewLookup(cfg.Enrich, a.log, a.registry); err != nil {
		return nil, fmt.Errorf("open enrichment data: %w", err)
	}
	if err := a.join(ctx); err != nil {
		return nil, fmt.Errorf("open nats: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close(ctx))
		}
	}()
	if a.tracer, err = trace.New(ctx, cfg.Tracing, opts.Version, a.log, a.registry); err != nil {
		return nil, err
	}
	if err := a.build(ctx, rules); err != nil {
		return nil, err
	}
	if a.http, err = web.New(cfg.HTTP, (*backend)(a), a.registry, a.log); err == nil && a.desk != nil {
		a.http.Interactions(a.desk)
	}
	return a, err
}

// join opens the bus. A process with some of the roles is known to NATS by them; the streams are made by one with the
// role alerting, which may write all that the others are told apart by.
func (a *App) join(ctx context.Context) (err error) {
	if len(a.opts.Roles) == 0 {
		a.bus, err = bus.Open(ctx, a.cfg.NATS, a.cfg.DataDir, a.log, a.registry)
		return err
	}
	part := bus.Part{Name: strings.Join(a.opts.Roles, "-"), Settles: a.has(RoleAlerting)}
	a.bus, err = bus.Join(ctx, a.cfg.NATS, part, a.log, a.registry)
	return err
}

// build makes the stages of this process's roles.
func (a *App) build(ctx context.Context, rules *alerting.Rules) (err error) {
	if a.has(RoleConsumer) {
		a.consumer, err = consumer.New(ctx, a.cfg.Consumer, consumer.Deps{
			Store: a.bus, Marks: a.bus.KV(bus.State), Keys: a.bus.KV(bus.State), Log: a.log, Registry: a.registry,
		})
		if err != nil {
			return fmt.Errorf("build consumer: %w", err)
		}
	}
	if a.has(RoleEnrich) {
		a.enricher = enrich.NewWorker(a.cfg.Enrich, a.bus, a.lookup, a.selector, a.log, a.registry, a.tracer)
	}
	a.query = &alerting.Query{State: a.bus.KV(bus.State), Alerts: a.bus.KV(bus.Alerts), Log: a.bus, Shards: a.bus.Shards()}
	a.ledgers = newLedgerReader(a.bus)
	a.silences = silence.NewStore(a.bus.KV(bus.Silences))
	if !a.has(RoleAlerting) {
		return nil
	}
	deps := alerting.Deps{
		Log: a.bus, State: a.bus.KV(bus.State), Exposure: a.bus.KV(bus.Exposure), Alerts: a.bus.KV(bus.Alerts),
		Shards: a.bus.Shards(), Own: a.bus.Own, Logger: a.log, Registry: a.registry, Now: time.Now, Silences: a.silences,
		Notice: a.notice, Tracer: a.tracer,
	}
	if err := a.watch(ctx, &deps); err != nil {
		return err
	}
	deps.Canary = canary(a.cfg, &deps)
	a.alerting = alerting.New(deps, policy(a.cfg, rules))
	receivers, err := receiver.Build(a.cfg.Alerting.Notify.Receivers, receiver.Deps{Log: a.log, Console: a.opts.Console, Page: a.cfg.HTTP.Page()})
	if err != nil {
		return fmt.Errorf("build receivers: %w", err)
	}
	if deps.Canary != nil {
		receivers[alerting.CanaryReceiver] = deps.Canary
	}
	a.desk = slack.NewDesk(a.cfg.Alerting.Notify.Receivers, (*backend)(a), slack.DeskOptions{Client: httpcall.NewClient(), Log: a.log, Now: time.Now})
	a.notify = notify.New(receivers, notify.Deps{
		Bus: a.bus, Told: a.bus.KV(bus.Alerts), Positions: a.bus.KV(bus.State), Store: a.query, Log: a.log, Registerer: a.registry, Tracer: a.tracer,
	})
	return nil
}

// canary makes the receiver of canaries; nil where none are sent.
func canary(cfg *config.Config, deps *alerting.Deps) *alerting.Canary {
	if cfg.Consumer.Canary.Every == 0 {
		return nil
	}
	var queues []string
	for _, q := range cfg.Consumer.Queues {
		queues = append(queues, q.Name())
	}
	return alerting.NewCanary(cfg.Consumer.Canary, queues, deps)
}

func policy(cfg *config.Config, rules *alerting.Rules) *alerting.Policy {
	names := make(map[string]string, len(cfg.Enrich.Accounts))
	for id, account := range cfg.Enrich.Accounts {
		names[id] = account.Name
	}
	return &alerting.Policy{
		Rules: rules, Router: notify.Clocked{Config: cfg.Alerting.Notify, Now: time.Now}, RepeatOpen: cfg.Alerting.Notify.RepeatOpen,
		DeadMan: cfg.Alerting.DeadMan, AccountNames: names,
	}
}

func (a *App) has(role string) bool {
	return len(a.opts.Roles) == 0 || slices.Contains(a.opts.Roles, role)
}

// Run works until ctx ends: each line is a stage, the order is the data's. What was taken in is stored before it
// returns.
func (a *App) Run(ctx context.Context) error {
	defer keepSmall()()
	if a.has(RoleAlerting) { // before anything new is counted
		if err := a.settleTotals(ctx, true); err != nil {
			return errors.Join(err, a.close(ctx))
		}
	}
	g, running := errgroup.WithContext(ctx)
	if a.consumer != nil {
		g.Go(func() error { return a.consumer.Run(running) }) // SQS -> trail.events.<shard>
	}
	if a.enricher != nil {
		g.Go(func() error { return a.enricher.Run(running) }) // history, facts -> trail.findings.<shard>
		g.Go(func() error { return a.lookup.Run(running) })   // data files that change
	}
	if a.alerting != nil {
		g.Go(func() error { return a.keepTotals(running) })
		g.Go(func() error { return a.alerting.Run(running) }) // exposure, verdicts, score, incidents -> trail.notify.<receiver>
		g.Go(func() error { return a.notify.Run(running) })   // Slack, PagerDuty, webhook, console
		g.Go(func() error { return a.query.Warm(running) })   // the list of alerts
	}
	if a.desk != nil {
		g.Go(func() error { return a.desk.Run(running) }) // buttons
	}
	g.Go(func() error { return a.http.Run(running) })    // API, pages, metrics, health
	g.Go(func() error { return a.service.Run(running) }) // ready, watchdog, stopping
	a.log.Info("started", zap.String("http", a.http.Addr().String()), zap.Strings("roles", a.opts.Roles))
	if a.opts.Started != nil {
		a.opts.Started(a.http.Addr().String())
	}
	err := g.Wait()
	if a.has(RoleAlerting) {
		a.lastTotals(ctx)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	err = errors.Join(err, a.close(ctx))
	a.log.Info("stopped", zap.Error(err))
	return err
}

func (a *App) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
	defer cancel()
	a.tracer.Close(ctx)
	return a.bus.Close(ctx)
}

// describe registers what the process says of itself.
func (a *App) describe() {
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "trailwarden_build_info", Help: "1, with the build in the labels.",
	}, []string{"version", "commit"})
	a.reloaded = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "trailwarden_config_last_reload_successful", Help: "1 if the settings in force are the newest ones given, 0 if the last reload failed.",
	})
	a.registry.MustRegister(build, a.reloaded, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build.WithLabelValues(a.opts.Version, a.opts.Commit).Set(1)
	a.reloaded.Set(1)
	if !a.has(RoleEnrich) && !a.has(RoleAlerting) {
		return // a consumer may not read what the ledger is kept in
	}
	unaccounted := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_ledger_unaccounted", Help: "Messages, objects and records of which nobody knows what became of them; 0 while nothing is lost.",
	}, func() float64 { return a.unaccounted() })
	a.registry.MustRegister(unaccounted)
	if a.has(RoleAlerting) {
		a.registry.MustRegister(newDeadFill(a))
	}
}

// selector asks the index in force, which a reload replaces.
type selector struct{ index atomic.Pointer[detect.Index] }

func newSelector(x *detect.Index) *selector {
	s := &selector{}
	s.index.Store(x)
	return s
}

// Select implements enrich.Selector.
func (s *selector) Select(h *cloudtrail.Header, raw []byte, dst []string) []string {
	return s.index.Load().Select(h, raw, dst)
}

// Counted implements enrich.Selector.
func (s *selector) Counted(id string) bool { return s.index.Load().Counted(id) }
