package pulse_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/pulse"
)

const (
	a, b   = "111122223333", "444455556666"
	region = "eu-west-1"
	day    = 24 * time.Hour
)

// line is a feed that is listened to without a break.
type line struct {
	book *pulse.Book
	cfg  pulse.Config
	now  time.Duration
}

func newLine() *line { return &line{book: pulse.NewBook(), cfg: pulse.DefaultConfig()} }

// run lets time go by, a minute at a time, and returns what was told; speaks says who speaks in a minute.
func (l *line) run(long time.Duration, speaks func(now time.Duration) []string) (told []string) {
	for end := l.now + long; l.now < end; {
		l.now += time.Minute
		l.book.Pass(time.Minute, l.cfg)
		for _, account := range speaks(l.now) {
			l.book.Hear(account, region, int64(l.now/time.Millisecond))
		}
		for _, c := range l.book.Judge(l.cfg) {
			told = append(told, fmt.Sprintf("%s%s %t", c.Account, c.Region, c.Silent))
		}
	}
	slices.Sort(told)
	return told
}

func every(d time.Duration, accounts ...string) func(time.Duration) []string {
	return func(now time.Duration) []string {
		if now%d == 0 {
			return accounts
		}
		return nil
	}
}

func both(x, y func(time.Duration) []string) func(time.Duration) []string {
	return func(now time.Duration) []string { return slices.Concat(x(now), y(now)) }
}

// office speaks from nine to five, Monday to Friday.
func office(account string) func(time.Duration) []string {
	return func(now time.Duration) []string {
		if hour := now % day / time.Hour; now/day%7 < 5 && hour >= 9 && hour < 17 && now%(10*time.Minute) == 0 {
			return []string{account}
		}
		return nil
	}
}

func want(t *testing.T, step string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: told %v, want %v", step, got, want)
	}
}

func TestASilenceIsMeasuredByWhatIsUsual(t *testing.T) {
	steady := every(5*time.Minute, b)
	for name, c := range map[string]struct {
		speaks      func(time.Duration) []string
		quiet, loud time.Duration
	}{
		"every minute":  {every(time.Minute, a), 58 * time.Minute, 62 * time.Minute},
		"hourly":        {every(time.Hour, a), 119 * time.Minute, 4 * time.Hour},
		"office hours":  {office(a), 3 * day, 10 * day},
		"once in a day": {every(day, a), 47 * time.Hour, 5 * day},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine()
			want(t, "the usual", l.run(28*day, both(steady, c.speaks)))
			want(t, "a pause", l.run(c.quiet, steady))
			want(t, "the usual again", l.run(28*day, both(steady, c.speaks)))
			want(t, "silence", l.run(c.loud+c.quiet, steady), a+" true")
			want(t, "and no end", l.run(day, steady))
			want(t, "its end", l.run(7*day, both(steady, c.speaks)), a+" false")
		})
	}
}

func TestWhoIsNewOrNeverSpokeForLongIsNotMissed(t *testing.T) {
	l, steady := newLine(), every(5*time.Minute, b)
	want(t, "the usual", l.run(10*day, steady))
	want(t, "a project of six days", l.run(6*day, both(steady, every(time.Minute, a))))
	want(t, "its end", l.run(30*day, steady))
}

func TestSilenceTeachesNoSilence(t *testing.T) {
	l, steady := newLine(), both(every(5*time.Minute, b), every(5*time.Minute, a))
	want(t, "the usual", l.run(10*day, steady))
	want(t, "three days without", l.run(3*day, every(5*time.Minute, b)), a+" true")
	want(t, "the usual again", l.run(day, steady), a+" false")
	want(t, "two hours without", l.run(2*time.Hour, every(5*time.Minute, b)), a+" true")
}

func TestABackfillIsNoSignOfLife(t *testing.T) {
	l := newLine()
	want(t, "the usual", l.run(10*day, both(every(5*time.Minute, b), every(5*time.Minute, a))))
	old := l.now
	told := l.run(2*time.Hour, func(now time.Duration) []string {
		l.book.Hear(a, region, int64((old-now%day)/time.Millisecond))
		return every(5*time.Minute, b)(now)
	})
	want(t, "old files of it", told, a+" true")
}

// TestAPausedFeedMakesNoAccountSilent is the promise of the package's comment: whatever the rhythms, when the whole
// feed stops for a while, no account is told of, neither in the pause nor after it.
func TestAPausedFeedMakesNoAccountSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(1, 300)
		l := newLine()
		usual := both(every(time.Duration(minutes.Draw(t, "a"))*time.Minute, a), every(time.Duration(minutes.Draw(t, "b"))*time.Minute, b))
		l.run(9*day, usual)
		for range 3 {
			told := l.run(time.Duration(rapid.IntRange(1, 2000).Draw(t, "pause"))*time.Minute, func(time.Duration) []string { return nil })
			told = append(told, l.run(time.Duration(rapid.IntRange(700, 2000).Draw(t, "usual"))*time.Minute, usual)...)
			for _, change := range told {
				if change != " true" && change != " false" {
					t.Fatalf("told %v", told)
				}
			}
		}
	})
}

func TestTheBookIsBounded(t *testing.T) {
	l := newLine()
	for i := range 60_000 {
		l.book.Hear(fmt.Sprintf("%012d", i), region, 1)
	}
	if n := len(l.book.Accounts); n > 25_000 {
		t.Errorf("%d accounts kept", n)
	}
	for l.cfg.Least = 12 * time.Hour; l.now < 60*day; l.now += 6 * time.Hour {
		l.book.Pass(6*time.Hour, l.cfg)
		l.book.Hear("000000000007", region, int64(l.now/time.Millisecond)+1)
	}
	l.book.Forget()
	if n := len(l.book.Accounts); n != 1 {
		t.Errorf("%d accounts kept after two months", n)
	}
}

func TestWhatIsStoredGoesOn(t *testing.T) {
	l, steady := newLine(), both(every(5*time.Minute, b), every(5*time.Minute, a))
	l.run(10*day, steady)
	l.run(50*time.Minute, every(5*time.Minute, b))
	again := newLine()
	again.now, again.book.Clock, again.book.Feed = l.now, l.book.Clock, l.book.Feed
	for id, account := range l.book.Accounts {
		text, err := json.Marshal(account)
		if err != nil {
			t.Fatal(err)
		}
		var stored pulse.Account
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		again.book.Restore(id, &stored)
	}
	want(t, "after a restart", again.run(20*time.Minute, every(5*time.Minute, b)), a+" true")
	if silent, watched, learning := again.book.Tally(); silent != 1 || watched != 4 || learning != 0 {
		t.Errorf("%d silent, %d watched, %d learning", silent, watched, learning)
	}
}

func TestConfigTellsItsFaults(t *testing.T) {
	for _, c := range []pulse.Config{{Multiple: 1, Least: time.Hour}, {Multiple: -1, Least: time.Hour}, {Multiple: 3}, {Multiple: 3, Least: 10000 * time.Hour}} {
		faults := 0
		c.Validate(func(string, string) { faults++ })
		if faults != 1 {
			t.Errorf("%+v: %d faults", c, faults)
		}
	}
}
