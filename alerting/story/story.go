// Package story groups the alerts of one actor in one episode into a story: what people read as one attack. It is pure: it
// does no I/O and reads no clock.
//
// # What belongs together
//
// An alert joins the story of its actor: the person behind a session where the trust binds the name, else the role, user or
// root, and what that actor made: users, roles and access keys. Alerts of different actors are never in one story, whatever
// address they came from. What an unknown principal, an unsigned request or an AWS service did is a story by itself.
//
// An episode ends after six hours without an event of the actor that is told. What comes later is a new story. Stories are
// kept within one account: an actor that is active in several has a story in each.
package story

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Quiet is how long an actor must be quiet for its episode to end.
const Quiet = 6 * time.Hour

// DefaultMax is how many stories are kept in memory unless the settings say otherwise.
const DefaultMax = 10_000

// Config is alerting.stories of the settings.
type Config struct {
	// Max is the most stories in memory of a shard of accounts. Beyond it the oldest are forgotten: their alerts stay what
	// they are, and what their actors do next begins a new story.
	Max int `yaml:"max"`
}

// DefaultConfig keeps DefaultMax stories.
func DefaultConfig() Config { return Config{Max: DefaultMax} }

// Validate reports what is wrong with the settings.
func (c Config) Validate(report func(key, problem string)) {
	if c.Max < 1 {
		report("max", "must be at least 1, for example 10000")
	}
}

// Member is how an alert belongs to its story, stored with the alert.
type Member struct {
	// Keys are what later alerts find the story by: its actor, and what the alert's events made.
	Keys []string `json:"keys,omitempty"`
	// From and Until are the event times of the alert that count for the episode.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Steps Steps     `json:"steps,omitempty"`
	// Own says that a grant was made to the actor itself.
	Own bool `json:"own,omitempty"`
}

// Part is what the severity of a story depends on, of one alert.
type Part struct {
	ID          string
	Severity    alert.Severity
	Live        bool // open or acknowledged
	First, Last time.Time
	Steps       Steps
}

// Severity is that of the worst part that is live, or of all once none is, one step more where the parts complete a pattern;
// at most critical.
func Severity(parts []Part) alert.Severity {
	worst := func(live bool) (top alert.Severity, found bool) {
		for i := range parts {
			if p := &parts[i]; p.Live || !live {
				top, found = max(top, p.Severity), true
			}
		}
		return top, found
	}
	top, live := worst(true)
	if !live {
		top, _ = worst(false)
	}
	if completes(parts) {
		top = min(top+1, alert.Critical)
	}
	return top
}

// Tracker knows the stories of some accounts. It is not safe for concurrent use.
type Tracker struct {
	max     int
	stories map[string]*tracked
	keys    map[string]string // latest story by what it is found by
}

// tracked is a story in memory.
type tracked struct {
	id          string
	actor       string
	from, until time.Time // of its episode
	keys        []string
	held        []string // keys that no part is stored with yet
	parts       map[string]Part
	more        int // parts beyond those held
}

// NewTracker makes a tracker that knows no story.
func NewTracker() *Tracker {
	return &Tracker{max: DefaultMax, stories: map[string]*tracked{}, keys: map[string]string{}}
}

// Limit sets how many stories are held at most.
func (t *Tracker) Limit(n int) {
	if n > 0 {
		t.max = n
	}
}

// Find gives the id of the story that an event at a time belongs to by the first of the keys that has one in its episode;
// empty if none has.
func (t *Tracker) Find(keys []string, at time.Time) string {
	for _, key := range keys {
		if s := t.stories[t.keys[key]]; s != nil && s.near(at) {
			return s.id
		}
	}
	return ""
}

func (s *tracked) near(at time.Time) bool {
	return at.After(s.from.Add(-Quiet)) && at.Before(s.until.Add(Quiet))
}

// Within reports whether an event at a time is within the episode of a story in memory.
func (t *Tracker) Within(id string, at time.Time) bool {
	s := t.stories[id]
	return s != nil && s.near(at)
}

// Put notes an alert as a part of a story, or its latest state. A story is known from its first part on; actor is its name.
func (t *Tracker) Put(id, actor string, m *Member, p Part) {
	s := t.stories[id]
	if s == nil {
		s = &tracked{id: id, actor: actor, from: m.From, until: m.Until, parts: map[string]Part{}}
		t.stories[id] = s
		t.trim(s)
	}
	if m.From.Before(s.from) {
		s.from = m.From
	}
	if m.Until.After(s.until) {
		s.until = m.Until
	}
	for _, key := range m.Keys {
		other := t.stories[t.keys[key]]
		if other == nil || other == s || other.until.Before(s.until) {
			t.keys[key] = id
		}
		if !slices.Contains(s.keys, key) {
			s.keys = append(s.keys, key)
		}
	}
	s.put(p)
}

// maxKeys bounds what one story is found by.
const maxKeys = 1000

// Hold makes a story in memory be found by further keys.
func (t *Tracker) Hold(id string, keys []string) {
	s := t.stories[id]
	for _, key := range keys {
		if s == nil || len(s.keys) >= maxKeys || slices.Contains(s.keys, key) {
			continue
		}
		t.keys[key] = id
		s.keys, s.held = append(s.keys, key), append(s.held, key)
	}
}

// Held gives the keys that Hold added since it was last asked, to be stored with the story's next part.
func (t *Tracker) Held(id string) []string {
	s := t.stories[id]
	if s == nil {
		return nil
	}
	held := s.held
	s.held = nil
	return held
}

// put holds a part. Beyond as many as a story lists, it takes the place of the least that is over, if it is more.
func (s *tracked) put(p Part) {
	if _, held := s.parts[p.ID]; held || len(s.parts) < alert.MaxStoryParts {
		s.parts[p.ID] = p
		return
	}
	s.more++
	least := p
	for _, q := range s.parts {
		if compare(&q, &least) < 0 {
			least = q
		}
	}
	if least.ID != p.ID {
		delete(s.parts, least.ID)
		s.parts[p.ID] = p
	}
}

// compare orders parts by how much a story depends on them, the least first.
func compare(a, b *Part) int {
	live := func(p *Part) int {
		if p.Live {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(live(a), live(b)), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Steps, b.Steps), strings.Compare(a.ID, b.ID))
}

// Ref describes a story; nil if it is not in memory.
func (t *Tracker) Ref(id string) *alert.StoryRef {
	s := t.stories[id]
	if s == nil {
		return nil
	}
	parts := make([]Part, 0, len(s.parts))
	for _, p := range s.parts {
		parts = append(parts, p)
	}
	return &alert.StoryRef{ID: id, Severity: Severity(parts), Alerts: len(parts) + s.more, Actor: s.actor}
}

// Has reports whether a story is in memory.
func (t *Tracker) Has(id string) bool { return t.stories[id] != nil }

// trim forgets the oldest stories but the newest of all, once they are a tenth more than there may be.
func (t *Tracker) trim(newest *tracked) {
	if len(t.stories) <= t.max+t.max/10 {
		return
	}
	all := make([]*tracked, 0, len(t.stories))
	for _, s := range t.stories {
		if s != newest {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *tracked) int { return cmp.Or(a.until.Compare(b.until), strings.Compare(a.id, b.id)) })
	for _, s := range all[:len(t.stories)-t.max] {
		for _, key := range s.keys {
			if t.keys[key] == s.id {
				delete(t.keys, key)
			}
		}
		delete(t.stories, s.id)
	}
}
