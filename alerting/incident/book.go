package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Book holds the incidents of one shard of accounts. It is not safe for concurrent use.
type Book struct {
	incidents map[string]*Incident // by alert id
	events    map[string][]string  // alert ids by event id: an event is never applied twice
	calls     map[string][]string  // alert ids by the ids of calls that two accounts record
	resources map[string][]string  // live exposures, and those that remain, by account and resource that is open in them
	actors    map[string]string    // last live exposure by account and actor
	lasting   map[string][]string  // live deeds that an event can end, by account and rule
	ends      []end                // the latest calls that undid deeds
	groups    map[string]string    // last live deed, attempt or state by its group
	turns     map[string][]string  // the latest exposures of a resource that one actor opened, oldest first
	flaps     map[string]bool      // ids of those that flap
	past      past                 // resolved incidents that left memory
}

// NewBook makes an empty book.
func NewBook() *Book {
	return &Book{
		incidents: map[string]*Incident{}, events: map[string][]string{}, calls: map[string][]string{}, lasting: map[string][]string{}, resources: map[string][]string{},
		actors: map[string]string{}, groups: map[string]string{}, turns: map[string][]string{}, flaps: map[string]bool{}, past: newPast(),
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
	slices.SortFunc(out, func(x, y *Incident) int {
		if c := x.Alert.FirstSeen.Compare(y.Alert.FirstSeen); c != 0 {
			return c
		}
		return strings.Compare(x.Alert.ID, y.Alert.ID)
	})
	return out
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
	for i := range ev.Verdicts {
		v := &ev.Verdicts[i]
		switch {
		case v.Hit.Closes && len(v.Hit.Lasts) > 0:
			c.endDeeds(v)
		case v.Hit.Closes:
			c.endState(v)
		case v.Hit.Attempt:
			c.deed(v, Attempt, seen)
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

// Exposed lists the live exposures of an account in which something of the bucket is open, or anything if it is empty.
func (b *Book) Exposed(account, bucket string) []*Incident {
	var ids []string
	for key, holders := range b.resources {
		if strings.HasPrefix(key, join(account, "")) {
			ids = append(ids, holders...)
		}
	}
	slices.Sort(ids)
	var out []*Incident
	for _, id := range slices.Compact(ids) {
		i := b.incidents[id]
		if i != nil && (bucket == "" || slices.ContainsFunc(i.Parts, func(p Part) bool { return p.Bucket == bucket || p.Bucket == "" })) {
			out = append(out, i)
		}
	}
	return out
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

// index makes an incident findable by all that may join it, and takes out what may no longer.
func (b *Book) index(i *Incident) {
	a := &i.Alert
	b.incidents[a.ID] = i
	for _, event := range slices.Concat(a.EventIDs, a.ResolvingEventIDs) {
		if !slices.Contains(b.events[event], a.ID) {
			b.events[event] = append(b.events[event], a.ID)
		}
	}
	for _, call := range i.Calls {
		b.calls[call] = appendNew(b.calls[call], a.ID)
	}
	live := a.Status != alert.Resolved
	hold := func(index map[string]string, key string, hold bool) {
		switch {
		case hold:
			index[key] = a.ID
		case index[key] == a.ID:
			delete(index, key)
		}
	}
	if i.Kind != Exposure {
		hold(b.groups, i.Group, live)
		held(b.lasting, join(a.AccountID, a.RuleID), a.ID, live && len(i.Lasting) > 0)
		return
	}
	hold(b.actors, actorKey(a.AccountID, i.Actor, a.Bucket == "", i.Share), live)
	for _, p := range i.Parts {
		held(b.resources, join(a.AccountID, p.Resource), a.ID, (live || i.Remains) && !p.Closed)
	}
}

// held puts an alert's id last among those of a key, or takes it out.
func held(index map[string][]string, key, id string, hold bool) {
	ids := slices.DeleteFunc(index[key], func(x string) bool { return x == id })
	if hold {
		ids = append(ids, id)
	}
	if index[key] = ids; len(ids) == 0 {
		delete(index, key)
	}
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

// holding lists the live exposures in which the changed resource is open. What closes a bucket's ACLs for good, or
// the bucket itself, concerns its objects as well.
func (b *Book) holding(account string, change *exposure.Change) []*Incident {
	ids := slices.Clone(b.resources[join(account, change.Resource)])
	if closesObjects(change) || change.Ended(exposure.Mark{}, false, true) {
		below := join(account, change.Resource) + "/"
		for key, holders := range b.resources {
			if strings.HasPrefix(key, below) {
				ids = append(ids, holders...)
			}
		}
	}
	slices.Sort(ids)
	var out []*Incident
	for _, id := range slices.Compact(ids) {
		if i := b.incidents[id]; i != nil {
			out = append(out, i)
		}
	}
	return out
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
