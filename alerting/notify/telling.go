package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// telling is what has to be told together: one alert, or all that share a digest, each with what the receiver
// has been told of it.
type telling struct {
	w         *worker
	alerts    []*alert.Alert
	told      []Told
	revisions []uint64  // of the stored told
	notice    *Notice   // what is told instead of the one alert, of which nothing but the id is true; nil: an alert
	first     bool      // nothing had been told of the first alert
	received  time.Time // when the event behind the notification came in
	broken    error     // the store failed: what is stored is not known any more
}

// open loads what a notification is about in its present state; nil when its alert is gone. When enough others
// wait that nothing was told of either, they come along.
func (w *worker) open(ctx context.Context, head item) (*telling, error) {
	if head.Notice != nil {
		return w.openNotice(ctx, head.Notice)
	}
	s := &telling{w: w, received: head.Received}
	known, err := s.add(ctx, head.AlertID)
	if err != nil || !known {
		return nil, err
	}
	s.first = s.told[0].Revision == 0
	digester, ok := w.notifier.(Digester)
	if !ok {
		return s, s.look(ctx)
	}
	if members := s.told[0].Digest; len(members) > 0 {
		if s.finished() {
			return s, nil // told with the others: none of them has to be looked at for this one
		}
		return w.openDigest(ctx, s, members)
	}
	if w.single == 0 && foldable(s.alerts[0], s.told[0]) {
		if err := s.gather(ctx, digester.Most()); err != nil {
			return s, err
		}
	}
	return s, s.look(ctx)
}

// openDigest loads all alerts of a digest in their order.
func (w *worker) openDigest(ctx context.Context, s *telling, members []string) (*telling, error) {
	all := &telling{w: w, first: s.first}
	for _, id := range members {
		if _, err := all.add(ctx, id); err != nil {
			return nil, err
		}
	}
	if len(all.alerts) < 2 || all.alerts[0].ID != members[0] {
		// Those that led are gone: what is left of the digest cannot be changed any more.
		s.told[0] = Told{Revision: s.alerts[0].Revision}
		return s, nil
	}
	return all, nil
}

// gather takes in the alerts of the window nothing was told of, if they are enough for a digest.
func (s *telling) gather(ctx context.Context, most int) error {
	ids := []string{s.alerts[0].ID}
	critical := s.alerts[0].Severity == alert.Critical && s.alerts[0].Status.Live()
	for i := range s.w.window {
		next := &s.w.window[i]
		urgent := next.Severity == alert.Critical && !next.Ended
		// What is critical shares a message with its like only.
		if next.AlertID != "" && next.result == "" && urgent == critical && !slices.Contains(ids, next.AlertID) {
			if ids = append(ids, next.AlertID); len(ids) == 4*most {
				break
			}
		}
	}
	if len(ids) < foldFrom {
		return nil
	}
	all := &telling{w: s.w, alerts: s.alerts, told: s.told, revisions: s.revisions}
	for _, id := range ids[1:] {
		if len(all.alerts) == most {
			break
		}
		known, err := all.add(ctx, id)
		if err != nil {
			return err
		}
		if last := len(all.alerts) - 1; known && !foldable(all.alerts[last], all.told[last]) {
			all.alerts, all.told, all.revisions = all.alerts[:last], all.told[:last], all.revisions[:last]
		}
	}
	if len(all.alerts) >= foldFrom {
		s.alerts, s.told, s.revisions = all.alerts, all.told, all.revisions
	}
	return nil
}

// foldable reports whether an alert may first be told in a digest.
func foldable(a *alert.Alert, told Told) bool {
	told.Received, told.Took, told.Standing = time.Time{}, 0, ""
	return reflect.ValueOf(told).IsZero() && a.Status != alert.Suppressed && len(a.Buckets) <= foldNames
}

// add loads one more alert; known is false when it is gone.
func (s *telling) add(ctx context.Context, id string) (known bool, err error) {
	a, err := s.w.deps.Store.Alert(ctx, id)
	if err != nil {
		return false, fmt.Errorf("load alert %s: %w", id, err)
	}
	if a == nil {
		return false, nil
	}
	return true, s.addAlert(ctx, a)
}

// addAlert loads what was told of an alert.
func (s *telling) addAlert(ctx context.Context, a *alert.Alert) error {
	id := a.ID
	entry, ok, err := s.w.deps.Told.Get(ctx, s.w.toldKey(id))
	if err != nil {
		return fmt.Errorf("load what was told of alert %s: %w", id, err)
	}
	var told Told
	if ok {
		if err := json.Unmarshal(entry.Value, &told); err != nil {
			return fmt.Errorf("read what was told of alert %s: %w", id, err)
		}
		told.Unsure = !told.Attempting.IsZero() && !s.w.sure[id]
	}
	s.alerts, s.told, s.revisions = append(s.alerts, a), append(s.told, told), append(s.revisions, entry.Revision)
	return nil
}

func (l *lane) toldKey(id string) string { return bus.Key("told", l.name, id) }

// finished reports whether the receiver knows all there is to know. An alert that was suppressed before anybody
// was told of it is not worth a word.
func (s *telling) finished() bool {
	for i, a := range s.alerts {
		quiet := a.QuietFor(s.w.name) && s.told[i].Revision == 0 && s.told[i].Attempting.IsZero() && s.told[i].TS == ""
		if s.told[i].Revision < a.Revision && !quiet {
			return false
		}
	}
	return !s.outdated()
}

// tell takes step after step until all is told, and stores what was told after each.
func (w *worker) tell(ctx context.Context, s *telling) error {
	for !s.finished() {
		if err := w.fence.Err(); err != nil {
			s.broken = err
			return err
		}
		told, err := s.step(ctx)
		if storing := s.save(ctx, told); storing != nil {
			s.broken = storing
			return storing
		}
		if err != nil {
			return err
		}
		if err := s.look(ctx); err != nil {
			s.broken = err
			return err
		}
	}
	return nil
}

func (s *telling) step(ctx context.Context) ([]Told, error) {
	if len(s.alerts) > 1 {
		return s.w.notifier.(Digester).TellDigest(ctx, s.alerts, s.told)
	}
	if s.notice != nil {
		teller, ok := s.w.notifier.(Noticer)
		if !ok {
			return s.told, &PermanentError{errors.New("this kind of receiver takes no notices")}
		}
		told, err := teller.TellNotice(ctx, s.notice, s.told[0])
		return []Told{told}, err
	}
	before := s.told[0]
	if _, shows := s.w.notifier.(Shower); shows && s.first && before.Received.IsZero() {
		before.Received = s.received
	}
	told, err := s.w.notifier.Tell(ctx, s.alerts[0], before)
	return []Told{told}, err
}

// save stores what has changed. The first alert is the one from which an interrupted digest is resumed: it is
// stored first when something is announced, and last when that is done.
func (s *telling) save(ctx context.Context, told []Told) error {
	done := !s.told[0].Attempting.IsZero() && told[0].Attempting.IsZero()
	for i := range told {
		if done {
			i = len(told) - 1 - i
		}
		if err := s.saveOne(ctx, i, told[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *telling) saveOne(ctx context.Context, i int, told Told) error {
	id, was := s.alerts[i].ID, s.told[i]
	s.told[i] = told
	if told.Plain && !was.Plain {
		s.w.count(resultPlain)
	}
	if told.Attempting.IsZero() || told.Unsure {
		delete(s.w.sure, id)
	} else {
		s.w.sure[id] = true
	}
	told.Unsure, was.Unsure, told.Standing, was.Standing = false, false, "", ""
	if reflect.DeepEqual(told, was) {
		return nil
	}
	data, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("encode what was told of alert %s: %w", id, err)
	}
	s.revisions[i], err = s.w.deps.Told.Put(ctx, s.w.toldKey(id), data, s.revisions[i])
	if err != nil {
		return fmt.Errorf("store what was told of alert %s: %w", id, err)
	}
	return nil
}

// unfold gives a digest up that will never be accepted, so that its alerts are told one by one.
func (s *telling) unfold(ctx context.Context) error {
	return s.save(ctx, make([]Told, len(s.told)))
}
