package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
)

const (
	firstPause = 500 * time.Millisecond
	mostPause  = 30 * time.Second
	foldFrom   = 6 // alerts nobody was told of that wait together become a digest
	foldNames  = 5 // buckets of an alert beyond which it gets a message of its own
)

// worker is a lane under one ownership.
type worker struct {
	*lane
	fence    bus.Fence
	items    <-chan item
	window   []item // in the order they were queued; those done out of turn stay until all before them are
	turn     urgency
	position position
	revision uint64 // of the stored position
	unsaved  int    // notifications done since
	single   int    // notifications to tell one by one, after a digest was refused

	// sure holds the alerts whose announced effect is known not to have happened: its refusal was heard here.
	sure map[string]bool
}

// work does one notification after the other, the most urgent first.
func (w *worker) work(ctx context.Context) error {
	for {
		if err := w.fill(ctx); err != nil {
			return err
		}
		next := &w.window[w.turn.next(w.window, time.Now())]
		if next.delivery.Restarted { // what was told already is known by what is stored of its alert
			next.result = resultCoalesced
		} else {
			result, err := w.deliver(ctx, *next)
			if err != nil {
				return err
			}
			next.result = result
			w.count(result)
			w.single = max(w.single-1, 0)
		}
		w.pass()
		w.waiting(w.window)
	}
}

// pass moves the position past all that is done, up to the first that is not. What was done behind it is done again
// after a crash, and found to have been told.
func (w *worker) pass() {
	for len(w.window) > 0 && w.window[0].result != "" {
		head := w.window[0]
		switch {
		case head.delivery.Restarted:
		case head.result == resultDead:
			w.position.Dead++
		default:
			w.position.Delivered++
		}
		w.position.Position = head.delivery.Position()
		w.unsaved++
		w.window = w.window[1:]
	}
}

// fill takes in what has arrived, and waits when that is nothing; the position is saved before it waits.
func (w *worker) fill(ctx context.Context) error {
	for len(w.window) < windowSize {
		select {
		case next := <-w.items:
			w.window = append(w.window, next)
			continue
		default:
		}
		break
	}
	if w.unsaved >= saveEvery || len(w.window) == 0 && w.unsaved > 0 {
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	if len(w.window) == 0 {
		select {
		case next := <-w.items:
			w.window = append(w.window, next)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	w.waiting(w.window)
	return ctx.Err()
}

func (w *worker) save(ctx context.Context) error {
	data, err := json.Marshal(w.position)
	if err != nil {
		return fmt.Errorf("encode position: %w", err)
	}
	w.revision, err = w.deps.Positions.Put(ctx, w.positionKey(), data, w.revision)
	if err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	w.unsaved = 0
	if err := w.deps.Bus.Trim(ctx, w.subject, w.position.Position); err != nil {
		return fmt.Errorf("trim what was told: %w", err)
	}
	return nil
}

// deliver brings the receiver up to date with the alert of a notification, however long that takes. It returns
// an error only when the store fails, the lane is lost or ctx ends.
func (w *worker) deliver(ctx context.Context, head item) (result string, err error) {
	if head.broken != nil {
		return resultDead, w.park(ctx, head, nil, fmt.Errorf("unreadable notification: %w", head.broken))
	}
	if head.Canary != "" {
		catcher, ok := w.notifier.(Catcher)
		if !ok {
			return resultDead, w.park(ctx, head, nil, errors.New("this kind of receiver takes no canaries"))
		}
		return resultDelivered, catcher.Catch(ctx, head.Canary)
	}
	for attempt := 0; ; attempt++ {
		s, err := w.open(ctx, head)
		if err != nil {
			return "", err
		}
		if s == nil {
			return resultDead, w.park(ctx, head, nil, errors.New("the alert is not known any more"))
		}
		if s.finished() {
			return resultCoalesced, w.spread(ctx, s)
		}
		telling := w.tell(ctx, s)
		switch {
		case telling == nil:
			w.delivered(head, s)
			return resultDelivered, w.spread(ctx, s)
		case ctx.Err() != nil || s.broken != nil:
			return "", errors.Join(s.broken, ctx.Err())
		}
		if result, done, err := w.refused(ctx, head, s, telling, attempt); done || err != nil {
			return result, err
		}
	}
}

// delivered keeps the books on a success.
func (w *worker) delivered(head item, s *telling) {
	w.told(nil)
	w.deps.Tracer.Stage(head.EventID, trace.Notify, w.name, head.delivery.Time, time.Now(), "receiver", w.name, "alert_id", head.AlertID)
	if s.notice != nil {
		w.log.Info("notice sent", zap.String("notice_id", s.notice.ID))
		return
	}
	fields := []zap.Field{zap.String("alert_id", head.AlertID), zap.Int("alerts", len(s.alerts))}
	if s.first && !head.Received.IsZero() {
		took := time.Since(head.Received)
		w.metrics.toNotify.Observe(took.Seconds())
		fields = append(fields, zap.Duration("took", took))
	}
	w.log.Info("alert sent", fields...)
}

// refused decides what follows a failed attempt: the dead letters, or another attempt after a pause.
func (w *worker) refused(ctx context.Context, head item, s *telling, cause error, attempt int) (result string, done bool, err error) {
	if _, ok := errors.AsType[*PermanentError](cause); ok {
		w.told(nil) // it answers
		if len(s.alerts) == 1 {
			return resultDead, true, w.park(ctx, head, s.alerts[0], cause)
		}
		w.single = len(w.window)
		return "", false, s.unfold(ctx)
	}
	if _, answers := errors.AsType[*RetryAfterError](cause); !answers {
		w.told(cause)
	}
	w.count(resultRetried)
	after := pause(attempt, cause)
	w.log.Warn("notification tried again", zap.String("alert_id", head.id()), zap.Int("attempt", attempt+1),
		zap.Duration("retry_in", after), zap.Error(cause))
	return "", false, sleep(ctx, after)
}

// park puts a notification among the dead letters.
func (w *worker) park(ctx context.Context, head item, a *alert.Alert, cause error) error {
	data, err := json.Marshal(letter{Receiver: w.name, Note: head.notification, Alert: a})
	if err == nil && len(data) > bus.MaxLetter { // what is kept has to be enough to send it again
		data, err = json.Marshal(letter{Receiver: w.name, Note: head.notification})
	}
	if err != nil {
		return fmt.Errorf("encode dead letter: %w", err)
	}
	id := fmt.Sprintf("%s/%s/%d", w.name, head.id(), head.delivery.Sequence)
	if err := w.deps.Bus.Park(ctx, DeadStage, id, cause.Error(), data); err != nil {
		return fmt.Errorf("park notification of alert %s: %w", head.id(), err)
	}
	w.log.Error("notification refused for good", zap.String("alert_id", head.id()), zap.Error(cause))
	return nil
}

// pause is how long to wait before the next attempt: what the service asks for, else doubling up to 30 seconds,
// a little less at random so that many do not come together.
func pause(attempt int, cause error) time.Duration {
	if wait, ok := errors.AsType[*RetryAfterError](cause); ok && wait.After > 0 {
		return wait.After
	}
	d := min(firstPause<<min(attempt, 10), mostPause)
	return d - time.Duration(rand.Int64N(int64(d/5)))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
