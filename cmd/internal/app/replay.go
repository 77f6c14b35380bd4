package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Replayed is what a replay found.
type Replayed struct {
	Alerts  []*alert.Alert // each in its final state, by first event
	Ledger  Ledger
	Unread  []error        // inputs that could not be read to their end
	Foreign []error        // inputs that were read to their end and of which nothing was understood
	Ignored map[string]int // records known and of no interest, by kind
	Elapsed time.Duration
}

// Progress is told how many bytes of all the inputs have been read, as they lie on disk. Without it nobody asks how large
// each of them is.
type Progress func(read, all int64)

// Replay runs the daemon's stages over files, offline: no queue, no NATS, nobody told. Files are unpacked
// side by side, and taken in one after the other, so the same files always give the same alerts.
func Replay(ctx context.Context, cfg *config.Config, paths []string, stdin io.Reader, log *zap.Logger, progress Progress) (*Replayed, error) {
	begin := time.Now()
	boundMemory(cfg)
	files, err := inputs(paths)
	if err != nil {
		return nil, err
	}
	rules, err := Rules(cfg)
	if err != nil {
		return nil, err
	}
	lookup, err := enrich.NewLookup(cfg.Enrich, log, prometheus.NewRegistry())
	if err != nil {
		return nil, fmt.Errorf("open enrichment data: %w", err)
	}
	r := &replay{
		limits: s3log.Limits{MaxObjectBytes: cfg.Consumer.MaxObjectBytes, MaxRecordBytes: cfg.Consumer.MaxRecordBytes},
		stdin:  stdin, progress: progress, log: log, begin: begin, ignored: map[string]int{},
		shard: enrich.NewShard(cfg.Enrich, 1, lookup, rules.Index), engine: alerting.NewEngine(rules),
	}
	if progress != nil {
		for _, f := range files {
			r.all += f.size()
		}
	}
	if err := r.run(ctx, files); err != nil {
		return nil, err
	}
	r.engine.Book().Lapse(time.UnixMilli(r.clock))
	r.engine.Settle(r.latest, nil)
	out := &Replayed{Ledger: r.ledger(), Unread: r.unread, Foreign: r.foreign, Ignored: r.ignored, Elapsed: time.Since(begin)}
	r.engine.Book().RefreshStories(r.engine.Incidents()...)
	for _, i := range r.engine.Incidents() {
		out.Alerts = append(out.Alerts, &i.Alert)
	}
	return out, nil
}

// progressEvery is after how many records progress is told.
const progressEvery = 128

type replay struct {
	limits   s3log.Limits
	stdin    io.Reader
	progress Progress
	log      *zap.Logger
	pool     s3log.Pool
	read     atomic.Int64
	all      int64

	shard    *enrich.Shard
	engine   *alerting.Engine
	counts   consumer.Counts
	alerts   alerting.AlertCounts
	position history.Position
	latest   time.Time // of the events told of so far
	clock    int64     // Unix milliseconds of the latest record, told of or not
	begin    time.Time
	dated    bool // a record's time was read
	unread   []error
	foreign  []error
	ignored  map[string]int
}

// take brings the records of a job's next file through the stages.
func (r *replay) take(reader *s3log.Reader, j *job, f input) (s3log.Stats, error) {
	visit := func(raw []byte, h *cloudtrail.Header) error {
		r.position.Sequence++
		r.counts.Records.In++
		if ms, ok := h.Time(); ok {
			r.clock = max(r.clock, ms)
		}
		outcome, finding := r.shard.Process(raw, h, r.arrival(h), r.position)
		r.count(outcome)
		if finding != nil {
			r.apply(finding)
		}
		if r.progress != nil && r.position.Sequence%progressEvery == 0 {
			r.progress(r.read.Load(), r.all)
		}
		return nil
	}
	first := ""
	stats, err := reader.ReadAhead(j.unpacked, f.path, visit, func(_ []byte, reason string) error {
		if first == "" {
			first = reason
		}
		r.log.Warn("record quarantined", zap.String("stage", "consumer"), zap.String("file", f.path), zap.String("reason", reason))
		return nil
	})
	if err == nil && stats.Records == 0 && len(stats.Ignored) == 0 && stats.Quarantined > 0 {
		r.foreign = append(r.foreign, fmt.Errorf("%s: %s", f.path, first))
	}
	return stats, err
}

// arrival is 0 but for a record whose time cannot be read when no other's is known yet: it came in when the replay began.
func (r *replay) arrival(h *cloudtrail.Header) int64 {
	if _, ok := h.Time(); ok || r.dated {
		r.dated = true
		return 0
	}
	return r.begin.UnixMilli()
}

// settle counts a file by how reading it ended.
func (r *replay) settle(stats s3log.Stats, err error) {
	r.counts.Records.In += int64(stats.Quarantined)
	r.counts.Records.Quarantined += int64(stats.Quarantined)
	for kind, n := range stats.Ignored {
		r.ignored[kind] += n
		r.counts.Records.In += int64(n)
		r.counts.Records.Ignored += int64(n)
	}
	r.counts.Objects.In++
	var ignored *s3log.IgnoredError
	switch {
	case err == nil:
		r.counts.Objects.Read++
	case errors.As(err, &ignored):
		r.counts.Objects.Ignored++
	default:
		r.counts.Objects.Quarantined++
		r.unread = append(r.unread, err)
	}
}

func (r *replay) count(o enrich.Outcome) {
	switch o {
	case enrich.Matched:
		r.counts.Records.Matched++
	case enrich.Duplicate:
		r.counts.Records.Duplicate++
	case enrich.Quarantined:
		r.counts.Records.Quarantined++
	case enrich.Aggregated:
		r.counts.Records.Aggregated++
	default:
		r.counts.Records.Unmatched++
	}
}

func (r *replay) apply(f *enrich.Finding) {
	out, err := r.engine.Apply(f)
	if err == nil && len(out.Matches) == 0 && !slices.Contains(f.Rules, enrich.CanaryRule) {
		r.counts.Records.Matched--
		r.counts.Records.Unmatched++
	}
	if err != nil {
		r.log.Warn("finding quarantined", zap.String("stage", "alerting"), zap.String("event_id", f.EventID), zap.Error(err))
		r.counts.Records.Matched--
		r.counts.Records.Quarantined++
		return
	}
	for _, i := range out.Incidents {
		if i.Alert.LastSeen.After(r.latest) {
			r.latest = i.Alert.LastSeen
		}
	}
	r.engine.Quiet(out.Incidents, r.latest, nil)
	for _, i := range out.Incidents {
		r.alerts.Count(i)
	}
}

func (r *replay) ledger() Ledger {
	return Ledger{Counts: r.counts, Alerts: r.alerts, Receivers: map[string]any{}, Unaccounted: r.counts.Unaccounted()}
}

// unwrapPath takes the path out of an error of the operating system, for messages that name it already.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
