package alerting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/story"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// index is what a Query remembers of every stored alert: where it is and what lists are narrowed by, about 100 bytes each.
// It is brought up to date from the store whenever it is asked.
type index struct {
	once    sync.Once
	turn    chan struct{} // holds one token: who has it may read and change what follows
	after   bus.Position  // up to which the store was read
	entries []indexed     // newest first; replaced as a whole
	stories stories       // the same by story
}

// indexed is one alert.
type indexed struct {
	id          string
	first, last int64  // Unix milliseconds
	bucket      uint64 // hash of its only bucket's name; 0 if it has several
	shard       uint16
	severity    alert.Severity
	status      alert.Status
	story       string // id; its own for an alert by itself
	steps       story.Steps
}

// compare orders alerts newest first.
func (x *indexed) compare(y *indexed) int {
	return cmp.Or(cmp.Compare(y.first, x.first), cmp.Compare(x.id, y.id))
}

// refresh reads what has changed in the store and gives the entries.
func (x *index) refresh(ctx context.Context, store Store) ([]indexed, error) {
	entries, _, err := x.latest(ctx, store)
	return entries, err
}

// latest is refresh that gives the entries by story as well.
func (x *index) latest(ctx context.Context, store Store) ([]indexed, stories, error) {
	x.once.Do(func() { x.turn = make(chan struct{}, 1) })
	select {
	case x.turn <- struct{}{}:
		defer func() { <-x.turn }()
	case <-ctx.Done():
		return nil, stories{}, fmt.Errorf("list alerts: %w", context.Cause(ctx))
	}
	changed := map[string]*indexed{} // nil: deleted
	after, err := store.Changes(ctx, bus.Key("alert"), x.after, func(e bus.Entry, ok bool) error {
		id := e.Key[strings.LastIndexByte(e.Key, '.')+1:]
		if changed[id] = nil; !ok {
			return nil
		}
		var err error
		changed[id], err = readIndexed(&e)
		return err
	})
	if err != nil {
		return nil, stories{}, fmt.Errorf("list alerts: %w", err)
	}
	if after.Restarts() != x.after.Restarts() {
		x.entries, x.stories = nil, stories{} // another store, or one that has lost its end
	}
	if len(changed) > 0 {
		x.merge(changed)
		x.stories = storiesOf(x.entries)
	}
	x.after = after
	return x.entries, x.stories, nil
}

// readIndexed makes an entry of a stored alert. Its key is alertKey of its shard and id.
func readIndexed(e *bus.Entry) (*indexed, error) {
	var stored struct {
		Story struct {
			Steps story.Steps `json:"steps"`
		} `json:"story"`
		Alert struct {
			Story *struct {
				ID string `json:"id"`
			} `json:"story"`
			ID        string         `json:"id"`
			Status    alert.Status   `json:"status"`
			Severity  alert.Severity `json:"severity"`
			Bucket    string         `json:"bucket"`
			FirstSeen time.Time      `json:"first_seen"`
			LastSeen  time.Time      `json:"last_seen"`
			Buckets   []struct {
				Bucket string `json:"bucket"`
			} `json:"buckets"`
		} `json:"alert"`
	}
	a := &stored.Alert
	err := json.Unmarshal(e.Value, &stored)
	shard, number := 0, strings.Split(e.Key, ".")
	if err == nil && len(number) == 3 {
		shard, err = strconv.Atoi(number[1])
	}
	if err != nil {
		return nil, fmt.Errorf("value of %s: %w", e.Key, err)
	}
	status := a.Status
	if at := slices.Index(alert.Statuses(), status); at >= 0 {
		status = alert.Statuses()[at] // without memory of its own
	}
	out := &indexed{
		id: strings.Clone(a.ID), first: a.FirstSeen.UnixMilli(), last: a.LastSeen.UnixMilli(), bucket: hashOf(a.Bucket),
		shard: uint16(shard), status: status, severity: a.Severity, steps: stored.Story.Steps,
	}
	if out.story = out.id; a.Story != nil && a.Story.ID != out.id {
		out.story = strings.Clone(a.Story.ID)
	}
	for i := range a.Buckets {
		if a.Buckets[i].Bucket != a.Bucket {
			out.bucket = 0
		}
	}
	return out, nil
}

// hashOf is never 0.
func hashOf(bucket string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(bucket)) // never fails
	return h.Sum64() | 1
}

// merge replaces the entries that changed.
func (x *index) merge(changed map[string]*indexed) {
	var fresh []indexed
	for _, e := range changed {
		if e != nil {
			fresh = append(fresh, *e)
		}
	}
	slices.SortFunc(fresh, func(a, b indexed) int { return a.compare(&b) })
	merged := make([]indexed, 0, len(x.entries)+len(fresh))
	for i := range x.entries {
		old := &x.entries[i]
		if _, replaced := changed[old.id]; replaced {
			continue
		}
		for len(fresh) > 0 && fresh[0].compare(old) < 0 {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
		merged = append(merged, *old)
	}
	x.entries = append(merged, fresh...)
}

// may reports whether an alert can match a filter; Filter.Matches tells for sure.
func (x *indexed) may(f *alert.Filter) bool {
	return (len(f.Status) == 0 || slices.Contains(f.Status, x.status)) &&
		(len(f.Severity) == 0 || slices.Contains(f.Severity, x.severity)) &&
		(f.Bucket == "" || x.bucket == 0 || x.bucket == hashOf(f.Bucket)) &&
		(f.Since.IsZero() || x.last >= f.Since.UnixMilli())
}

// ErrCursor says that a cursor is none that a page came with.
var ErrCursor = errors.New("unknown cursor: use the one of the previous page")

// cursor names the alert that a page ended with.
func (x *indexed) cursor() string { return strconv.FormatInt(x.first, 36) + "-" + x.id }

// behind is the index of the first entry behind a cursor.
func behind(entries []indexed, cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	text, id, ok := strings.Cut(cursor, "-")
	first, err := strconv.ParseInt(text, 36, 64)
	if !ok || err != nil {
		return 0, ErrCursor
	}
	at, found := slices.BinarySearchFunc(entries, indexed{first: first, id: id}, func(e, target indexed) int { return e.compare(&target) })
	if found {
		at++
	}
	return at, nil
}
