package incident

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// filed is what the indexes of a book have of an incident: an event adds only what is new to them, however much the
// incident holds already.
type filed struct {
	incident                 *Incident
	events, resolving, calls int    // how many of its ids
	open                     []bool // by part, whether it is found by its resource
	live, lasting            bool   // of deeds and states
	hour                     string // of deeds, what it is counted by; see hourKey
}

// index makes an incident findable by all that may join it, and takes out what may no longer.
func (b *Book) index(i *Incident) {
	a := &i.Alert
	b.incidents[a.ID] = i
	f := b.filed[a.ID]
	if f == nil || f.incident != i {
		f = &filed{incident: i}
		b.filed[a.ID] = f
	}
	for _, events := range [][]string{a.EventIDs[f.events:], a.ResolvingEventIDs[f.resolving:]} {
		for _, event := range events {
			b.events[event] = appendNew(b.events[event], a.ID)
		}
	}
	for _, call := range i.Calls[f.calls:] {
		b.calls[call] = appendNew(b.calls[call], a.ID)
	}
	f.events, f.resolving, f.calls = len(a.EventIDs), len(a.ResolvingEventIDs), len(i.Calls)
	live := a.Status != alert.Resolved
	if i.Kind != Exposure {
		b.indexDeed(i, f, live)
		return
	}
	hold(b.actors, actorKey(a.AccountID, i.Actor, a.Bucket == "", i.Share), a.ID, live)
	for n := range i.Parts {
		p := &i.Parts[n]
		open := (live || i.Remains) && !p.Closed
		if n == len(f.open) {
			f.open = append(f.open, false)
		}
		if f.open[n] == open {
			continue
		}
		f.open[n] = open
		held(b.resources, join(a.AccountID, p.Resource), a.ID, open)
		held(b.buckets, join(a.AccountID, p.Bucket), a.ID, open || i.opens(p.Bucket, f.open))
	}
}

func (b *Book) indexDeed(i *Incident, f *filed, live bool) {
	a := &i.Alert
	hold(b.groups, i.Group, a.ID, live)
	if f.hour == "" {
		f.hour = hourKey(a.AccountID, a.RuleID, a.FirstSeen)
		b.matches[f.hour]++
	}
	if lasting := live && len(i.Lasting) > 0; lasting != f.lasting {
		f.lasting = lasting
		held(b.lasting, join(a.AccountID, a.RuleID), a.ID, lasting)
	}
	if i.Kind == State && a.Bucket != "" && live != f.live {
		f.live = live
		held(b.states, join(a.AccountID, a.Bucket), a.ID, live)
	}
}

// opens reports whether one of the parts that are open is of the bucket.
func (i *Incident) opens(bucket string, open []bool) bool {
	for n, is := range open {
		if is && i.Parts[n].Bucket == bucket {
			return true
		}
	}
	return false
}

// hold makes an alert's id the one of a key, or takes it out if it is.
func hold(index map[string]string, key, id string, hold bool) {
	switch {
	case hold:
		index[key] = id
	case index[key] == id:
		delete(index, key)
	}
}

// held puts an alert's id among those of a key, or takes it out.
func held(index map[string][]string, key, id string, hold bool) {
	if hold {
		index[key] = appendNew(index[key], id)
		return
	}
	ids := slices.DeleteFunc(index[key], func(x string) bool { return x == id })
	if index[key] = ids; len(ids) == 0 {
		delete(index, key)
	}
}

// Exposed lists the live exposures of an account in which something of the bucket or the account itself is open, or
// anything if the bucket is empty.
func (b *Book) Exposed(account, bucket string) []*Incident {
	ids := slices.Clone(b.buckets[join(account, "")])
	if bucket != "" {
		ids = append(ids, b.buckets[join(account, bucket)]...)
	} else {
		prefix := join(account, "")
		for key, holders := range b.buckets {
			if strings.HasPrefix(key, prefix) {
				ids = append(ids, holders...)
			}
		}
	}
	return b.named(ids)
}

// holding lists the live exposures in which the changed resource is open. What closes a bucket's ACLs for good, or
// the bucket itself, concerns its objects as well.
func (b *Book) holding(account string, change *exposure.Change) []*Incident {
	ids := slices.Clone(b.resources[join(account, change.Resource)])
	if closesObjects(change) || change.Ended(exposure.Mark{}, false, true) {
		below := change.Resource + "/"
		for _, id := range b.buckets[join(account, change.Bucket)] {
			f := b.filed[id]
			for n, open := range f.open {
				if open && strings.HasPrefix(f.incident.Parts[n].Resource, below) {
					ids = append(ids, id)
					break
				}
			}
		}
	}
	return b.named(ids)
}

// named lists the incidents of ids, each once, by their ids.
func (b *Book) named(ids []string) []*Incident {
	slices.Sort(ids)
	var out []*Incident
	for _, id := range slices.Compact(ids) {
		if i := b.incidents[id]; i != nil {
			out = append(out, i)
		}
	}
	return out
}
