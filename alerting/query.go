package alerting

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// ErrNoAlert says that no stored alert has the id.
var ErrNoAlert = errors.New("no such alert")

// Query reads what the stage has stored, from any process.
type Query struct {
	State, Alerts Store
	Log           Log
	Shards        int
}

// List gives every stored alert, newest first.
func (q *Query) List(ctx context.Context) ([]*alert.Alert, error) {
	latest := map[string]*alert.Alert{}
	err := q.Alerts.Range(ctx, bus.Key("alert"), func(x bus.Entry) error {
		var i incident.Incident
		if err := json.Unmarshal(x.Value, &i); err != nil {
			return fmt.Errorf("value of %s: %w", x.Key, err)
		}
		latest[x.Key] = i.Public()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return slices.SortedFunc(maps.Values(latest), func(a, b *alert.Alert) int {
		return cmp.Or(b.FirstSeen.Compare(a.FirstSeen), cmp.Compare(a.ID, b.ID))
	}), nil
}

// find gives a stored incident and its shard.
func (q *Query) find(ctx context.Context, id string) (*incident.Incident, int, error) {
	for shard := range q.Shards {
		x, ok, err := q.Alerts.Get(ctx, alertKey(shard, id))
		if err != nil {
			return nil, 0, fmt.Errorf("read alert %s: %w", id, err)
		}
		if !ok {
			continue
		}
		var i incident.Incident
		if err := json.Unmarshal(x.Value, &i); err != nil {
			return nil, 0, fmt.Errorf("value of %s: %w", x.Key, err)
		}
		return &i, shard, nil
	}
	return nil, 0, ErrNoAlert
}

// Get gives one alert; ErrNoAlert if there is none with the id.
func (q *Query) Get(ctx context.Context, id string) (*alert.Alert, error) {
	i, _, err := q.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return i.Public(), nil
}

// Alert is Get for the notification lanes: nil without an error if there is no such alert any more.
func (q *Query) Alert(ctx context.Context, id string) (*alert.Alert, error) {
	a, err := q.Get(ctx, id)
	if errors.Is(err, ErrNoAlert) {
		return nil, nil //nolint:nilnil // the lane's own contract.
	}
	return a, err
}

// Command puts a person's word into the lane of the alert's shard. It is carried out in its turn.
func (q *Query) Command(ctx context.Context, cmd incident.Command) error {
	_, shard, err := q.find(ctx, cmd.AlertID)
	if err != nil {
		return err
	}
	return command(ctx, q.Log, shard, cmd)
}

// command queues a command in the lane of a shard.
func command(ctx context.Context, log Log, shard int, cmd incident.Command) error {
	data, err := json.Marshal(cmd)
	if err != nil {
		return fmt.Errorf("encode command: %w", err)
	}
	if err := log.Publish(ctx, bus.Message{Subject: bus.FindingsSubject(shard), ID: commandID(cmd), Data: data}); err != nil {
		return fmt.Errorf("queue command: %w", err)
	}
	return nil
}

func commandID(cmd incident.Command) string {
	parts := []string{cmd.AlertID, cmd.Action, cmd.By, cmd.Reason, cmd.At.Format(time.RFC3339Nano)}
	if cmd.Look != nil {
		parts = append(parts, cmd.Look.Bucket)
	}
	return commandPrefix + alert.NewID(parts...)
}

// Counts adds up the ledger of all shards as it was last stored.
func (q *Query) Counts(ctx context.Context) (AlertCounts, error) {
	latest := map[string]AlertCounts{}
	err := q.State.Range(ctx, bus.Key("alerting"), func(x bus.Entry) error {
		var e journalEntry
		if err := unpack(x.Value, &e); err != nil {
			return fmt.Errorf("value of %s: %w", x.Key, err)
		}
		latest[x.Key] = e.Counts
		return nil
	})
	if err != nil {
		return AlertCounts{}, fmt.Errorf("read alerting counts: %w", err)
	}
	var sum AlertCounts
	for _, c := range latest {
		sum.Add(c)
	}
	return sum, nil
}
