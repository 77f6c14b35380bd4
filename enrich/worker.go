package enrich

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Worker enriches the records of every shard this process owns: from the streams of events to those of
// findings.
type Worker struct {
	cfg        Config
	shards     int
	bus        *bus.Bus
	lookup     *Lookup
	selector   Selector
	log        *zap.Logger
	metrics    *metrics
	works      sync.Pool
	tracer     *trace.Tracer
	principals atomic.Pointer[[]history.Principal]
}

// NewWorker makes a worker over the bus's shards; findings go to as many.
func NewWorker(cfg Config, b *bus.Bus, lookup *Lookup, selector Selector, log *zap.Logger, reg prometheus.Registerer, tracer *trace.Tracer) *Worker {
	w := &Worker{
		cfg: cfg, shards: b.Shards(), bus: b, lookup: lookup, selector: selector,
		log: log.With(zap.String("stage", stage)), metrics: newMetrics(reg), tracer: tracer,
	}
	w.Declare(cfg.Principals)
	return w
}

// Declare replaces the declared principals; the rest of the settings holds until the next start.
func (w *Worker) Declare(principals []history.Principal) { w.principals.Store(&principals) }

// Run takes its fair share of the shards and works on them until ctx is done; it then saves and returns nil.
func (w *Worker) Run(ctx context.Context) error {
	return w.bus.Own(ctx, stage, w.shards, func(ctx context.Context, shard int, fence bus.Fence) error {
		defer w.metrics.actors.DeleteLabelValues(strconv.Itoa(shard))
		return w.lane(shard, fence).run(ctx)
	})
}

func (w *Worker) lane(shard int, fence bus.Fence) *lane {
	return &lane{
		shard: shard, shards: w.shards, name: strconv.Itoa(shard),
		stream: w.bus, store: w.bus.KV(bus.History),
		metrics: w.metrics, tracer: w.tracer, log: w.log,
		retention:  time.Duration(w.cfg.History.Retention),
		eventIDs:   w.cfg.History.EventIDs / w.shards,
		principals: func() []history.Principal { return *w.principals.Load() },
		held:       fence.Err,
		works:      &w.works,
		wake:       make(chan struct{}, 1),
		saved:      make(chan struct{}, 1),
		core:       NewShard(w.cfg, w.shards, w.lookup, w.selector),
	}
}
