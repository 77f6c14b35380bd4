package alerting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// CanaryReceiver is the name of the lane that canaries end in.
const CanaryReceiver = "canary"

const (
	canaryGroup = "canary"
	canaryBy    = "canary"
	// canaryEvery is how often it is looked whether they arrive.
	canaryEvery = 5 * time.Second
)

// Canary receives the canaries that the consumers send through the queues, at the end of the way of all notifications, and
// opens an alert when they do not arrive. It is a notify.Catcher, the test receiver, that tells nobody.
type Canary struct {
	cfg     consumer.CanaryConfig
	queues  []string // names, in the order of the settings
	state   Store
	log     Log
	shards  int
	logger  *zap.Logger
	seconds *prometheus.HistogramVec
	strays  prometheus.Counter
	missing *prometheus.GaugeVec

	mu  sync.Mutex
	key consumer.CanaryKey // once it was needed
}

var _ notify.Catcher = (*Canary)(nil)

// NewCanary makes the receiver, for queues of those names.
func NewCanary(cfg consumer.CanaryConfig, queues []string, d *Deps) *Canary {
	c := &Canary{
		cfg: cfg, queues: queues, state: d.State, log: d.Log, shards: d.Shards, logger: d.Logger.With(zap.String("stage", "alerting")),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "trailwarden_alerting_canary_seconds", Help: "From sending a canary to a queue to its notification.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, []string{"queue"}),
		strays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "trailwarden_alerting_canary_strays_total", Help: "Canaries that the daemon did not send, or that came a second time.",
		}),
		missing: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_alerting_canary_missing", Help: "1 while no canary arrives in time.",
		}, []string{"queue"}),
	}
	d.Registry.MustRegister(c.seconds, c.strays, c.missing)
	for _, name := range queues {
		c.seconds.WithLabelValues(name)
	}
	return c
}

// arrival is what is stored of a queue's canaries that arrived.
type arrival struct {
	Sent    time.Time `json:"sent"` // of the latest
	Arrived time.Time `json:"arrived"`
}

// absence is what is stored of their absence.
type absence struct {
	Since   time.Time `json:"since"` // when they were first waited for
	AlertID string    `json:"alert_id,omitempty"`
	Queued  bool      `json:"queued,omitempty"`
}

func arrivalKey(queue int) string { return bus.Key("canary", "arrived", strconv.Itoa(queue)) }
func absenceKey(queue int) string { return bus.Key("canary", "missing", strconv.Itoa(queue)) }

// Tell implements notify.Notifier: there are no alerts for this receiver.
func (c *Canary) Tell(context.Context, *alert.Alert, notify.Told) (notify.Told, error) {
	return notify.Told{}, &notify.PermanentError{Err: errors.New("the canary's receiver takes no alerts")}
}

// Catch implements notify.Catcher: a canary has come to the end of its way.
func (c *Canary) Catch(ctx context.Context, id string) error {
	queue, sent, own, err := c.open(ctx, id)
	if err != nil || !own {
		return err
	}
	var last arrival
	if err := c.read(ctx, arrivalKey(queue), &last); err != nil {
		return err
	}
	if !sent.After(last.Sent) {
		c.strays.Inc()
		return nil
	}
	now := time.Now()
	c.seconds.WithLabelValues(c.queues[queue]).Observe(max(now.Sub(sent).Seconds(), 0))
	return c.write(ctx, arrivalKey(queue), arrival{Sent: sent.UTC(), Arrived: now.UTC()})
}

// open tells where a canary comes from. One that is not the daemon's own is counted, and nothing else.
func (c *Canary) open(ctx context.Context, id string) (queue int, sent time.Time, own bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key == nil {
		if c.key, err = consumer.ReadCanaryKey(ctx, c.state); err != nil {
			return 0, time.Time{}, false, fmt.Errorf("read the canaries' key: %w", err)
		}
	}
	queue, sent, own = c.key.Open(id)
	if own = own && queue >= 0 && queue < len(c.queues); !own {
		c.strays.Inc()
	}
	return queue, sent, own, nil
}

// watch looks after all queues until ctx ends.
func (c *Canary) watch(ctx context.Context, _ int, _ bus.Fence) error {
	defer c.missing.Reset()
	if _, err := consumer.MakeCanaryKey(ctx, c.state); err != nil {
		return fmt.Errorf("make the canaries' key: %w", err)
	}
	begun := time.Now()
	ticker := time.NewTicker(canaryEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		for queue := range c.queues {
			if err := c.look(ctx, queue, begun, time.Now()); err != nil {
				return err
			}
		}
	}
}

// look opens the alert of a queue whose canaries do not arrive, or closes it. What is about to be queued is stored before, and
// queued again by whoever finds it undone.
func (c *Canary) look(ctx context.Context, queue int, begun, now time.Time) error {
	var last arrival
	var known absence
	if err := errors.Join(c.read(ctx, arrivalKey(queue), &last), c.read(ctx, absenceKey(queue), &known)); err != nil {
		return err
	}
	before := known
	if known.Since.IsZero() {
		known.Since = now.UTC()
	}
	since := last.Sent
	if since.IsZero() {
		since = known.Since
	}
	most := c.cfg.Every + c.cfg.Within
	m := &incident.Missing{Queue: c.queues[queue], Since: since, Within: c.cfg.Within}
	switch late := now.Sub(since) > most; {
	case late && known.AlertID == "" && now.Sub(begun) > most: // this process has had the time to hear of one
		known.AlertID, known.Queued = m.ID(), false
		if err := c.write(ctx, absenceKey(queue), known); err != nil {
			return err
		}
	case !late && known.AlertID != "":
		end := incident.Command{AlertID: known.AlertID, Action: incident.Resolve, By: canaryBy, Reason: "a canary arrived", At: now.UTC()}
		if err := c.queue(ctx, end); err != nil {
			return err
		}
		known.AlertID, known.Queued = "", false
	}
	gone := 0.0
	if known.AlertID != "" {
		gone = 1
	}
	c.missing.WithLabelValues(m.Queue).Set(gone)
	if known.AlertID != "" && !known.Queued {
		c.logger.Error("canary missing", zap.String("queue", m.Queue), zap.Time("since", since))
		if err := c.queue(ctx, incident.Command{AlertID: known.AlertID, Action: incident.Fall, By: canaryBy, At: now.UTC(), Missing: m}); err != nil {
			return err
		}
		known.Queued = true
	}
	if known == before {
		return nil
	}
	return c.write(ctx, absenceKey(queue), known)
}

// queue puts a command into the lane of the alerts that belong to no account.
func (c *Canary) queue(ctx context.Context, cmd incident.Command) error {
	return command(ctx, c.log, consumer.ShardOfKey(alert.Unknown, c.shards), cmd)
}

func (c *Canary) read(ctx context.Context, key string, v any) error {
	entry, ok, err := c.state.Get(ctx, key)
	if err != nil || !ok {
		return err
	}
	return json.Unmarshal(entry.Value, v)
}

func (c *Canary) write(ctx context.Context, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = c.state.PutAll(ctx, []bus.KVWrite{{Key: key, Value: data, Expect: bus.AnyRevision}})
	return err
}
