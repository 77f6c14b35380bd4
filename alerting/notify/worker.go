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
	// holdHead is how long a notification that cannot be told holds up the others; what goes on after it, a call and a pause,
	// ends within a minute. passPause is the pause between two notifications while none can be told.
	holdHead  = 20 * time.Second
	passPause = 2 * time.Second
)

// attempts is what came of the attempts to tell of an alert that could not be told yet.
type attempts struct {
	since time.Time // of the first
	n     int
	until time.Time // before which the next is not made, once the others pass it by; zero until then
}

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

	tried   map[string]attempts // by id, of what could not be told yet
	failing time.Time           // of the first failure since anything could be told

	// sure holds the alerts whose announced effect is known not to have happened: its refusal was heard here.
	sure map[string]bool
}

// work does one notification after the other, the most urgent first.
func (w *worker) work(ctx context.Context) error {
	for {
		if err := w.fill(ctx); err != nil {
			return err
		}
		n := w.turn.next(w.window, w.tried, time.Now())
		if n < 0 {
			if err := w.rest(ctx); err != nil {
				return err
			}
			continue
		}
		next := &w.window[n]
		if next.delivery.Restarted { // what was told already is known by what is stored of its alert
			next.result = resultCoalesced
		} else {
			result, err := w.deliver(ctx, *next)
			if err != nil {
				return err
			}
			if result == "" { // passed by
				continue
			}
			next.result = result
			w.count(result)
			w.single = max(w.single-1, 0)
			delete(w.tried, next.id())
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

// rest waits until another attempt is due, or something new has arrived.
func (w *worker) rest(ctx context.Context) error {
	if w.unsaved > 0 {
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	var due time.Time
	for i := range w.window {
		if tried := w.tried[w.window[i].id()]; w.window[i].result == "" && (due.IsZero() || tried.until.Before(due)) {
			due = tried.until
		}
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	items := w.items
	if len(w.window) >= windowSize {
		items = nil
	}
	select {
	case <-timer.C:
		return nil
	case next := <-items:
		w.window = append(w.window, next)
		return nil
	case <-ctx.Done():
		return ctx.Err()
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

// deliver brings the receiver up to date with the alert of a notification, or leaves it for later once that takes too long:
// the result is empty then. It returns an error only when the store fails, the lane is lost or ctx ends.
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
	for {
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
			return resultDelivered, errors.Join(w.follow(ctx, s), w.spread(ctx, s))
		case ctx.Err() != nil || s.broken != nil:
			return "", errors.Join(s.broken, ctx.Err())
		}
		if result, done, err := w.refused(ctx, head, s, telling); done || err != nil {
			return result, err
		}
	}
}

// delivered keeps the books on a success.
func (w *worker) delivered(head item, s *telling) {
	w.told(nil)
	w.failing = time.Time{}
	for _, a := range s.alerts {
		delete(w.tried, a.ID)
		w.refusedAlert(a.ID, nil)
	}
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

// refused decides what follows a failed attempt: the dead letters, another attempt after a pause, or, with an empty result,
// that the others pass by.
func (w *worker) refused(ctx context.Context, head item, s *telling, cause error) (result string, done bool, err error) {
	if _, ok := errors.AsType[*PermanentError](cause); ok {
		w.told(nil) // it answers
		w.failing = time.Time{}
		if len(s.alerts) == 1 {
			w.refusedAlert(head.id(), cause)
			return resultDead, true, errors.Join(w.instead(ctx, head, s), w.park(ctx, head, s.alerts[0], cause))
		}
		w.single = len(w.window)
		return "", false, s.unfold(ctx)
	}
	wait, answers := errors.AsType[*RetryAfterError](cause)
	if !answers {
		w.told(cause)
	}
	w.count(resultRetried)
	now := time.Now()
	if w.failing.IsZero() {
		w.failing = now
	}
	tried := w.tried[head.id()]
	if tried.n++; tried.since.IsZero() {
		tried.since = now
	}
	after := pause(tried.n-1, cause)
	_, holds := errors.AsType[*CredentialError](cause) // it is the same for all
	passed := !holds && (!tried.until.IsZero() || now.Sub(tried.since) >= holdHead || now.Sub(w.failing) >= holdHead)
	w.log.Warn("notification tried again", zap.String("alert_id", head.id()), zap.Int("attempt", tried.n),
		zap.Duration("retry_in", after), zap.Bool("passed_by", passed), zap.Error(cause))
	if !passed {
		w.tried[head.id()] = tried
		return "", false, sleep(ctx, after)
	}
	stop := min(after, passPause)
	if answers && wait.After > 0 { // it asks for this time for all; the others go first then
		stop, after = wait.After, wait.After+pause(tried.n-1, nil)
	}
	tried.until, w.turn.again = now.Add(after), true
	for _, a := range s.alerts {
		w.tried[a.ID] = tried
	}
	if !answers && now.Sub(w.failing) < holdHead { // others can be told
		return "", true, nil
	}
	return "", true, sleep(ctx, stop)
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
