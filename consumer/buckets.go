package consumer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// maxBuckets is how many buckets of a queue are told apart without log_buckets: anyone who may write to the queue chooses
// names then.
const maxBuckets = 64

// buckets are the log buckets of one queue.
type buckets struct {
	released func(bucket string)
	stopped  <-chan struct{}
	registry prometheus.Registerer
	log      *zap.Logger
	next     *atomic.Int64 // index of the next bucket, over all queues
	unlisted *bucket       // for those that log_buckets does not name, which are not read; nil without log_buckets

	mu     sync.Mutex
	byName map[string]*bucket
}

// newBuckets makes the state of the log_buckets, nil for any. released is called when a bucket can be read
// again, stopped is closed when no message is to be kept any more.
func newBuckets(
	names []string, released func(bucket string), stopped <-chan struct{}, next *atomic.Int64, reg prometheus.Registerer, log *zap.Logger,
) *buckets {
	b := &buckets{released: released, stopped: stopped, registry: reg, log: log, next: next, byName: map[string]*bucket{}}
	for _, name := range names {
		b.of(name)
	}
	if len(names) > 0 {
		b.unlisted = b.state("")
	}
	return b
}

// of gives the state of a bucket. Beyond the number that is told apart they are one, without a name.
func (b *buckets) of(name string) *bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	if own := b.byName[name]; own != nil {
		return own
	}
	if b.unlisted != nil {
		return b.unlisted
	}
	if len(b.byName) >= maxBuckets {
		name = ""
	}
	if b.byName[name] == nil {
		b.byName[name] = b.open(name)
	}
	return b.byName[name]
}

// open makes the state of a bucket that is told of.
func (b *buckets) open(name string) *bucket {
	own := b.state(name)
	own.index = b.next.Add(1) - 1
	b.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "trailwarden_consumer_bucket_readable",
		Help:        "0 while nothing of a log bucket could be read for 10 minutes, else 1; /-/ready names the bucket.",
		ConstLabels: prometheus.Labels{"bucket_index": strconv.FormatInt(own.index, 10)},
	}, func() float64 {
		if own.trouble(time.Now()) != nil {
			return 0
		}
		return 1
	}))
	return own
}

func (b *buckets) state(name string) *bucket {
	return &bucket{
		name: name, released: b.released, stopped: b.stopped, log: b.log.With(zap.String("bucket", name)),
		fetches: make(chan struct{}, maxShare), readers: make(chan struct{}, readerShare),
	}
}

// parts tells of every bucket whether it can be read, in the order of their indexes.
func (b *buckets) parts(now time.Time) []Part {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.SortedFunc(maps.Values(b.byName), func(x, y *bucket) int { return cmp.Compare(x.index, y.index) })
	parts := make([]Part, len(all))
	for i, own := range all {
		parts[i] = Part{Name: fmt.Sprintf("bucket %d %q", own.index, own.name), Trouble: own.trouble(now)}
	}
	return parts
}
