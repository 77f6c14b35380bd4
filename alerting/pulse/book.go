// Package pulse learns how often every account, and every region of it, is heard of, and tells who has fallen silent:
// the dead-man's switch of the feed. It does no I/O and reads no clock; it is told what was heard, and how much time
// went by in which something could have been heard.
//
// # Whose silence it is
//
// The whole feed, its accounts and their regions form a tree, and each is measured in the time of its parent, which
// stands still while the parent itself is silent: when the feed stops, that is one alert and not one an account, and
// when an account stops, its regions are not told of. A parent counts as silent after half of Config.Least; no gap of a child then
// grows by more than that through its parent's silence. As a silence is told only from twice the usual gap and from
// Config.Least on, the end of a parent's silence makes no child's.
//
// # What is heard
//
// A source is heard of when an event of it is later than all before: a backfill of old files is no sign of life.
package pulse

import (
	"math"
	"time"
)

const (
	// learning is how long a source has to be known before its silence is told: it has seen a weekend by then.
	learning = 7 * 24 * time.Hour
	// leastHeard is how often it must have been heard of by then.
	leastHeard = 20
	// halfLife is after what time a wide gap counts half.
	halfLife = 14 * 24 * time.Hour
	// forgetAfter is the silence after which a source that nobody was told of is forgotten.
	forgetAfter = 8 * 7 * 24 * time.Hour
	// maxSources bounds the accounts and regions watched.
	maxSources = 50_000
)

// Beat is the rhythm of one source. It is plain data, stored as JSON. All durations are readings of clocks that run
// only while something could have been heard.
type Beat struct {
	Newest int64         `json:"newest"` // latest event time, Unix milliseconds
	Known  time.Duration `json:"known"`  // reading of the book's clock when it was first heard of
	At     time.Duration `json:"at"`     // and when it was last heard of
	Last   time.Duration `json:"last"`   // reading of the parent's clock when it was last heard of
	Widest time.Duration `json:"widest"` // widest gap, faded, as of Last
	Heard  int           `json:"heard"`  // how often it was heard of
	Clock  time.Duration `json:"clock"`  // of its children
	// Told is the Newest with which its silence was told, 0 while it is not silent.
	Told int64 `json:"told,omitempty"`
}

// Account is one account with its regions.
type Account struct {
	Beat
	Regions map[string]*Beat `json:"regions"`
}

// Book is everything known of the feed. It is not safe for concurrent use.
type Book struct {
	Clock    time.Duration       // listened so far
	Feed     Beat                // of all accounts together
	Accounts map[string]*Account // by id

	count int
}

// NewBook has heard of nobody yet.
func NewBook() *Book { return &Book{Accounts: map[string]*Account{}} }

// Change is a source that fell silent, or speaks again.
type Change struct {
	Account, Region string // the account is empty for the whole feed, the region for a whole account
	Silent          bool
	Since           time.Time     // of the last event heard before the silence
	For             time.Duration // how long it has been silent, in the time of its parent
	Usual           time.Duration // the widest gap there was
}

// Restore puts a stored account back.
func (b *Book) Restore(id string, a *Account) {
	if a.Regions == nil {
		a.Regions = map[string]*Beat{}
	}
	b.Accounts[id] = a
	b.count += 1 + len(a.Regions)
}

// Hear takes in that the latest event of an account's region is of newest, Unix milliseconds. It reports whether that
// was news.
func (b *Book) Hear(account, region string, newest int64) bool {
	a := b.Accounts[account]
	if a == nil {
		if b.count+2 > maxSources {
			return false
		}
		a = &Account{Beat: Beat{Known: b.Clock}, Regions: map[string]*Beat{}}
		b.Accounts[account] = a
		b.count++
	}
	r := a.Regions[region]
	if r == nil {
		if b.count+1 > maxSources {
			return false
		}
		r = &Beat{Known: b.Clock}
		a.Regions[region] = r
		b.count++
	}
	if newest <= r.Newest {
		return false
	}
	r.hear(a.Clock, newest)
	a.hear(b.Feed.Clock, newest)
	b.Feed.hear(b.Clock, newest)
	r.At, a.At, b.Feed.At = b.Clock, b.Clock, b.Clock
	return true
}

func (x *Beat) hear(clock time.Duration, newest int64) {
	if gap := clock - x.Last; x.Heard > 0 {
		faded := time.Duration(float64(x.Widest) * math.Exp2(-float64(gap)/float64(halfLife)))
		if x.Told != 0 { // who stopped it must not teach that such silence is usual; who changed for good is learnt step by step
			gap = min(gap, 2*max(x.Widest, time.Minute))
		}
		x.Widest = max(faded, gap)
	}
	x.Last, x.Newest = clock, max(x.Newest, newest)
	x.Heard++
}

// Tell notes that the silence of a source after the event of newest has been told.
func (b *Book) Tell(account, region string, newest int64) {
	a := b.Accounts[account]
	switch {
	case account == "":
		b.Feed.Told = newest
	case a == nil:
	case region == "":
		a.Told = newest
	case a.Regions[region] != nil:
		a.Regions[region].Told = newest
	}
}

// Pass lets time go by in which everybody could have been heard.
func (b *Book) Pass(d time.Duration, cfg Config) {
	pause := cfg.Least / 2
	b.Clock += d
	fed := b.Feed.pass(b.Clock, d, pause)
	for _, a := range b.Accounts {
		a.pass(b.Feed.Clock, fed, pause)
	}
}

// pass moves the children's clock on by that part of d, after which the parent's clock shows now, in which the source was
// not silent for longer than pause; it returns the part.
func (x *Beat) pass(now, d, pause time.Duration) time.Duration {
	part := min(d, max(pause-(now-d-x.Last), 0))
	x.Clock += part
	return part
}

// Judge returns those who have fallen silent and those who speak again since it was last asked.
func (b *Book) Judge(cfg Config) []Change {
	var out []Change
	ask := func(x *Beat, now time.Duration, account, region string) {
		if c, ok := x.judge(now, cfg); ok {
			c.Account, c.Region = account, region
			out = append(out, c)
		}
	}
	ask(&b.Feed, b.Clock, "", "")
	for id, a := range b.Accounts {
		ask(&a.Beat, b.Feed.Clock, id, "")
		for region, r := range a.Regions {
			ask(r, a.Clock, id, region)
		}
	}
	return out
}

func (x *Beat) judge(now time.Duration, cfg Config) (c Change, changed bool) {
	silence := now - x.Last
	c = Change{Since: time.UnixMilli(x.Newest).UTC(), For: silence, Usual: x.Widest}
	switch {
	case x.Told != 0 && x.Newest > x.Told:
		c.Since = time.UnixMilli(x.Told).UTC()
		x.Told = 0
		return c, true
	case x.Told == 0 && x.mature() && silence >= max(cfg.Least, time.Duration(cfg.Multiple*float64(x.Widest))):
		x.Told, c.Silent = x.Newest, true
		return c, true
	default:
		return Change{}, false
	}
}

// mature reports whether the source was heard of often enough and for long enough to be missed.
func (x *Beat) mature() bool { return x.Heard >= leastHeard && x.At-x.Known >= learning }

// Forget drops sources that nobody has heard of for eight weeks and nobody was told of, and returns the accounts that
// are gone altogether.
func (b *Book) Forget() (gone []string) {
	over := func(x *Beat, now time.Duration) bool { return x.Told == 0 && now-x.Last > forgetAfter }
	for id, a := range b.Accounts {
		for region, r := range a.Regions {
			if over(r, a.Clock) || over(&a.Beat, b.Feed.Clock) && r.Told == 0 {
				delete(a.Regions, region)
				b.count--
			}
		}
		if len(a.Regions) == 0 && over(&a.Beat, b.Feed.Clock) {
			delete(b.Accounts, id)
			b.count--
			gone = append(gone, id)
		}
	}
	return gone
}

// Tally counts the sources: those that are silent, those whose silence would be told, and those still being learnt.
func (b *Book) Tally() (silent, watched, learnt int) {
	count := func(x *Beat) {
		switch {
		case x.Told != 0:
			silent++
		case x.mature():
			watched++
		default:
			learnt++
		}
	}
	for _, a := range b.Accounts {
		count(&a.Beat)
		for _, r := range a.Regions {
			count(r)
		}
	}
	if b.Feed.Heard > 0 {
		count(&b.Feed)
	}
	return silent, watched, learnt
}
