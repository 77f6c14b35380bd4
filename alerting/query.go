package alerting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// ErrNoAlert says that no stored alert has the id.
var ErrNoAlert = errors.New("no such alert")

// Query reads what the stage has stored, from any process. It is safe for concurrent use.
type Query struct {
	State, Alerts Store
	Log           Log
	Shards        int

	index index
}

const (
	// pageReads is how many alerts of a page are read at once, and pageBytes after how many stored bytes a page ends before
	// its limit.
	pageReads = 32
	pageBytes = 16 << 20
)

// Page gives at most limit alerts that match the filter, newest first, behind the alert that the cursor names. The error
// is ErrCursor for a cursor that no page came with.
func (q *Query) Page(ctx context.Context, f alert.Filter, limit int, cursor string) (alert.Page, error) {
	page := alert.Page{Alerts: []*alert.Alert{}}
	entries, stories, err := q.index.latest(ctx, q.Alerts)
	if err != nil {
		return page, err
	}
	at, err := behind(entries, cursor)
	if err != nil {
		return page, err
	}
	for size := 0; len(page.Alerts) < limit && size < pageBytes; {
		page.Next = ""
		var some []*indexed
		for ; at < len(entries) && len(some) < min(pageReads, limit-len(page.Alerts)); at++ {
			if e := &entries[at]; e.may(&f) {
				some = append(some, e)
			}
		}
		if len(some) == 0 {
			return page, nil
		}
		read, bytes, err := q.read(ctx, some)
		if err != nil {
			return page, err
		}
		stories.stamp(entries, read...)
		page.Alerts = append(page.Alerts, slices.DeleteFunc(read, func(a *alert.Alert) bool { return a == nil || !f.Matches(a) })...)
		size += bytes
		page.Next = some[len(some)-1].cursor()
	}
	if !slices.ContainsFunc(entries[at:], func(e indexed) bool { return e.may(&f) }) {
		page.Next = ""
	}
	return page, nil
}

// read gives the stored alerts of entries, nil for those that are gone, and how many bytes they took.
func (q *Query) read(ctx context.Context, entries []*indexed) ([]*alert.Alert, int, error) {
	alerts, sizes := make([]*alert.Alert, len(entries)), make([]int, len(entries))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(pageReads)
	for n, e := range entries {
		g.Go(func() error {
			i, size, err := q.get(ctx, int(e.shard), e.id)
			if i != nil {
				alerts[n], sizes[n] = i.Public(), size
			}
			return err
		})
	}
	err := g.Wait()
	size := 0
	for _, s := range sizes {
		size += s
	}
	return alerts, size, err
}

// warmAgain is the time between two attempts to read the list.
const warmAgain = 5 * time.Second

// Warm reads the list of the stored alerts, so that the first who asks for it need not wait. It returns nil once it is read,
// or when ctx ends; who asks meanwhile is told what fails.
func (q *Query) Warm(ctx context.Context) error {
	for {
		if _, err := q.index.refresh(ctx, q.Alerts); err == nil {
			return nil
		}
		again := time.NewTimer(warmAgain)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil
		}
	}
}

// Tally counts the stored alerts, and those that are open or acknowledged.
func (q *Query) Tally(ctx context.Context) (live, all int, err error) {
	entries, err := q.index.refresh(ctx, q.Alerts)
	for i := range entries {
		if entries[i].status.Live() {
			live++
		}
	}
	return live, len(entries), err
}

// Each calls visit for every stored alert, in no order. One that changes meanwhile may come twice.
func (q *Query) Each(ctx context.Context, visit func(*alert.Alert) error) error {
	err := q.Alerts.Range(ctx, bus.Key("alert"), func(x bus.Entry) error {
		var i incident.Incident
		if err := json.Unmarshal(x.Value, &i); err != nil {
			return fmt.Errorf("value of %s: %w", x.Key, err)
		}
		return visit(i.Public())
	})
	if err != nil {
		return fmt.Errorf("list alerts: %w", err)
	}
	return nil
}

// get gives a stored incident of a shard and its size in bytes; nil if there is none.
func (q *Query) get(ctx context.Context, shard int, id string) (*incident.Incident, int, error) {
	x, ok, err := q.Alerts.Get(ctx, alertKey(shard, id))
	if err != nil {
		return nil, 0, fmt.Errorf("read alert %s: %w", id, err)
	}
	if !ok {
		return nil, 0, nil
	}
	var i incident.Incident
	if err := json.Unmarshal(x.Value, &i); err != nil {
		return nil, 0, fmt.Errorf("value of %s: %w", x.Key, err)
	}
	return &i, len(x.Value), nil
}

// find gives a stored incident and its shard.
func (q *Query) find(ctx context.Context, id string) (*incident.Incident, int, error) {
	for shard := range q.Shards {
		if i, _, err := q.get(ctx, shard, id); i != nil || err != nil {
			return i, shard, err
		}
	}
	return nil, 0, ErrNoAlert
}

// Get gives one alert; ErrNoAlert if there is none with the id.
func (q *Query) Get(ctx context.Context, id string) (*alert.Alert, error) {
	i, _, err := q.find(ctx, id)
	if err != nil {
		return nil, err
	}
	entries, stories, err := q.index.latest(ctx, q.Alerts)
	if err != nil {
		return nil, err
	}
	a := i.Public()
	stories.stamp(entries, a)
	return a, nil
}

// Alert is Get for the notification lanes: nil without an error if there is no such alert any more. Of its story it says what
// was true when the alert last changed.
func (q *Query) Alert(ctx context.Context, id string) (*alert.Alert, error) {
	i, _, err := q.find(ctx, id)
	switch {
	case errors.Is(err, ErrNoAlert):
		return nil, nil //nolint:nilnil // the lane's own contract.
	case err != nil:
		return nil, err
	}
	return i.Public(), nil
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

// Counts adds up the ledger of all shards as it was last stored: of the alerts, and of the findings.
func (q *Query) Counts(ctx context.Context) (alerts AlertCounts, findings FindingCounts, err error) {
	latest := map[string]journalEntry{}
	err = q.State.Range(ctx, bus.Key("alerting"), func(x bus.Entry) error {
		var e journalEntry
		if err := unpack(x.Value, &e); err != nil {
			return fmt.Errorf("value of %s: %w", x.Key, err)
		}
		e.Findings.Restarts = e.Restarts()
		latest[x.Key] = journalEntry{Counts: e.Counts, Findings: e.Findings}
		return nil
	})
	if err != nil {
		return alerts, findings, fmt.Errorf("read alerting counts: %w", err)
	}
	for _, e := range latest {
		alerts.Add(e.Counts)
		findings.add(e.Findings)
	}
	return alerts, findings, nil
}
