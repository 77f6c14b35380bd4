package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

func TestMuteTimes(t *testing.T) {
	cfg := load(t, `
receivers: [{name: soc, console: {}}, {name: desk, console: {}}]
routes:
  - {mute: ["22:00-06:00", "sat,sun"], mute_zone: Europe/Berlin, receivers: [desk], continue: true}
  - {receivers: [soc]}
`)
	if problems := faults(cfg); problems != nil {
		t.Fatal(problems)
	}
	for at, want := range map[string]bool{ // whether the desk is told; Berlin is an hour ahead
		"2026-03-13T12:00:00Z": true,  // Friday
		"2026-03-13T20:59:00Z": true,  //
		"2026-03-13T21:00:00Z": false, // 22:00 in Berlin
		"2026-03-14T12:00:00Z": false, // Saturday
		"2026-03-15T22:30:00Z": false, // Sunday
		"2026-03-16T04:59:00Z": false, // Monday 05:59 in Berlin
		"2026-03-16T05:00:00Z": true,
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		c := notify.Clocked{Config: cfg, Now: func() time.Time { return now }}
		got := c.Route(notifytest.KopsState())
		if slices.Contains(got.Receivers, "desk") != want || !slices.Contains(got.Receivers, "soc") || (c.Muted() == "") != want {
			t.Errorf("%s: %v, muted routes %q", at, got.Receivers, c.Muted())
		}
		if !want && !strings.Contains(strings.Join(got.Steps, "\n"), "route 1 matched, but is muted now") {
			t.Errorf("%s: %q", at, got.Steps)
		}
	}
}

func TestSpans(t *testing.T) {
	for text, ok := range map[string]bool{
		"mon-fri 18:00-24:00": true, "SAT": true, "fri-mon": true, "00:00-24:00": true, "": false, "someday": false, "8-9": false,
		"08:00": false, "08:00-08:00": false, "mon 25:00-26:00": false, "mon tue": false, "mon 08:00-09:00 x": false,
	} {
		if err := new(notify.Span).UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	cfg := load(t, `{receivers: [{name: a, console: {}}], routes: [{receivers: [a], mute: "sat", mute_zone: Nowhere/Land}]}`)
	if problems := faults(cfg); len(problems) != 1 || !strings.Contains(problems[0], "routes[0].mute_zone: is no time zone") {
		t.Errorf("faults: %q", problems)
	}
}

func FuzzSpan(f *testing.F) {
	f.Add("mon-fri 18:00-24:00")
	f.Add("sat,sun")
	f.Fuzz(func(_ *testing.T, text string) { _ = new(notify.Span).UnmarshalText([]byte(text)) })
}
