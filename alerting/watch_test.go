package alerting_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/pulse"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

const (
	bank = "111122223333"
	shop = "444455556666"
)

// feed is a world whose lanes grow while they are read, and what its accounts say.
type feed struct {
	*world
	news    chan struct{}
	process string
	growing bool // no alert is expected: the lanes are not read
}

func newFeed() *feed { return &feed{world: newWorld(), process: "first"} }

func (f *feed) Publish(ctx context.Context, msgs ...bus.Message) error {
	if err := f.world.Publish(ctx, msgs...); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range msgs {
		lane := f.lanes[m.Subject]
		if !slices.ContainsFunc(lane, func(d bus.Delivery) bool { return d.ID == m.ID }) {
			f.lanes[m.Subject] = append(lane, bus.Delivery{Subject: m.Subject, Sequence: uint64(len(lane) + 1), ID: m.ID, Data: m.Data})
		}
	}
	select {
	case f.news <- struct{}{}:
	default:
	}
	return nil
}

func (f *feed) Tail(ctx context.Context, subject string, from bus.Position, visit func(bus.Delivery) error) error {
	for after := from.Sequence; ; {
		f.mu.Lock()
		lane := slices.Clone(f.lanes[subject])
		f.mu.Unlock()
		for _, d := range lane {
			if d.Sequence <= after {
				continue
			}
			if err := visit(d); err != nil {
				return err
			}
			after = d.Sequence
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-f.news:
		}
	}
}

// say stores a consuming process's word.
func (f *feed) say(t *testing.T, name string, word consumer.Heard) {
	text, err := json.Marshal(word)
	if err != nil {
		t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	key := bus.Key(consumer.HeardPrefix, f.process, name)
	f.values["state/"+key] = bus.Entry{Key: key, Value: s2.Encode(nil, text), Revision: f.next}
}

// live runs a process for a while in which the sources speak every five minutes. What was heard is told every half minute,
// as the consumer does.
func (f *feed) live(t *testing.T, long time.Duration, listening bool, speakers ...string) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f.news = make(chan struct{}, 1)
		ctx, stop := context.WithTimeout(t.Context(), long)
		defer stop()
		a := alerting.New(alerting.Deps{
			Log: f, State: bucket{f.world, "state"}, Exposure: bucket{f.world, "exposure"}, Alerts: bucket{f.world, "alerts"}, Shards: 1,
			Own: func(ctx context.Context, group string, _ int, run bus.RunFunc) error {
				if f.growing && group == "alerting" { // its clock ticks every second
					<-ctx.Done()
					return context.Cause(ctx)
				}
				return run(ctx, 0, bus.Fence{})
			},
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Now: time.Now,
		}, &alerting.Policy{Rules: rules(), Router: everybody{}, DeadMan: pulse.DefaultConfig(), AccountNames: map[string]string{bank: "bank"}})
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		for tick := 0; ctx.Err() == nil; tick++ {
			if tick%10 == 0 && len(speakers) > 0 {
				f.speak(t, speakers)
			}
			f.say(t, "listening", consumer.Heard{Listening: listening})
			select {
			case err = <-ended:
				return
			case <-ctx.Done():
			case <-time.After(consumer.HeardEvery):
			}
		}
		err = <-ended
	})
	f.passed += long
	return err
}

func (f *feed) speak(t *testing.T, speakers []string) {
	var sources []consumer.Source
	for _, s := range speakers {
		account, region, _ := strings.Cut(s, "/")
		sources = append(sources, consumer.Source{Account: account, Region: region, Newest: time.Now().Add(f.passed).UnixMilli()})
	}
	f.say(t, "0", consumer.Heard{Sources: sources})
}

// want checks the alerts there are, as "severity status account region".
func (f *feed) want(t *testing.T, step string, want ...string) {
	t.Helper()
	var got []string
	for _, a := range f.alerts(t) {
		if a.RuleID != incident.SilentRule {
			t.Errorf("%s: an alert of %s", step, a.RuleID)
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", a.Severity, a.Status, a.AccountID, a.Region))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: alerts (-want +got)\n%s", step, diff)
	}
}

// run is live for a process that nothing happens to.
func (f *feed) run(t *testing.T, long time.Duration, listening bool, speakers ...string) {
	t.Helper()
	if err := f.live(t, long, listening, speakers...); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

var everywhere = []string{bank + "/eu-west-1", bank + "/us-east-1", shop + "/eu-west-1"}

// grown is a feed that has been listened to for more than a week.
func grown(t *testing.T) *feed {
	t.Helper()
	f := newFeed()
	f.growing = true
	f.run(t, 4*24*time.Hour, true, everywhere...)
	f.run(t, 4*24*time.Hour, true, everywhere...) // a restart is no reason to begin anew
	f.growing = false
	f.run(t, time.Hour, true, everywhere...)
	f.want(t, "a week of the usual")
	return f
}

func TestWhoFallsSilentIsToldOnceAndOnlyTheTopmost(t *testing.T) {
	f := grown(t)
	f.run(t, 30*time.Minute, true, everywhere[0], everywhere[2])
	f.want(t, "a region silent for half an hour")
	f.run(t, 90*time.Minute, true, everywhere[0], everywhere[2])
	region := "medium open " + bank + " us-east-1"
	f.want(t, "a region silent for two hours", region)
	told := len(f.told)
	f.run(t, 3*time.Hour, true, everywhere[0], everywhere[2])
	f.want(t, "for five hours and a restart", region)
	if len(f.told) != told {
		t.Errorf("%d messages after the first ones", len(f.told)-told)
	}
	region = strings.Replace(region, "open", "resolved", 1)
	f.run(t, 10*time.Minute, true, everywhere...)
	f.want(t, "the region speaks again", region)

	f.run(t, 3*time.Hour, true, everywhere[2])
	account := "high open " + bank + " unknown"
	f.want(t, "a whole account silent", region, account)
	f.run(t, 3*time.Hour, true)
	whole := "critical open unknown unknown"
	f.want(t, "nobody speaks any more", region, account, whole)
	f.run(t, 10*time.Minute, true, everywhere...)
	account, whole = strings.Replace(account, "open", "resolved", 1), strings.Replace(whole, "open", "resolved", 1)
	f.want(t, "all speak again", region, account, whole)
	f.run(t, 3*time.Hour, true, everywhere...)
	f.want(t, "and go on", region, account, whole)
	for _, a := range f.alerts(t) {
		if a.AccountID == bank && a.AccountName != "bank" || a.Summary == "" || len(a.Factors) != 1 || a.ResolvedReason == nil {
			t.Errorf("an alert says too little: %+v", a)
		}
	}
}

func TestNobodyIsSilentWhileNobodyListens(t *testing.T) {
	f := grown(t)
	f.run(t, 12*time.Hour, false) // a backlog, or a queue that does not answer
	f.want(t, "nobody listens")
	f.run(t, 20*time.Minute, true)
	f.process = "second"
	f.run(t, 20*time.Minute, true, everywhere[2])
	f.run(t, 20*time.Minute, true, everywhere...)
	f.want(t, "all speak again, one after the other")
}

func TestAKilledSwitchTellsNothingTwiceAndForgetsNothing(t *testing.T) {
	f := grown(t)
	f.run(t, 53*time.Minute, true, everywhere[2])
	f.want(t, "not yet")
	open, over := "high open "+bank+" unknown", "high resolved "+bank+" unknown"
	f.killAtEvery(t, everywhere[2:], func(g *feed, killed string) {
		g.run(t, 10*time.Minute, true, everywhere[2])
		g.want(t, killed, open)
		g.run(t, 2*time.Minute, true, everywhere...)
		g.want(t, killed+", then heard of", over)
	})
	f.run(t, 10*time.Minute, true, everywhere[2])
	f.want(t, "told", open)
	f.killAtEvery(t, everywhere, func(g *feed, killed string) {
		g.run(t, 2*time.Minute, true, everywhere...)
		g.want(t, killed+" of its end", over)
	})
}

// killAtEvery runs a copy of the feed that is killed after one effect, one after two, and so on, and checks each.
func (f *feed) killAtEvery(t *testing.T, speakers []string, check func(g *feed, killed string)) {
	t.Helper()
	for killAt := 1; ; killAt++ {
		g := &feed{world: newWorld(), process: f.process}
		g.values, g.lanes, g.next, g.passed, g.killAt = maps.Clone(f.values), maps.Clone(f.lanes), f.next, f.passed, killAt
		err := g.live(t, 10*time.Minute, true, speakers...)
		g.killAt = 0
		check(g, fmt.Sprintf("killed after %d effects", killAt))
		if errors.Is(err, context.DeadlineExceeded) {
			if killAt < 10 {
				t.Errorf("only %d effects: nothing was killed", killAt)
			}
			return
		}
		if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
	}
}

func TestTheSwitchCanBeTurnedOff(t *testing.T) {
	off := pulse.Config{Least: time.Hour}
	off.Validate(func(path, problem string) { t.Errorf("%s: %s", path, problem) })
	f := newFeed()
	synctest.Test(t, func(t *testing.T) {
		f.news = make(chan struct{}, 1)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		f.speak(t, everywhere)
		a := alerting.New(alerting.Deps{
			Log: f, State: bucket{f.world, "state"}, Exposure: bucket{f.world, "exposure"}, Alerts: bucket{f.world, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Now: time.Now,
		}, &alerting.Policy{Rules: rules(), Router: everybody{}, DeadMan: off})
		_ = a.Run(ctx)
	})
	for key := range f.values {
		if strings.Contains(key, "pulse") {
			t.Errorf("stores %s", key)
		}
	}
	f.want(t, "off")
}
