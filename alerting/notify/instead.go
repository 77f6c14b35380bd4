package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// instead has another receiver told of an alert that this one refuses for good, unless others are told of it anyway. It is
// the same one for all that comes of the alert later.
func (w *worker) instead(ctx context.Context, head item, s *telling) error {
	if s.notice != nil || head.Instead {
		return nil // nobody is told in the place of who is told in another's
	}
	if s.told[0].Instead == "" {
		told := s.told[0]
		if told.Instead = w.substitute(s.alerts[0]); told.Instead == "" {
			return nil
		}
		if err := s.saveOne(ctx, 0, told); err != nil {
			return err
		}
	}
	return w.follow(ctx, s)
}

// follow keeps who was told in this receiver's place up to date.
func (w *worker) follow(ctx context.Context, s *telling) error {
	for i, a := range s.alerts {
		other := s.told[i].Instead
		if other == "" {
			continue
		}
		n := newNotification(a, s.received)
		n.Instead = true
		data, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("encode notification of alert %s: %w", a.ID, err)
		}
		m := bus.Message{Subject: bus.NotifySubject(other), ID: bus.Key("instead", other, a.ID, strconv.FormatUint(a.Revision, 10)), Data: data}
		if err := w.deps.Bus.Publish(ctx, m); err != nil {
			return fmt.Errorf("queue alert %s for %s instead: %w", a.ID, other, err)
		}
	}
	return nil
}

// substitute names who is told instead: one that can be told now, and shows people the alert; "" if the alert has other
// receivers, or there is none.
func (l *lane) substitute(a *alert.Alert) string {
	if slices.ContainsFunc(a.Receivers, func(name string) bool { return name != l.name }) {
		return ""
	}
	rank := func(other *lane) int {
		n := 2
		if _, shows := other.notifier.(Shower); shows {
			n = 0
		} else if _, pages := other.notifier.(Pager); pages {
			n = 1
		}
		if h := other.health(); h.Refused != nil || h.Trouble != nil {
			n += 3
		}
		return n
	}
	others := slices.DeleteFunc(slices.Clone(l.all()), func(other *lane) bool {
		_, canaries := other.notifier.(Catcher)
		return other == l || canaries
	})
	if len(others) == 0 {
		return ""
	}
	return slices.MinFunc(others, func(x, y *lane) int { return cmp.Or(rank(x)-rank(y), cmp.Compare(x.name, y.name)) }).name
}

// undelivered is an alert that a receiver refused for good, and was not told of since.
type undelivered struct {
	at    time.Time
	cause error
}

// refusedAlert notes that the receiver will not take an alert; a nil cause, that it was told of it after all.
func (l *lane) refusedAlert(id string, cause error) {
	const most = 1000 // remembered
	l.mu.Lock()
	defer l.mu.Unlock()
	if cause == nil {
		delete(l.undelivered, id)
	} else if len(l.undelivered) < most {
		l.undelivered[id] = undelivered{time.Now(), cause}
	}
}

// missing says which alerts the receiver refused for good; nil if there are none.
func (l *lane) missing() error {
	latest := ""
	for id, u := range l.undelivered {
		if latest == "" || u.at.After(l.undelivered[latest].at) {
			latest = id
		}
	}
	if latest == "" {
		return nil
	}
	return fmt.Errorf("%d refused for good, the latest is alert %s: %w; see trailwarden dead list", len(l.undelivered), latest, l.undelivered[latest].cause)
}
