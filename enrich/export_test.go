package enrich

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// SegmentIDs is how many eventIDs fill a stored segment.
const SegmentIDs = segmentIDs

// Lane is a lane whose steps a test takes one by one.
type Lane struct{ l *lane }

// NewLane makes a lane of shard 0 of one over any stream and store.
func NewLane(cfg Config, lookup *Lookup, selector Selector, s interface {
	stream
	store
},
) *Lane {
	return &Lane{&lane{
		shards: 1, name: "0", stream: s, store: s,
		metrics: newMetrics(prometheus.NewRegistry()), log: zap.NewNop(),
		retention: time.Duration(cfg.History.Retention), eventIDs: cfg.History.EventIDs,
		principals: func() []history.Principal { return cfg.Principals },
		held:       func() error { return nil },
		works:      &sync.Pool{},
		wake:       make(chan struct{}, 1),
		saved:      make(chan struct{}, 1),
		core:       NewShard(cfg, 1, lookup, selector),
	}}
}

func (l *Lane) Load(ctx context.Context) error                 { return l.l.load(ctx) }
func (l *Lane) Take(ctx context.Context, d bus.Delivery) error { return l.l.take(ctx, d) }
func (l *Lane) Save(ctx context.Context) error                 { return l.l.save(ctx) }
func (l *Lane) At() uint64                                     { return l.l.at.Sequence }
func (l *Lane) Actors() int                                    { return l.l.core.Actors() }

// Run is the lane's own way to take all the steps.
func (l *Lane) Run(ctx context.Context) error { return l.l.run(ctx) }

// Hold lets held decide whether the lane surely owns its shard.
func (l *Lane) Hold(held func() error) { l.l.held = held }
