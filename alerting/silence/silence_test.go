package silence_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// memory is a key-value bucket of one process.
type memory struct {
	mu     sync.Mutex
	values map[string]bus.Entry
}

func (m *memory) Get(_ context.Context, key string) (bus.Entry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.values[key]
	return e, ok, nil
}

func (m *memory) Put(_ context.Context, key string, value []byte, expect uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values[key].Revision != expect {
		return 0, &bus.ConflictError{Key: key, Expected: expect}
	}
	m.values[key] = bus.Entry{Key: key, Value: value, Revision: expect + 1}
	return expect + 1, nil
}

func newStore() *silence.Store { return silence.NewStore(&memory{values: map[string]bus.Entry{}}) }

func sample() silence.Silence {
	return silence.Silence{Bucket: "prod-kops-*", Author: "dora", Comment: "rehearsal", StartsAt: noon, EndsAt: noon.Add(2 * time.Hour)}
}

func TestMatchers(t *testing.T) {
	a := notifytest.KopsState()
	a.Rules = []string{"s3-block-weakened", a.RuleID} // how it began, and what it came to
	for name, c := range map[string]struct {
		s    silence.Silence
		want bool
	}{
		"bucket":         {silence.Silence{Bucket: "prod-*"}, true},
		"other bucket":   {silence.Silence{Bucket: "dev-*"}, false},
		"severity":       {silence.Silence{Severity: []alert.Severity{alert.Critical}}, true},
		"other severity": {silence.Silence{Severity: []alert.Severity{alert.Low}, Bucket: "prod-*"}, false},
		"account":        {silence.Silence{Account: "1111*"}, true},
		"rule":           {silence.Silence{Rule: "s3-public-*"}, true},
		"other rule":     {silence.Silence{Rule: "s3-shared"}, false},
		"lesser rule":    {silence.Silence{Rule: "s3-block-weakened"}, false},
		"actor's name":   {silence.Silence{Actor: "dev-anna"}, true},
		"actor's ARN":    {silence.Silence{Actor: "arn:aws:iam::*user/dev-*"}, true},
		"other actor":    {silence.Silence{Actor: "dev-bert", Bucket: "prod-*"}, false},
	} {
		if got := c.s.Matches(a); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
	closed := noon
	a.Buckets = []alert.BucketState{{Bucket: "prod-kops-state"}, {Bucket: "payroll"}}
	if s := sample(); s.Matches(a) {
		t.Error("a silence on one of two open buckets hides both")
	} else if a.Buckets[1].ResolvedAt = &closed; !s.Matches(a) {
		t.Error("the closed bucket counts as well")
	}
	a.Buckets[0].ResolvedAt = &closed
	if s := sample(); s.Matches(a) {
		t.Error("a silence on one of two closed buckets is about both")
	}
}

func TestFaultsOfASilence(t *testing.T) {
	for fault, edit := range map[string]func(*silence.Silence){
		"matches everything":       func(s *silence.Silence) { s.Bucket = "" },
		"bucket must be a pattern": func(s *silence.Silence) { s.Bucket = "[" },
		"author is required":       func(s *silence.Silence) { s.Author = "" },
		"comment is required":      func(s *silence.Silence) { s.Comment = strings.Repeat("x", 501) },
		"not after the start":      func(s *silence.Silence) { s.EndsAt = s.StartsAt },
		"at most 366 days":         func(s *silence.Silence) { s.EndsAt = s.StartsAt.AddDate(2, 0, 0) },
	} {
		s := sample()
		edit(&s)
		if err := s.Check(noon); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v", fault, err)
		}
	}
	if s := sample(); s.Check(noon) != nil {
		t.Error(s.Check(noon))
	}
}

func TestStoringAndExpiring(t *testing.T) {
	s := newStore()
	first, err := s.Add(t.Context(), sample(), noon)
	if err != nil || first.ID == "" {
		t.Fatal(first, err)
	}
	if again, err := s.Add(t.Context(), sample(), noon); err != nil || again.ID != first.ID {
		t.Error("the same again:", again, err)
	}
	var adding sync.WaitGroup
	for _, bucket := range []string{"a", "b", "c", "d"} {
		adding.Go(func() {
			other := sample()
			other.Bucket = bucket
			if _, err := s.Add(t.Context(), other, noon); err != nil {
				t.Error(err)
			}
		})
	}
	adding.Wait()
	all, before, err := s.Load(t.Context())
	if err != nil || len(all) != 5 {
		t.Fatal(all, err)
	}
	at := noon.Add(time.Hour)
	ended, err := s.Expire(t.Context(), first.ID, "dora", at)
	if err != nil || !ended.EndsAt.Equal(at) || ended.Active(at) || !ended.Active(noon) {
		t.Errorf("expired: %+v, %v", ended, err)
	}
	if _, after, err := s.Load(t.Context()); err != nil || after == before {
		t.Error("the change does not show:", err)
	}
	if _, err := s.Expire(t.Context(), "none", "dora", at); !errors.Is(err, silence.ErrNone) {
		t.Error(err)
	}
	later := sample()
	later.EndsAt = noon.AddDate(0, 6, 0)
	if _, err := s.Add(t.Context(), later, noon.AddDate(0, 5, 0)); err != nil {
		t.Fatal(err)
	}
	if all, _, _ := s.Load(t.Context()); len(all) != 1 {
		t.Errorf("%d silences, want those forgotten that ended long ago", len(all))
	}
}

func TestPreviewAndReport(t *testing.T) {
	s := sample()
	s.ID = "s1"
	hid, old, other := notifytest.KopsState(), notifytest.KopsState(), notifytest.CharityWebsite()
	old.LastSeen = old.LastSeen.AddDate(0, -2, 0)
	all := []*alert.Alert{hid, old, other}
	for i, want := range []bool{true, false, false} {
		if got := s.WouldHide(all[i], noon.AddDate(0, 0, -30)); got != want {
			t.Errorf("alert %d would have been hidden: %t", i, got)
		}
	}
	if line := silence.Line(silence.Report([]silence.Silence{s}, all, noon)); line != "no alerts suppressed by silences" {
		t.Error(line)
	}
	hid.SilencedBy, hid.Status = []string{"s1"}, alert.Suppressed
	hid.Updates = append(hid.Updates, alert.Update{Time: noon, Kind: "suppressed"})
	if line := silence.Line(silence.Report([]silence.Silence{s}, all, noon)); line != "Silence s1 by dora (rehearsal): 1 suppressed, 1 still open" {
		t.Error(line)
	}
}
