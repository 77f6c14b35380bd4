package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/story"
)

// Book holds the incidents of one shard of accounts. It is not safe for concurrent use.
type Book struct {
	incidents map[string]*Incident // by alert id
	events    map[string][]string  // alert ids by event id: an event is never applied twice
	calls     map[string][]string  // alert ids by the ids of calls that two accounts record
	resources map[string][]string  // live exposures, and those that remain, by account and resource that is open in them
	buckets   map[string][]string  // the same by account and bucket of such a resource; without one: the account itself
	actors    map[string]string    // last live exposure by account and actor
	lasting   map[string][]string  // live deeds that an event can end, by account and rule
	ends      []end                // the latest calls that undid deeds
	groups    map[string]string    // last live deed, attempt or state by its group
	states    map[string][]string  // live states by account and bucket
	turns     map[string][]string  // the latest exposures of a resource that one actor opened, oldest first
	flaps     map[string]bool      // ids of those that flap
	matches   map[string]int       // how many alerts of a rule, an account and an hour there are in memory
	filed     map[string]*filed    // by alert id, what of it is in these indexes
	stories   *story.Tracker
	past      past // resolved incidents that left memory
}

// NewBook makes an empty book.
func NewBook() *Book {
	return &Book{
		incidents: map[string]*Incident{}, events: map[string][]string{}, calls: map[string][]string{}, lasting: map[string][]string{}, resources: map[string][]string{},
		actors: map[string]string{}, groups: map[string]string{}, turns: map[string][]string{}, flaps: map[string]bool{}, past: newPast(),
		buckets: map[string][]string{}, states: map[string][]string{}, filed: map[string]*filed{}, matches: map[string]int{},
		stories: story.NewTracker(),
	}
}

// Restore puts a stored incident back, oldest first.
func (b *Book) Restore(i *Incident) {
	i.Share = i.Share || i.sharesOnly()
	b.index(i)
	for _, p := range i.Parts {
		b.took(i, p.Resource)
	}
	if f := i.Alert.Flapping; f != nil && !f.Quiet {
		b.flaps[i.Alert.ID] = true
	}
	b.restoreStory(i)
}

// Get gives the incident with the alert id; nil if there is none in memory.
func (b *Book) Get(id string) *Incident { return b.incidents[id] }

// has reports whether the alert id was given before, to an incident in memory or to one of the past.
func (b *Book) has(id string) bool { return b.incidents[id] != nil || b.past.has(id) }

// All lists every incident in memory, by first event and id.
func (b *Book) All() []*Incident {
	out := make([]*Incident, 0, len(b.incidents))
	for _, i := range b.incidents {
		out = append(out, i)
	}
	slices.SortFunc(out, older)
	return out
}

// older orders incidents by first event and id.
func older(x, y *Incident) int {
	return cmp.Or(x.Alert.FirstSeen.Compare(y.Alert.FirstSeen), strings.Compare(x.Alert.ID, y.Alert.ID))
}

// Live counts the incidents that somebody may still have to act on.
func (b *Book) Live() int {
	n := 0
	for _, i := range b.incidents {
		if i.Alert.Status.Live() {
			n++
		}
	}
	return n
}

// Apply brings one event to the incidents it belongs to and returns those it changed, each once, with their
// revision raised. The caller stores them before the next Apply.
func (b *Book) Apply(ev *Event) []*Incident {
	c := &changes{book: b, ev: ev}
	seen := slices.Clone(b.events[ev.Record.EventID])
	leads := ev.leads()
	for i := range ev.Verdicts {
		v := &ev.Verdicts[i]
		switch {
		case leads[i] != v:
			// It is told in the alert of another rule.
		case v.Hit.Closes && len(v.Hit.Lasts) > 0:
			c.endDeeds(v)
		case v.Hit.Closes:
			c.endState(v)
		case v.Hit.Attempt:
			c.deed(v, Attempt, seen)
		case c.undoes(v, seen):
			// The deed ends others, and is told as their end.
		case v.Change != nil && v.Change.Proof != "":
			c.prove(v, seen)
		case v.Change != nil:
			c.expose(v, seen)
		case ev.Record.EventName == deleteBucket:
			c.deleted(v, seen)
		case v.Score.Severity <= alert.Low && c.ends(v.Hit.Bucket):
			// The deed ends an exposure, and is told as its end.
		case v.Hit.Episode != "":
			c.deed(v, State, seen)
		default:
			c.deed(v, Deed, seen)
		}
	}
	c.addRules(leads)
	for _, change := range ev.Changes {
		for _, i := range b.holding(ev.account(change), change) {
			c.narrow(i, change)
		}
	}
	if ev.Record.EventName == deleteBucket && !ev.Record.Failed() {
		c.endStates()
	}
	return c.done()
}

// heard is when something was last heard of the incident: an event, its arrival, or a person's word. An old event that
// came in lately, as in a backfill, was heard of lately.
func (i *Incident) heard() time.Time {
	last := i.Alert.LastSeen
	if received := time.UnixMilli(i.Received); received.After(last) {
		last = received
	}
	if at := i.Alert.ResolvedAt; at != nil && at.After(last) {
		last = *at
	}
	return last
}

// actorKey tells an actor's changes of whole accounts from those of buckets, and shares from what is public: each may be
// over long before the other.
func actorKey(account, actor string, wide, share bool) string {
	switch {
	case wide:
		return join(account, actor, "account")
	case share:
		return join(account, actor, "share")
	default:
		return join(account, actor)
	}
}

// closesObjects reports whether a change closes the ACLs of a bucket's objects for strangers.
func closesObjects(change *exposure.Change) bool {
	if change.Scope != exposure.BucketScope || !change.Closes {
		return false
	}
	return closesShares(change) || slices.ContainsFunc(change.Blocks, func(gate string) bool {
		return strings.Contains(gate, exposure.IgnorePublicAcls.String())
	})
}

// closesShares reports whether it does so for named others as well, whom Public Access Block does not keep out.
func closesShares(change *exposure.Change) bool {
	return change.EventName == "DeleteBucket" || slices.ContainsFunc(change.Blocks, func(gate string) bool {
		return strings.Contains(gate, string(exposure.BucketOwnerEnforced))
	})
}

// ends reports whether a change that closes its own resource ends the part of an incident.
func (p *Part) ends(change *exposure.Change) bool {
	switch {
	case p.Proven:
		return p.shut(change)
	case p.Resource == change.Resource:
		return true
	}
	return strings.HasPrefix(p.Resource, change.Resource+"/") && closesObjects(change) && (!p.Shared || closesShares(change))
}

// near reports whether t is close enough to an incident's events to belong to them.
func near(a *alert.Alert, t time.Time, window time.Duration) bool {
	return t.After(a.FirstSeen.Add(-window)) && t.Before(a.LastSeen.Add(window))
}

func join(parts ...string) string { return strings.Join(parts, "\x00") }
