package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/audit"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

func letterOf(d bus.Dead) web.Letter {
	return web.Letter{Sequence: d.Sequence, Stage: d.Stage, ID: d.ID, Reason: d.Reason, Time: d.Time.UTC(), Size: d.Size}
}

// Letters implements web.Undertaker.
func (b *backend) Letters(ctx context.Context, stage string, after uint64, visit func(web.Letter) error) error {
	return b.bus.ListDead(ctx, stage, after, func(d bus.Dead) error { return visit(letterOf(d)) })
}

// Letter implements web.Undertaker.
func (b *backend) Letter(ctx context.Context, sequence uint64) (web.Letter, []byte, error) {
	d, ok, err := b.bus.GetDead(ctx, sequence)
	if err == nil && !ok {
		err = web.ErrNoLetter
	}
	return letterOf(d), d.Data, err
}

// Resend implements web.Undertaker: what the letter is about is queued before the letter is dropped.
func (b *backend) Resend(ctx context.Context, sequence uint64, hand web.Hand) error {
	d, ok, err := b.bus.GetDead(ctx, sequence)
	switch {
	case err != nil:
		return err
	case !ok:
		return web.ErrNoLetter
	case d.Stage == notify.DeadStage:
		err = b.tellAgain(ctx, d)
	case d.Stage == consumer.DeadStage:
		err = b.readAgain(ctx, d)
	default:
		return &web.ResendError{Reason: "a letter of stage " + d.Stage + " is a defect of this program, and sending it again would not mend it: report it, then drop it"}
	}
	if err != nil {
		return err
	}
	audit.Log(b.log, audit.Entry{Action: audit.Resend, Actor: hand.By, Via: audit.API, Source: hand.Source}, zap.Uint64("sequence", sequence))
	return nil
}

// tellAgain queues what a receiver refused for that receiver.
func (b *backend) tellAgain(ctx context.Context, d bus.Dead) error {
	msg, err := notify.Resend(d.Data)
	if err != nil {
		return err
	}
	msg.ID = bus.Key("resend", strconv.FormatUint(d.Sequence, 10))
	if err := b.bus.Publish(ctx, msg); err != nil {
		return fmt.Errorf("queue dead letter %d: %w", d.Sequence, err)
	}
	return b.bus.DropDead(ctx, d.Sequence)
}

// readAgain has the object that a letter is about read again, and drops all letters about it: what still cannot be
// read is parked anew.
func (b *backend) readAgain(ctx context.Context, d bus.Dead) error {
	again, err := consumer.AgainOf(d)
	if errors.Is(err, consumer.ErrNotWhole) {
		return &web.ResendError{Reason: err.Error()}
	}
	if err != nil {
		return err
	}
	about := []uint64{d.Sequence}
	err = b.bus.ListDead(ctx, consumer.DeadStage, 0, func(other bus.Dead) error {
		if again.About(other) && other.Sequence != d.Sequence {
			about = append(about, other.Sequence)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := consumer.ReadAgain(ctx, b.bus.KV(bus.State), again); err != nil {
		return err
	}
	for _, sequence := range about {
		if err := b.bus.DropDead(ctx, sequence); err != nil {
			return err
		}
	}
	return nil
}

// DropLetter implements web.Undertaker.
func (b *backend) DropLetter(ctx context.Context, sequence uint64, hand web.Hand) error {
	_, ok, err := b.bus.GetDead(ctx, sequence)
	if err == nil && !ok {
		err = web.ErrNoLetter
	}
	if err != nil {
		return err
	}
	if err := b.bus.DropDead(ctx, sequence); err != nil {
		return err
	}
	audit.Log(b.log, audit.Entry{Action: audit.Drop, Actor: hand.By, Via: audit.API, Source: hand.Source}, zap.Uint64("sequence", sequence))
	return nil
}

// DropLetters implements web.Undertaker.
func (b *backend) DropLetters(ctx context.Context, stage string, hand web.Hand) (uint64, error) {
	dropped, err := b.bus.DropDeadOf(ctx, stage)
	if err != nil {
		return 0, err
	}
	audit.Log(b.log, audit.Entry{Action: audit.Drop, Actor: hand.By, Via: audit.API, Source: hand.Source}, zap.String("stage", stage), zap.Uint64("letters", dropped))
	return dropped, nil
}

// deadFill asks how full the dead letters are whenever the metric is read.
type deadFill struct {
	*prometheus.GaugeVec
	app *App
}

func newDeadFill(a *App) deadFill {
	return deadFill{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "trailwarden_bus_dead_letters_fill_ratio", Help: "How full the share of a stage in the dead letters is, 0 to 1; at 1 its oldest letters are dropped.",
	}, []string{"stage"}), a}
}

// Collect implements prometheus.Collector.
func (d deadFill) Collect(to chan<- prometheus.Metric) {
	if d.app.bus == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts, err := d.app.bus.DeadCounts(ctx)
	if err != nil {
		return // NATS does not answer, which other metrics tell
	}
	for _, stage := range web.DeadStages() {
		d.WithLabelValues(stage).Set(float64(counts[stage]) / float64(max(d.app.bus.DeadShare(), 1)))
	}
	d.GaugeVec.Collect(to)
}
