package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// standing says where the pages of an alert stand, in the order of the receivers' names: "PagerDuty: triggered (oncall)".
// It is "" if nobody is to be paged.
// What this lane's own receiver was told is own.
func (l *lane) standing(ctx context.Context, a *alert.Alert, own Told) (string, error) {
	var all []string
	for _, other := range l.all() {
		pager, ok := other.notifier.(Pager)
		if !ok || !slices.Contains(a.Receivers, other.name) {
			continue
		}
		told, err := own, error(nil)
		if other != l {
			told, err = other.knows(ctx, a.ID)
		}
		if err != nil {
			return "", err
		}
		all = append(all, fmt.Sprintf("%s (%s)", pager.Standing(told), other.name))
	}
	return strings.Join(all, ", "), nil
}

// knows is what the lane's receiver was told of an alert.
func (l *lane) knows(ctx context.Context, id string) (Told, error) {
	var told Told
	entry, ok, err := l.deps.Told.Get(ctx, l.toldKey(id))
	if err != nil {
		return told, fmt.Errorf("load what %s was told of alert %s: %w", l.name, id, err)
	}
	if ok {
		if err := json.Unmarshal(entry.Value, &told); err != nil {
			return told, fmt.Errorf("read what %s was told of alert %s: %w", l.name, id, err)
		}
	}
	return told, nil
}

// look takes in where the pages stand, if the receiver's message shows that.
func (s *telling) look(ctx context.Context) (err error) {
	if _, shows := s.w.notifier.(Shower); !shows || s.notice != nil || len(s.alerts) > 1 || len(s.told[0].Digest) > 0 {
		return nil
	}
	s.told[0].Standing, err = s.w.standing(ctx, s.alerts[0], s.told[0])
	return err
}

// outdated reports whether there is a message that shows where the pages stood before.
func (s *telling) outdated() bool {
	told := &s.told[0]
	return len(s.alerts) == 1 && told.outdated()
}

func (t *Told) outdated() bool {
	return t.TS != "" && !t.Fixed && len(t.Digest) == 0 && t.Standing != "" && t.Standing != t.Stands
}

// spread has the receivers that show where the pages stand look again, if their message of the alert is there already.
func (w *worker) spread(ctx context.Context, s *telling) error {
	if _, pages := w.notifier.(Pager); !pages || s.notice != nil {
		return nil
	}
	a := s.alerts[0]
	for _, other := range w.all() {
		if _, shows := other.notifier.(Shower); !shows || !slices.Contains(a.Receivers, other.name) {
			continue
		}
		told, err := other.knows(ctx, a.ID)
		if err != nil {
			return err
		}
		if told.TS == "" {
			continue // shown when it is told
		}
		if told.Standing, err = w.standing(ctx, a, s.told[0]); err != nil {
			return err
		}
		if !told.outdated() {
			continue
		}
		data, err := json.Marshal(notification{AlertID: a.ID, Revision: a.Revision, Severity: a.Severity, Ended: !a.Status.Live()})
		if err != nil {
			return fmt.Errorf("encode notification of alert %s: %w", a.ID, err)
		}
		m := bus.Message{Subject: other.subject, ID: bus.Key("standing", other.name, a.ID, told.Standing), Data: data}
		if err := w.deps.Bus.Publish(ctx, m); err != nil {
			return fmt.Errorf("queue where the page of alert %s stands: %w", a.ID, err)
		}
	}
	return nil
}

// Told names the receivers that were told of an alert, in their order.
func (o *Outbox) Told(ctx context.Context, id string) ([]string, error) {
	var all []string
	for _, l := range o.lanes {
		told, err := l.knows(ctx, id)
		if err != nil {
			return nil, err
		}
		if told.Revision > 0 || told.TS != "" {
			all = append(all, l.name)
		}
	}
	return all, nil
}
