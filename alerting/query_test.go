package alerting_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// shelf is an embedded store of alerts, and what ought to be in it.
type shelf struct {
	kv    *bus.KV
	query *alerting.Query
	want  map[string]*alert.Alert
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.DefaultConfig(), t.TempDir(), zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.WithoutCancel(t.Context())) })
	kv := b.KV(bus.Alerts)
	return &shelf{kv, &alerting.Query{State: b.KV(bus.State), Alerts: kv, Log: b, Shards: 16}, map[string]*alert.Alert{}}
}

func key(n int, id string) string { return bus.Key("alert", fmt.Sprint(n%16), id) }

// put stores alert n in some state.
func (s *shelf) put(n int, change func(*alert.Alert)) bus.KVWrite {
	a := notifytest.CharityWebsite()
	a.ID = alert.NewID(fmt.Sprint(n))
	a.FirstSeen = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	a.LastSeen = a.FirstSeen
	if change != nil {
		change(a)
	}
	s.want[a.ID] = a
	value, err := json.Marshal(&incident.Incident{Alert: *a})
	if err != nil {
		panic(err)
	}
	return bus.KVWrite{Key: key(n, a.ID), Value: value, Expect: bus.AnyRevision}
}

func (s *shelf) store(t testing.TB, writes ...bus.KVWrite) {
	t.Helper()
	for some := range slices.Chunk(writes, 4096) {
		if _, err := s.kv.PutAll(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
}

// all reads every page of a filter.
func (s *shelf) all(t testing.TB, f alert.Filter, limit int) []string {
	t.Helper()
	var ids []string
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := s.query.Page(t.Context(), f, limit, cursor)
		if err != nil || len(page.Alerts) > limit {
			t.Fatalf("%d alerts, %v", len(page.Alerts), err)
		}
		for _, a := range page.Alerts {
			ids = append(ids, a.ID)
		}
		if cursor = page.Next; cursor != "" && len(page.Alerts) == 0 {
			t.Fatal("a page without alerts is not the last")
		}
	}
	return ids
}

func (s *shelf) check(t *testing.T, when string) {
	t.Helper()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, f := range map[string]alert.Filter{
		"all": {}, "open": {Status: []alert.Status{alert.Open}}, "bucket": {Bucket: "second"}, "severe": {Severity: []alert.Severity{alert.Critical, alert.High}},
		"since": {Since: noon.Add(20 * time.Minute)}, "none": {Bucket: "third"},
	} {
		var want []*alert.Alert
		for _, a := range s.want {
			if f.Matches(a) {
				want = append(want, a)
			}
		}
		slices.SortFunc(want, func(a, b *alert.Alert) int { return cmp.Or(b.FirstSeen.Compare(a.FirstSeen), cmp.Compare(a.ID, b.ID)) })
		var ids []string
		for _, a := range want {
			ids = append(ids, a.ID)
		}
		for _, limit := range []int{1, 7, 1000} {
			if got := s.all(t, f, limit); !slices.Equal(got, ids) {
				t.Errorf("%s, %s by %d: %d alerts, want %d in their order", when, name, limit, len(got), len(ids))
			}
		}
	}
	if _, all, err := s.query.Tally(t.Context()); err != nil || all != len(s.want) {
		t.Errorf("%s: %d alerts counted, want %d, %v", when, all, len(s.want), err)
	}
}

// TestPagesHoldEveryAlertOnce, in order and as they are filtered, while alerts come, change and go.
func TestPagesHoldEveryAlertOnce(t *testing.T) {
	s := newShelf(t)
	s.check(t, "empty")
	dice := rand.New(rand.NewPCG(1, 2))
	shape := func(a *alert.Alert) {
		a.Status = alert.Statuses()[dice.IntN(4)]
		a.Severity = alert.Severities()[dice.IntN(5)]
		if a.Buckets = nil; dice.IntN(3) == 0 {
			a.Buckets = []alert.BucketState{{Bucket: a.Bucket}, {Bucket: "second"}}
		}
	}
	for round := range 3 {
		var writes []bus.KVWrite
		for _, n := range dice.Perm(60)[:30] {
			writes = append(writes, s.put(n, shape))
		}
		s.store(t, writes...)
		s.check(t, fmt.Sprint("round ", round))
		for _, n := range dice.Perm(60)[:5] {
			id := alert.NewID(fmt.Sprint(n))
			delete(s.want, id)
			s.store(t, bus.KVWrite{Key: key(n, id), Delete: true, Expect: bus.AnyRevision})
		}
		s.check(t, fmt.Sprint("deleted in round ", round))
	}
	for _, cursor := range []string{"x", "-", "!-id"} {
		if _, err := s.query.Page(t.Context(), alert.Filter{}, 5, cursor); !errors.Is(err, alerting.ErrCursor) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

// BenchmarkPageOfAHundredThousand reads the first page of 100,000 closed alerts.
func BenchmarkPageOfAHundredThousand(b *testing.B) {
	s := newShelf(b)
	var writes []bus.KVWrite
	for n := range 100_000 {
		writes = append(writes, s.put(n, nil))
	}
	s.store(b, writes...)
	if err := s.query.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		page, err := s.query.Page(b.Context(), alert.Filter{}, 500, "")
		if err != nil || len(page.Alerts) != 500 {
			b.Fatal(len(page.Alerts), err)
		}
	}
}

func TestStoriesAreReadFromTheStore(t *testing.T) {
	s := newShelf(t)
	first := alert.NewID("0")
	in := func(status alert.Status, severity alert.Severity) func(*alert.Alert) {
		return func(a *alert.Alert) {
			a.Status, a.Severity = status, severity
			a.Story = &alert.StoryRef{ID: first, Severity: alert.Low, Alerts: 1, Actor: "eve"}
		}
	}
	s.store(t, s.put(0, in(alert.Open, alert.Low)), s.put(1, in(alert.Open, alert.High)), s.put(2, nil), s.put(3, in(alert.Resolved, alert.Critical)))
	page, err := s.query.Stories(t.Context(), 1, "")
	if err != nil || len(page.Stories) != 1 || page.Stories[0].ID != alert.NewID("2") {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = s.query.Stories(t.Context(), 1, page.Next); err != nil || len(page.Stories) != 1 || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	got := page.Stories[0]
	var parts []string
	for _, p := range got.Parts {
		parts = append(parts, p.AlertID)
	}
	if want := []string{first, alert.NewID("1"), alert.NewID("3")}; !slices.Equal(parts, want) || got.Severity != alert.High || got.Alerts != 3 || got.Actor != "eve" {
		t.Errorf("%s story of %s with %v, want %v", got.Severity, got.Actor, parts, want)
	}
	a, err := s.query.Get(t.Context(), first)
	if err != nil || *a.Story != (alert.StoryRef{ID: first, Severity: alert.High, Alerts: 3, Actor: "eve"}) {
		t.Errorf("%+v, %v", a.Story, err)
	}
	if _, err := s.query.Story(t.Context(), alert.NewID("1")); !errors.Is(err, alerting.ErrNoStory) {
		t.Errorf("an alert that is a part has a story: %v", err)
	}
	if one, err := s.query.Story(t.Context(), alert.NewID("2")); err != nil || len(one.Parts) != 1 {
		t.Errorf("%+v, %v", one, err)
	}
	// The first alert expires before the others.
	s.store(t, bus.KVWrite{Key: key(0, first), Delete: true, Expect: bus.AnyRevision})
	if one, err := s.query.Story(t.Context(), first); err != nil || one.ID != first || len(one.Parts) != 2 {
		t.Errorf("%+v, %v", one, err)
	}
	if page, err := s.query.Stories(t.Context(), 10, ""); err != nil || len(page.Stories) != 2 {
		t.Errorf("%d stories, %v", len(page.Stories), err)
	}
}
