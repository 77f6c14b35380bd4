package consumer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/consumer/sqs"
)

// Deps is what a Consumer works with.
type Deps struct {
	Store    Store
	Marks    Marks
	Keys     KeyStore // of canaries, and of what is to be read again; nil for neither
	Log      *zap.Logger
	Registry prometheus.Registerer
}

// Consumer is the first stage: from queues and files to batches of records.
type Consumer struct {
	collector *collector
	objects   *objectReader
	queues    []*queueWorker
	folders   *folders // nil without files
	hearing   *hearing
	keys      KeyStore
	canary    CanaryConfig
	metrics   *metrics
	log       *zap.Logger
	stopping  chan struct{} // closed when nothing new is taken in
}

// New builds a consumer from settings that Validate found no fault with. It reads the AWS SDK's own settings and
// calls nothing.
func New(ctx context.Context, cfg Config, d Deps) (*Consumer, error) {
	links := make([]link, len(cfg.Queues))
	for i, q := range cfg.Queues {
		var err error
		if links[i].queue, err = openQueue(ctx, q, d.Log); err != nil {
			return nil, err
		}
		if links[i].fetcher, err = s3log.NewFetcher(ctx, q.access()); err != nil {
			return nil, fmt.Errorf("queue %s: %w", q.Name(), err)
		}
		links[i].buckets = q.LogBuckets
	}
	return assemble(cfg, d, links), nil
}

// link is a queue and what reads the objects its messages point at.
type link struct {
	queue   *sqs.Queue
	fetcher Fetcher
	buckets []string // known beforehand
}

func assemble(cfg Config, d Deps, links []link) *Consumer {
	log := d.Log.With(zap.String("stage", stage))
	m := newMetrics(d.Registry, links)
	c := newCollector(d.Store, cfg.MaxInFlightBytes, m, log)
	limits := s3log.Limits{MaxObjectBytes: cfg.MaxObjectBytes, MaxRecordBytes: cfg.MaxRecordBytes}
	h := newHearing(rand.Text(), d.Marks, log)
	s := &Consumer{stopping: make(chan struct{}), collector: c, objects: newObjectReader(c, m, h, d.Store.Shards(), limits), hearing: h, keys: d.Keys, canary: cfg.Canary, metrics: m, log: log}
	var next atomic.Int64
	for _, l := range links {
		b := newBuckets(l.buckets, l.queue.Wake, s.stopping, &next, d.Registry, log.With(zap.String("queue", l.queue.Name())))
		s.queues = append(s.queues, &queueWorker{
			queue: l.queue, fetcher: l.fetcher, buckets: b, objects: s.objects, collector: c, metrics: m, hearing: h, maxRecordBytes: cfg.MaxRecordBytes,
		})
	}
	if len(cfg.Files) > 0 {
		s.folders = newFolders(cfg.Files, s.objects, d.Marks, log)
	}
	return s
}

// Run takes in what the queues and folders have until ctx ends. Then it takes in nothing new, finishes what it
// can within ten seconds, gives the rest back to the queues and returns nil: after half a minute at worst, when
// SQS does not answer any more. It may be called once.
func (s *Consumer) Run(ctx context.Context) error {
	publishing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var publisher sync.WaitGroup
	publisher.Go(func() { s.collector.run(publishing) })
	publisher.Go(func() { s.collector.runLetters(publishing) })

	sources, running := errgroup.WithContext(ctx)
	defer context.AfterFunc(running, func() { close(s.stopping) })()
	for _, w := range s.queues {
		sources.Go(func() error { return w.queue.Run(running, w.handle) })
	}
	if s.folders != nil {
		sources.Go(func() error { return s.folders.run(running) })
	}
	if s.canary.Every > 0 {
		sources.Go(func() error {
			s.sendCanaries(running)
			return nil
		})
	}
	if s.keys != nil {
		sources.Go(func() error {
			s.readAgain(running)
			return nil
		})
	}
	sources.Go(func() error { // without any source there is nothing else to do
		s.hearing.run(running, s.Ready)
		return nil
	})
	err := sources.Wait()
	stop()
	publisher.Wait()
	return errors.Join(err, s.objects.close())
}

// Ready returns nil when every queue was seen to work and what was read can be stored, else what is wrong.
func (s *Consumer) Ready() error {
	var errs []error
	for _, w := range s.queues {
		errs = append(errs, w.queue.Ready())
	}
	if _, trouble := s.collector.state(); trouble != nil {
		errs = append(errs, fmt.Errorf("records wait to be stored: %w", trouble))
	}
	return errors.Join(errs...)
}

// Pending counts what this process has taken in and not yet stored. Added to the counts that are stored, it
// closes the ledger of the running process.
func (s *Consumer) Pending() Counts {
	var messages int64
	for _, w := range s.queues {
		messages += w.pending.Load()
	}
	objects := s.objects.pending.Load()
	records, _ := s.collector.state()
	return Counts{
		Messages: MessageCounts{In: messages, Pending: messages},
		Objects:  ObjectCounts{In: objects, Pending: objects},
		Records:  RecordCounts{In: records, Pending: records},
	}
}

// Check asks every queue and log bucket what a careful operator would change, for `check`. It calls AWS; the error tells
// what could not be asked.
func Check(ctx context.Context, cfg Config, log *zap.Logger) (warnings []string, err error) {
	var errs []error
	for _, q := range cfg.Queues {
		if len(q.LogBuckets) == 0 {
			warnings = append(warnings, "queue "+q.Name()+" has no log_buckets: whoever can write to the queue chooses which bucket"+
				" is read; name the trail's buckets")
		}
		queue, err := openQueue(ctx, q, log)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		more, err := queue.Check(ctx)
		warnings, errs = append(warnings, more...), append(errs, err)
		more, err = checkBuckets(ctx, q)
		warnings, errs = append(warnings, more...), append(errs, err)
	}
	return warnings, errors.Join(errs...)
}

// checkBuckets warns of log buckets that may not be listed.
func checkBuckets(ctx context.Context, q QueueConfig) (warnings []string, err error) {
	fetcher, err := s3log.NewFetcher(ctx, q.access())
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", q.Name(), err)
	}
	var errs []error
	for _, bucket := range q.LogBuckets {
		may, err := fetcher.MayList(ctx, bucket)
		errs = append(errs, err)
		if err == nil && !may {
			warnings = append(warnings, "log bucket "+bucket+" may not be listed: without s3:ListBucket S3 answers AccessDenied for a missing"+
				" object, whose message then stays in the queue like that of a refused one; allow s3:ListBucket on the bucket")
		}
	}
	return warnings, errors.Join(errs...)
}

func openQueue(ctx context.Context, q QueueConfig, log *zap.Logger) (*sqs.Queue, error) {
	queue, err := sqs.Open(ctx, sqs.Config{URL: q.URL, Region: q.Region, AssumeRole: q.AssumeRole, ExternalID: q.ExternalID}, log)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", q.Name(), err)
	}
	return queue, nil
}

// access says how the queue's log objects are read.
func (q QueueConfig) access() s3log.Access {
	role := q.LogRole
	if role == "" {
		role = q.AssumeRole
	}
	region := q.Region
	if region == "" {
		region = sqs.RegionOf(q.URL) // and its partition
	}
	return s3log.Access{Region: region, Role: role, ExternalID: q.ExternalID, Buckets: q.LogBuckets}
}
