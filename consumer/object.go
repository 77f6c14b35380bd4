package consumer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

const (
	maxFetches  = 64 // objects being opened or read at a time, and of one bucket
	maxShare    = 48 // so that a bucket that does not answer leaves places for others
	maxReaders  = 16 // objects being unpacked at a time, and of one bucket
	readerShare = 12
	objectTries = 3               // within ten seconds
	firstRetry  = time.Second     // after the first try
	secondRetry = 4 * time.Second // after the second
)

// objectReader reads log objects into the collector.
type objectReader struct {
	collector *collector
	metrics   *metrics
	hearing   *hearing
	shards    int
	limits    s3log.Limits
	fetches   chan struct{}
	reading   chan struct{}
	pending   atomic.Int64 // objects being worked on

	mu   sync.Mutex
	idle []*s3log.Reader // the one used last is the next: its buffers are in the processor's cache
}

func newObjectReader(c *collector, m *metrics, h *hearing, shards int, limits s3log.Limits) *objectReader {
	return &objectReader{
		collector: c, metrics: m, hearing: h, shards: shards, limits: limits,
		fetches: make(chan struct{}, maxFetches), reading: make(chan struct{}, maxReaders),
	}
}

// close lets go of the readers. Nothing is being read any more.
func (o *objectReader) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, r := range o.idle {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// reader waits until one more object may be unpacked, and lends a reader for it.
func (o *objectReader) reader(ctx context.Context) (r *s3log.Reader, giveBack func(), err error) {
	if err := take(ctx, o.reading); err != nil {
		return nil, nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.idle); n > 0 {
		r, o.idle = o.idle[n-1], o.idle[:n-1]
	} else {
		r = s3log.NewReader(o.limits)
	}
	return r, func() {
		o.mu.Lock()
		o.idle = append(o.idle, r)
		o.mu.Unlock()
		<-o.reading
	}, nil
}

// object is a log object or file.
type object struct {
	name   string
	open   func(ctx context.Context) (*s3log.Object, error)
	bucket *bucket // nil for a file
	kept   bool    // it is tried although its bucket is closed
}

// admit refuses to try an object of a bucket that is closed, unless it is kept for that.
func (obj *object) admit() error {
	if obj.bucket == nil || obj.kept {
		return nil
	}
	return obj.bucket.admit()
}

// read adds an object's records to the unit and counts the object, unless something that may pass was in the
// way: then the error says what, and nothing of the object is counted but its records.
//
// A fault of the object's own is tried again as well before the object is parked, for S3 may be late, a proxy may answer
// in its stead and a connection may be cut: three tries within ten seconds, but for what S3 refuses. Records that were
// added in one try are not added in the next, unless the content is another by then.
func (o *objectReader) read(ctx context.Context, u *unit, obj object) error {
	o.pending.Add(1)
	defer o.pending.Add(-1)
	var err error
	way := reading{broken: broken{of: obj.name + "#"}}
	pauses := [objectTries - 1]time.Duration{firstRetry, secondRetry}
	for try := range objectTries {
		err = o.try(ctx, u, obj, &way)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if is[*s3log.StalledError](err) {
			o.metrics.objects.WithLabelValues(resultStalled).Inc() // each read that was ended
		}
		if err == nil || obj.final(err) {
			break
		}
		if try < len(pauses) {
			if err := sleep(ctx, pauses[try]); err != nil {
				return err
			}
		}
	}
	return o.settle(ctx, u, obj, &way, err)
}

// fetches and readers are the places that objects of its bucket may have among all; nil for a file, which needs none.
func (obj *object) fetches() chan struct{} {
	if obj.bucket == nil {
		return nil
	}
	return obj.bucket.fetches
}

func (obj *object) readers() chan struct{} {
	if obj.bucket == nil {
		return nil
	}
	return obj.bucket.readers
}

// take waits for a place; of nil there are as many as wanted.
func take(ctx context.Context, places chan struct{}) error {
	if places == nil {
		return nil
	}
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func give(places chan struct{}) {
	if places != nil {
		<-places
	}
}

// reading is how far the reading of an object has come.
type reading struct {
	etag    string         // of the content that was read last
	added   int            // records that were taken care of, in this try or an earlier one
	ignored map[string]int // by kind, in the last try
	broken  broken         // records that could not be read
}

// quarantine takes care of a record that could not be read.
func (o *objectReader) quarantine(ctx context.Context, u *unit, b *broken, at int, reason string, raw []byte) error {
	if err := o.collector.parkOne(ctx, u, b, at, reason, raw); err != nil {
		return err
	}
	o.collector.count(u, Counts{Records: RecordCounts{In: 1, Quarantined: 1}})
	o.metrics.quarantined.Inc()
	return nil
}

// settle counts the object by how reading it ended.
func (o *objectReader) settle(ctx context.Context, u *unit, obj object, way *reading, err error) error {
	o.metrics.objects.WithLabelValues(objectResult(err)).Inc()
	if file, ok := errors.AsType[*s3log.IgnoredError](err); ok {
		o.metrics.ignored.WithLabelValues(file.Error()).Inc()
	}
	switch {
	case err == nil:
		o.collector.count(u, Counts{Objects: ObjectCounts{In: 1, Read: 1}})
	case is[*s3log.IgnoredError](err):
		o.collector.count(u, Counts{Objects: ObjectCounts{In: 1, Ignored: 1}})
	case poison(err):
		if err := o.collector.park(ctx, u, obj.name, err.Error(), []byte(obj.name)); err != nil {
			return err
		}
		o.collector.count(u, Counts{Objects: ObjectCounts{In: 1, Quarantined: 1}})
	default:
		return fmt.Errorf("read %s: %w", obj.name, err)
	}
	if err := o.collector.parkRest(ctx, u, &way.broken); err != nil {
		return err
	}
	for kind, n := range way.ignored {
		o.collector.count(u, Counts{Records: RecordCounts{In: int64(n), Ignored: int64(n)}})
		o.metrics.ignored.WithLabelValues(kind).Add(float64(n))
	}
	return nil
}

// try reads an object once, and tells its bucket how that ended.
func (o *objectReader) try(ctx context.Context, u *unit, obj object, way *reading) (err error) {
	for _, places := range []chan struct{}{obj.fetches(), o.fetches} {
		if err := take(ctx, places); err != nil {
			return err
		}
		defer give(places)
	}
	if err := obj.admit(); err != nil {
		return err
	}
	if obj.bucket != nil {
		begun := time.Now()
		defer func() { obj.bucket.note(obj.name, begun, err) }()
	}
	opened, err := obj.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }() // was read only
	if err := take(ctx, obj.readers()); err != nil {
		return err
	}
	defer give(obj.readers())
	reader, giveBack, err := o.reader(ctx)
	if err != nil {
		return err
	}
	defer giveBack()
	if err := obj.admit(); err != nil { // others of its bucket may have failed while it waited
		return err
	}
	if opened.ETag != way.etag {
		*way = reading{etag: opened.ETag, broken: broken{of: obj.name + "#"}}
	}
	return o.unpack(ctx, u, reader, obj, opened, way)
}

// unpack adds the records of an object that were not taken care of yet to the unit.
func (o *objectReader) unpack(ctx context.Context, u *unit, reader *s3log.Reader, obj object, content io.Reader, way *reading) error {
	at := 0
	known := func() bool { // whether an earlier try has taken care of this one
		if at++; at <= way.added {
			return true
		}
		way.added = at
		return false
	}
	visit := func(raw []byte, h *cloudtrail.Header) error {
		if known() {
			return nil
		}
		if at == 1 {
			o.observe(h)
		}
		return o.collector.add(ctx, u, ShardOf(h, o.shards), raw)
	}
	stats, err := reader.Read(content, obj.name, visit, func(raw []byte, reason string) error {
		if known() {
			return nil
		}
		return o.quarantine(ctx, u, &way.broken, at, reason, raw)
	})
	way.ignored = stats.Ignored
	return err
}

// record adds the record at a place of a message.
func (o *objectReader) record(ctx context.Context, u *unit, b *broken, at int, raw []byte, limit int) error {
	var h cloudtrail.Header
	_, err := h.Scan(raw)
	if err == nil && len(raw) > limit {
		err = fmt.Errorf("record larger than %d bytes", limit)
	}
	if err != nil {
		return o.quarantine(ctx, u, b, at, err.Error(), raw)
	}
	o.observe(&h)
	return o.collector.add(ctx, u, ShardOf(&h, o.shards), raw)
}

func (o *objectReader) observe(h *cloudtrail.Header) {
	if h.Canary() {
		return
	}
	now := time.Now()
	if ms, ok := h.Time(); ok {
		o.metrics.age.Observe(max(now.Sub(time.UnixMilli(ms)).Seconds(), 0))
	}
	o.hearing.hear(h, now)
}

// final reports whether trying again at once cannot change an error. A file that cannot be opened is left for the next
// look at its folder; a file that is no log stays one, while an answer of S3 that is no log may be another's.
func (obj *object) final(err error) bool {
	return is[*fs.PathError](err) || is[*s3log.TooLargeError](err) || is[*s3log.RefusedError](err) || is[*s3log.IgnoredError](err) ||
		is[*s3log.ForbiddenError](err) || is[*closedError](err) || is[*s3log.FormatError](err) && obj.bucket == nil
}

// poison reports whether an error is the object's own, and would come again for ever.
func poison(err error) bool {
	return is[*s3log.FormatError](err) || is[*s3log.TooLargeError](err) || is[*s3log.RefusedError](err) ||
		is[*s3log.TruncatedError](err) || is[*s3log.MissingError](err)
}

// undelivered reports whether S3 gave neither an object's content nor its word that there is no such object.
func undelivered(err error) bool {
	return err != nil && !poison(err) && !is[*s3log.IgnoredError](err)
}

// objectResult is the result of reading an object, as the metric names it.
func objectResult(err error) string {
	switch {
	case err == nil:
		return "read"
	case is[*s3log.IgnoredError](err):
		return "ignored"
	case is[*s3log.ForbiddenError](err):
		return "refused"
	case is[*closedError](err):
		return "untried"
	case is[*s3log.MissingError](err):
		return "missing"
	case is[*s3log.RefusedError](err):
		return "unlisted"
	case poison(err):
		return "broken"
	default:
		return resultFailed
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
