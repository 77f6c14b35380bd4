package incident

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// past is what a book keeps of the incidents that left memory: enough to apply none of their events again, and to
// know which have expired. It takes 8 bytes an event and about 33 an incident.
type past struct {
	seed maphash.Seed
	days map[int64]*pastDay // by the day on which the incidents were last heard of, counted from 1970
}

// pastDay holds the incidents of one day.
type pastDay struct {
	ids      []byte   // each followed by a line feed
	keys     []uint64 // hashes of ids, and of events with what they were applied to; sorted if sorted is set
	isSorted bool
}

func newPast() past { return past{seed: maphash.MakeSeed(), days: map[int64]*pastDay{}} }

// add notes an incident, which may be known already.
func (p *past) add(i *Incident) {
	a := &i.Alert
	n := day(i.heard())
	d := p.days[n]
	if d == nil {
		d = &pastDay{}
		p.days[n] = d
	}
	d.ids = append(append(d.ids, a.ID...), '\n')
	d.keys = append(d.keys, p.key(a.ID))
	for _, event := range slices.Concat(a.EventIDs, a.ResolvingEventIDs) {
		d.keys = append(d.keys, p.key(event, i.scope()))
	}
	d.isSorted = false
}

// has reports whether an alert id, or an event with the scope of an incident it was applied to, is of the past.
func (p *past) has(parts ...string) bool {
	key := p.key(parts...)
	for _, d := range p.days {
		if !d.isSorted {
			slices.Sort(d.keys)
			d.isSorted = true
		}
		if _, found := slices.BinarySearch(d.keys, key); found {
			return true
		}
	}
	return false
}

// expire forgets the days that ended before t and returns the ids of their incidents.
func (p *past) expire(t time.Time) []string {
	var gone []string
	for n, d := range p.days {
		if n < day(t) {
			gone = append(gone, strings.Fields(string(d.ids))...)
			delete(p.days, n)
		}
	}
	return gone
}

func (p *past) key(parts ...string) uint64 { return maphash.String(p.seed, join(parts...)) }

func day(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

// scope is what an event joins an incident by: the group of a deed, or that it is an exposure.
func (i *Incident) scope() string {
	if i.Kind == Exposure {
		return string(Exposure)
	}
	return i.Group
}

// Over reports whether an incident is resolved and nothing was heard of it since t.
func (i *Incident) Over(t time.Time) bool {
	return i.Alert.Status == alert.Resolved && !i.Remains && i.heard().Before(t)
}

// Note is Restore for an incident that is Over: the book knows it again, without holding it in memory.
func (b *Book) Note(i *Incident) {
	b.past.add(i)
	b.restoreStory(i)
}

// Forget takes out of memory what is Over at t, and returns the ids. Their events are still known.
func (b *Book) Forget(t time.Time) []string {
	var gone []string
	for id, i := range b.incidents {
		if !i.Over(t) {
			continue
		}
		for _, event := range slices.Concat(i.Alert.EventIDs, i.Alert.ResolvingEventIDs) {
			if b.events[event] = slices.DeleteFunc(b.events[event], func(x string) bool { return x == id }); len(b.events[event]) == 0 {
				delete(b.events, event)
			}
		}
		for _, call := range i.Calls {
			delete(b.calls, call)
		}
		b.past.add(i)
		delete(b.incidents, id)
		if hour := b.filed[id].hour; hour != "" {
			if b.matches[hour]--; b.matches[hour] == 0 {
				delete(b.matches, hour)
			}
		}
		delete(b.filed, id)
		gone = append(gone, id)
	}
	slices.Sort(gone)
	return gone
}

// Expire forgets, to the day, what is Over at t for good, and returns the ids for the store to forget as well.
func (b *Book) Expire(t time.Time) []string {
	b.Forget(t)
	return slices.Compact(slices.Sorted(slices.Values(b.past.expire(t))))
}
