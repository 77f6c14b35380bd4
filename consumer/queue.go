package consumer

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/consumer/sqs"
)

var _ Fetcher = (*s3log.Fetcher)(nil)

// Fetcher opens log objects, in their latest version when version is empty. Its errors are those of s3log: what is
// no *s3log.MissingError, *s3log.ForbiddenError or *s3log.RefusedError may pass.
type Fetcher interface {
	Fetch(ctx context.Context, bucket, key, version string) (*s3log.Object, error)
}

// sideBySide is how many objects of one message are worked on at a time. Those that wait for another try count, while
// maxFetches bounds what is read.
const sideBySide = 32

// queueWorker does the work of a queue's messages.
type queueWorker struct {
	queue          *sqs.Queue
	fetcher        Fetcher
	buckets        *buckets
	objects        *objectReader
	collector      *collector
	metrics        *metrics
	hearing        *hearing
	maxRecordBytes int
	pending        atomic.Int64 // messages being worked on
}

// handle takes in everything a message brings or points at, and returns nil when all of it is stored.
func (w *queueWorker) handle(ctx context.Context, m *sqs.Message) error {
	w.pending.Add(1)
	defer w.pending.Add(-1)
	result, err := w.take(ctx, m)
	if err != nil {
		result = resultFailed
	}
	w.metrics.messages.WithLabelValues(w.queue.Name(), result).Inc()
	return err
}

func (w *queueWorker) take(ctx context.Context, m *sqs.Message) (result string, err error) {
	id := w.queue.Name() + "/" + m.ID
	w.hearing.waited(m.Sent, m.Received, m.Receives)
	u := w.collector.begin(id, m.Received)
	e := sqs.Parse(m.Body)
	err = errors.Join(w.takeObjects(ctx, u, e.Objects), w.takeRecords(ctx, u, id, e.Records), w.takeBroken(ctx, u, id, e))
	if err == nil {
		var n MessageCounts
		result, n = outcome(e)
		for _, kind := range e.Ignored {
			w.metrics.ignored.WithLabelValues(kind).Inc()
		}
		w.collector.count(u, Counts{Messages: n})
	}
	w.collector.end(u)
	if err != nil {
		return "", err
	}
	return result, u.wait(ctx)
}

// takeObjects reads the objects side by side. Of those that failed the error is the first one's.
func (w *queueWorker) takeObjects(ctx context.Context, u *unit, objects []sqs.Object) error {
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, o := range objects {
		g.Go(func() error { return w.takeObject(ctx, u, o) })
	}
	return g.Wait()
}

// takeObject reads an object, again and again while it is the one of a bucket that cannot be read which is kept. Its error
// is an *sqs.WaitError for the bucket.
func (w *queueWorker) takeObject(ctx context.Context, u *unit, o sqs.Object) error {
	b := w.buckets.of(o.Bucket)
	recovered := b.recovered()
	obj := object{
		name: "s3://" + o.Bucket + "/" + o.Key, bucket: b,
		open: func(ctx context.Context) (*s3log.Object, error) {
			return w.fetcher.Fetch(ctx, o.Bucket, o.Key, o.Version)
		},
	}
	err := w.objects.read(ctx, u, obj)
	turn := new(keeper)
	for err != nil && b.keep(ctx, turn) {
		obj.kept = true
		err = w.objects.read(ctx, u, obj)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &sqs.WaitError{On: b.name, Over: recovered, Known: is[*closedError](err), Err: err}
}

func (w *queueWorker) takeRecords(ctx context.Context, u *unit, id string, records [][]byte) error {
	b := broken{of: id + "#"}
	for i, raw := range records {
		if err := w.objects.record(ctx, u, &b, i, raw, w.maxRecordBytes); err != nil {
			return err
		}
	}
	return w.collector.parkRest(ctx, u, &b)
}

// takeBroken parks what nothing could be made of. Beside parts that were read each counts as an object, for that
// is what the entries of a message are; a message that is nothing else is quarantined as a whole.
func (w *queueWorker) takeBroken(ctx context.Context, u *unit, id string, e sqs.Envelope) error {
	whole, b := hopeless(e), broken{of: id + "/"}
	for i, part := range e.Broken {
		if err := w.collector.parkOne(ctx, u, &b, i, part.Reason, part.Data); err != nil {
			return err
		}
		if !whole {
			w.collector.count(u, Counts{Objects: ObjectCounts{In: 1, Quarantined: 1}})
		}
	}
	return w.collector.parkRest(ctx, u, &b)
}

func hopeless(e sqs.Envelope) bool {
	return len(e.Broken) > 0 && len(e.Objects) == 0 && len(e.Records) == 0 && len(e.Ignored) == 0
}

func outcome(e sqs.Envelope) (string, MessageCounts) {
	switch {
	case hopeless(e):
		return resultQuarantined, MessageCounts{In: 1, Quarantined: 1}
	case len(e.Broken) == 0 && len(e.Objects) == 0 && len(e.Records) == 0:
		return resultIgnored, MessageCounts{In: 1, Ignored: 1}
	default:
		return resultDone, MessageCounts{In: 1, Done: 1}
	}
}
