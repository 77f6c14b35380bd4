package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Correlation is a rule over the matches of other rules, or of its own, within a span of event time.
type Correlation struct {
	Kind    CorrelationKind
	Rules   []string // ids of the rules it is over; none for the rule's own matches
	GroupBy []string // dotted record fields; matches with equal values belong together
	ByActor bool     // and those of one actor, whatever its sessions
	Field   string   // ValueCount: the dotted field whose different values are counted; empty for the hits' Resource
	Matches int      // ValueCount: how many matches there must be as well; 0 for any
	Span    time.Duration
	// Tell is the sentence for people, of the last record and the count; nil for one made of the title.
	Tell  func(in *Input, count int) string
	Op    string // ">=", ">" or "==": how the count compares to Value
	Value int    // at most MaxCorrelated
}

// CorrelationKind is how a Correlation judges the matches within its span.
type CorrelationKind string

// The kinds of correlation that can be judged.
const (
	EventCount CorrelationKind = "event_count"
	ValueCount CorrelationKind = "value_count"
	Temporal   CorrelationKind = "temporal"         // every rule matched, in any order
	Ordered    CorrelationKind = "temporal_ordered" // every rule matched, in the order of Rules
	// Succeeded counts the attempts before a hit that is none: told is the success, after as many attempts as Value says.
	Succeeded CorrelationKind = "success_after_attempts"
)

// Bounds of what correlations remember: matches of one group, and groups of one Correlator.
const (
	MaxCorrelated = 1000
	maxGroups     = 10_000
)

// Correlator remembers the matches that correlations are over. When it is full, the group longest without a match is
// forgotten. It is not safe for concurrent use.
type Correlator struct {
	groups  map[string]*group
	changed map[string]bool // keys of groups changed or forgotten since Changes
}

// group is what one correlation has seen of one set of equal field values.
type group struct {
	Key  string     `json:"key"`
	Seen []sighting `json:"seen"` // by event time
	Told mark       `json:"told"` // the event it was last told at
}

type sighting struct {
	mark
	Rule  int    `json:"rule"` // index in Correlation.Rules
	Value string `json:"value,omitempty"`
}

type mark struct {
	Time  int64  `json:"time"` // Unix milliseconds
	Event string `json:"event"`
}

// NewCorrelator makes one that has seen nothing.
func NewCorrelator() *Correlator {
	return &Correlator{groups: map[string]*group{}, changed: map[string]bool{}}
}

// Changes gives what has to be stored since it was last asked: the JSON of every changed group by its key, nil for a
// forgotten one.
func (c *Correlator) Changes() (map[string][]byte, error) {
	if len(c.changed) == 0 {
		return nil, nil
	}
	out := make(map[string][]byte, len(c.changed))
	for key := range c.changed {
		out[key] = nil
		if g := c.groups[key]; g != nil {
			text, err := json.Marshal(g)
			if err != nil {
				return nil, fmt.Errorf("encode correlation: %w", err)
			}
			out[key] = text
		}
	}
	clear(c.changed)
	return out, nil
}

// Restore puts a stored group back.
func (c *Correlator) Restore(text []byte) error {
	var g group
	if err := json.Unmarshal(text, &g); err != nil {
		return fmt.Errorf("read correlation: %w", err)
	}
	if g.Key != "" && len(g.Seen) > 0 {
		c.groups[g.Key] = &g
	}
	return nil
}

// Correlate takes the matches of one record into c and gives those to tell of: the matches of all but hidden rules,
// then the correlations that came true. The same record again gives the same answer. Once told, a correlation is told
// again for the same group only after its span has passed.
func (x *Index) Correlate(c *Correlator, in *Input, matches []Match) []Match {
	var out, fresh []Match
	for _, m := range matches {
		if m.Rule.Correlation != nil {
			if hit := c.observe(m.Rule, 0, in, m.Hit); hit != nil {
				fresh = append(fresh, Match{m.Rule, hit})
			}
			continue
		}
		if !m.Rule.Hidden {
			out = append(out, m)
		}
		if m.Hit.Closes {
			continue
		}
		for _, r := range x.feeds[m.Rule.ID] {
			if slices.ContainsFunc(fresh, func(f Match) bool { return f.Rule == r }) {
				continue
			}
			if hit := c.observe(r, slices.Index(r.Correlation.Rules, m.Rule.ID), in, m.Hit); hit != nil {
				fresh = append(fresh, Match{r, hit})
			}
		}
	}
	return append(out, fresh...)
}

// observe adds one match to its group and judges the group.
func (c *Correlator) observe(r *Rule, rule int, in *Input, match *Hit) *Hit {
	by := make([]string, len(r.Correlation.GroupBy))
	for i, field := range r.Correlation.GroupBy {
		by[i] = bounded(in.text(field))
	}
	key := r.ID + "\x00" + strings.Join(by, "\x00")
	if r.Correlation.ByActor {
		key += "\x00" + in.Record.Actor().Key()
	}
	g := c.groups[key]
	if g == nil {
		c.makeRoom()
		g = &group{Key: key}
		c.groups[key] = g
	}
	c.changed[key] = true
	now := mark{Time: in.Record.EventTime.UnixMilli(), Event: in.Record.EventID}
	g.add(sighting{mark: now, Rule: rule, Value: bounded(r.Correlation.value(in, match))}, r.Correlation)
	count, ok := g.judge(r.Correlation)
	if !ok {
		return nil
	}
	span := r.Correlation.Span.Milliseconds()
	if g.Told.Event != "" && g.Told != now && now.Time-g.Told.Time <= span {
		return nil
	}
	g.Told = now
	hit := &Hit{
		Severity: r.Severity, Exact: true, Bucket: in.Record.Bucket(),
		Resource: strings.Join(slices.DeleteFunc(by, func(s string) bool { return s == "" }), ", "),
		Detail:   fmt.Sprintf("%s: %d within %s, last %s.", r.Title, count, r.Correlation.Span, in.Record.EventName),
	}
	if r.Correlation.Tell != nil {
		hit.Detail = r.Correlation.Tell(in, count)
	}
	return hit
}

// attempt is the Value of a sighting of an attempt, where those are counted.
const attempt = "attempt"

// value is what a match is counted by.
func (c *Correlation) value(in *Input, match *Hit) string {
	switch {
	case c.Kind == Succeeded && match.Attempt:
		return attempt
	case c.Kind == ValueCount && c.Field == "":
		return match.Resource
	}
	return in.text(c.Field)
}

// room is how many sightings a group needs at most.
func (c *Correlation) room() int {
	const spare = 4 // times what is asked for, so that records that come late find theirs
	if c.Op == ">=" && len(c.Rules) == 0 {
		return spare * max(c.Value, c.Matches)
	}
	return MaxCorrelated + 1
}

// bounded is a text of a record short enough to be remembered a million times over: what is longer ends in its hash.
func bounded(text string) string {
	const most = 256
	if len(text) <= most {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return strings.ToValidUTF8(text[:most-2*sha256.Size], "") + hex.EncodeToString(sum[:])
}

// makeRoom forgets the group longest without a match, if there is no room for another.
func (c *Correlator) makeRoom() {
	if len(c.groups) < maxGroups {
		return
	}
	oldest, at := "", int64(0)
	for key, g := range c.groups {
		if t := g.Seen[len(g.Seen)-1].Time; oldest == "" || t < at || t == at && key < oldest {
			oldest, at = key, t
		}
	}
	delete(c.groups, oldest)
	c.changed[oldest] = true
}

// add places a sighting by its event time, once, and drops those that left the span.
func (g *group) add(s sighting, c *Correlation) {
	if slices.ContainsFunc(g.Seen, func(o sighting) bool { return o.Event == s.Event && o.Rule == s.Rule }) {
		return
	}
	at, _ := slices.BinarySearchFunc(g.Seen, s, func(a, b sighting) int {
		if a.Time <= b.Time {
			return -1
		}
		return 1
	})
	g.Seen = slices.Insert(g.Seen, at, s)
	first := g.Seen[len(g.Seen)-1].Time - c.Span.Milliseconds()
	g.Seen = slices.DeleteFunc(g.Seen, func(o sighting) bool { return o.Time < first })
	if over := len(g.Seen) - c.room(); over > 0 {
		g.Seen = slices.Delete(g.Seen, 0, over)
	}
}

// judge counts what the correlation counts, and reports whether it has come true.
func (g *group) judge(c *Correlation) (count int, ok bool) {
	count = g.count(c)
	switch c.Kind {
	case Succeeded:
		return count, count >= c.Value && g.Seen[len(g.Seen)-1].Value != attempt
	case Temporal, Ordered:
		return count, count == len(c.Rules)
	case ValueCount:
		if len(g.Seen) < c.Matches {
			return count, false
		}
	}
	switch c.Op {
	case ">":
		return count, count > c.Value
	case "==":
		return count, count == c.Value
	default:
		return count, count >= c.Value
	}
}

// count is how many sightings, values, attempts or rules have been seen, by the kind of the correlation.
func (g *group) count(c *Correlation) (n int) {
	if c.Kind == EventCount {
		return len(g.Seen)
	}
	seen := map[any]bool{} // values or rules
	for i, s := range g.Seen {
		switch {
		case c.Kind == ValueCount && s.Value != "":
			seen[s.Value] = true
		case c.Kind == Temporal && s.Rule < len(c.Rules): // a stored one may be of rules of before
			seen[s.Rule] = true
		case c.Kind == Succeeded && s.Value == attempt:
			seen[i] = true
		case c.Kind == Ordered && s.Rule == n:
			n++
		}
	}
	return n + len(seen)
}
