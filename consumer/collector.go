package consumer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	batchRecords = 500
	batchBytes   = 256 << 10 // unpacked, or what fits into a message; a larger record is a batch of its own
	bodyLeast    = 16 << 10  // beyond it a body gets all its room at once: growing by and by copies five times as much
	flushAfter   = 20 * time.Millisecond
	flushBusy    = 200 * time.Millisecond // instead, while busyRecords and more come within flushAfter
	busyRecords  = 200
	roundLeast   = 1 << 20 // unpacked, published without waiting for flushAfter
	roundBytes   = 2 << 20 // unpacked, published at a time
)

// collector gathers the records of many units of work in one batch a shard, publishes the batches when their first
// record has waited for flushAfter, and tells each unit when all that it added is stored. While many records come,
// only full batches are published, and the others wait longer: many small messages would cost more than all else.
//
// One goroutine publishes, a round at a time, so that the records of a shard are stored in the order in which
// they were added; while a round is under way the next one gathers. Memory is bounded by limit: adding waits
// while that much has been added and is not stored.
type collector struct {
	store   Store
	log     *zap.Logger
	metrics *metrics
	limit   int64
	most    int           // bytes in a batch, unpacked
	wake    chan struct{} // has a value when there may be something to publish

	mu       sync.Mutex
	open     []pending  // by shard
	full     []*pending // in the order they filled
	ready    int        // bytes of the full ones
	since    time.Time  // of the oldest addition to an open batch; zero when all are empty
	looked   time.Time  // when the open batches were last found to be due or not; since at first
	fresh    int        // records added since then
	sequence uint64
	held     int64         // bytes added and not stored
	pressed  bool          // somebody waits for held to sink
	records  int64         // added and not stored
	space    chan struct{} // closed and replaced when held sinks
	trouble  error         // why the running round is not stored yet
	letters  []letter      // to be parked
	room     chan struct{} // closed and replaced when letters were parked
	posted   chan struct{} // has a value when there may be letters to park
	unparked error         // why the letters are not parked yet
	spare    [][]byte      // bodies to use again, as many as limit is worth when they are full

	packed []byte // the messages of a round, one after the other: of the publishing goroutine
}

// pending is a batch being gathered.
type pending struct {
	shard  int
	batch  Batch // without its records: they are in body
	body   []byte
	count  int
	units  []*unit
	used   bool
	weight int64 // its share of held
}

// unit is a piece of work that is done when everything it added is stored.
type unit struct {
	received time.Time
	shard    int           // where its counts go
	open     int           // batches not yet stored, and one for the unit itself until it has ended
	stored   chan struct{} // closed when open is zero
	filed    bool          // it reads a file
	again    string        // tells the letters of work that is done again by hand from those of before
}

func newCollector(store Store, limit int64, m *metrics, log *zap.Logger) *collector {
	return &collector{
		store: store, log: log, metrics: m, limit: limit, wake: make(chan struct{}, 1),
		most: min(batchBytes, store.MaxPayload()-2*headerRoom), // packing may add a little
		open: make([]pending, store.Shards()), sequence: uint64(max(time.Now().UnixNano(), 0)), space: make(chan struct{}),
		room: make(chan struct{}), posted: make(chan struct{}, 1),
	}
}

// begin starts a unit of work; id spreads the counts of units without records over the shards.
func (c *collector) begin(id string, received time.Time) *unit {
	return &unit{received: received, shard: ShardOfKey(id, len(c.open)), open: 1, stored: make(chan struct{})}
}

// add adds a record. It copies raw, and waits while too much is in memory.
func (c *collector) add(ctx context.Context, u *unit, shard int, raw []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.held >= c.limit {
		c.pressed = true
		c.signal()
		space := c.space
		c.mu.Unlock()
		select {
		case <-space:
			c.mu.Lock()
		case <-ctx.Done():
			c.mu.Lock()
			return ctx.Err()
		}
	}
	p := &c.open[shard]
	if p.count > 0 && len(p.body)+len(raw) > c.most {
		c.seal(shard)
	}
	c.join(u, shard)
	u.shard = shard
	before := len(p.body)
	if before > bodyLeast && cap(p.body) < c.most {
		p.body = slices.Grow(p.body, c.most-before)
	}
	p.body = appendRecord(p.body, raw)
	p.count++
	p.batch.Counts.Records.In++
	p.weight += int64(len(p.body) - before)
	c.held += int64(len(p.body) - before)
	c.records++
	c.fresh++
	if p.count >= batchRecords || len(p.body) >= c.most {
		c.seal(shard)
	}
	return nil
}

// count adds counts, to be stored with the unit's records.
func (c *collector) count(u *unit, n Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.join(u, u.shard)
	c.open[u.shard].batch.Counts.Add(n)
}

// end says that the unit adds no more. Its stored channel closes when everything it added is stored.
func (c *collector) end(u *unit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u.leave()
}

// state is what has been added and is not stored, and why that is so if something is wrong.
func (c *collector) state() (records int64, trouble error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.records, errors.Join(c.trouble, c.unparked)
}

// join makes the shard's open batch one that the unit waits for. The mutex is held.
func (c *collector) join(u *unit, shard int) {
	p := &c.open[shard]
	if !p.used {
		p.used, p.shard, p.batch.Received, p.batch.Filed = true, shard, u.received, true
		if n := len(c.spare); n > 0 {
			p.body, c.spare = c.spare[n-1], c.spare[:n-1]
		}
		if c.since.IsZero() {
			c.since = time.Now()
			c.looked, c.fresh = c.since, 0
			c.signal()
		}
	}
	p.batch.Filed = p.batch.Filed && u.filed
	if u.received.Before(p.batch.Received) {
		p.batch.Received = u.received
	}
	if n := len(p.units); n == 0 || p.units[n-1] != u {
		p.units = append(p.units, u)
		u.open++
	}
}

// seal closes the shard's open batch. The mutex is held.
func (c *collector) seal(shard int) {
	full := c.open[shard]
	full.batch.Sequence = c.sequence
	c.sequence++
	c.full = append(c.full, &full)
	c.ready += len(full.body)
	c.open[shard] = pending{}
	if c.ready >= roundLeast {
		c.signal()
	}
}

func (c *collector) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// leave ends one of the things a unit waits for. The collector's mutex is held.
func (u *unit) leave() {
	if u.open--; u.open == 0 {
		close(u.stored)
	}
}

// wait waits until everything the unit added is stored, or ctx ends.
func (u *unit) wait(ctx context.Context) error {
	select {
	case <-u.stored:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
