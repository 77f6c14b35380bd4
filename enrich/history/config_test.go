package history_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/enrich/history"
)

func TestDurationText(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0, "14d0s": 14 * 24 * time.Hour, "90m": 90 * time.Minute,
	} {
		var d history.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s is %v, %v", text, time.Duration(d), err)
		}
	}
	for _, text := range []string{"", "90", "d", "-1d", "1d-2h", "1.5d", "99999999d", "1h1d", "ninety days"} {
		var d history.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %s", text, d)
		}
	}
}

func TestDurationReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := history.Duration(rapid.Int64Range(0, int64(1000*24*time.Hour)).Draw(rt, "d"))
		text, err := want.MarshalText()
		if err != nil {
			rt.Fatal(err)
		}
		var got history.Duration
		if err := got.UnmarshalText(text); err != nil || got != want {
			rt.Fatalf("%s: %v, %v", text, got, err)
		}
	})
}

func TestValidate(t *testing.T) {
	faults := func(change func(*history.Config)) (paths []string) {
		cfg := history.DefaultConfig()
		change(&cfg)
		cfg.Validate(func(path, problem string) {
			if problem == "" {
				t.Error("a fault without words")
			}
			paths = append(paths, path)
		})
		return paths
	}
	for name, c := range map[string]struct {
		change func(*history.Config)
		want   []string
	}{
		"defaults":  {func(*history.Config) {}, nil},
		"nothing":   {func(c *history.Config) { *c = history.Config{} }, []string{"retention", "learning", "dormant", "max_bytes", "event_ids"}},
		"learning":  {func(c *history.Config) { c.Learning = c.Retention }, []string{"learning"}},
		"dormant":   {func(c *history.Config) { c.Dormant = c.Retention * 2 }, []string{"dormant"}},
		"max_bytes": {func(c *history.Config) { c.MaxBytes = 1000 }, []string{"max_bytes"}},
	} {
		if diff := cmp.Diff(c.want, faults(c.change)); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestValidatePrincipal(t *testing.T) {
	var paths []string
	history.Principal{Kind: "robot", Expected: []string{"GetObject", ""}}.Validate(func(path, _ string) { paths = append(paths, path) })
	if diff := cmp.Diff([]string{"match", "kind", "expected[1]"}, paths); diff != "" {
		t.Fatal(diff)
	}
}
