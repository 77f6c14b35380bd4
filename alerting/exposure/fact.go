package exposure

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// depth is how many values of a fact are kept: enough to know what was before the last change, and to place a
// record that comes late.
const depth = 3

// Mark is the place of an event in time: its own time, which CloudTrail tells to the second. Within a second events are
// put in an order that S3 would have allowed and that leaves most open, so that nobody hides an opening behind a closing;
// what is left undecided is by event id.
type Mark struct {
	At      time.Time `json:"at"`
	EventID string    `json:"event_id"`
	// First is true for what comes before everything else of its second: the making of a bucket or an access point.
	First bool `json:"first,omitempty"`
	// Order is the place within the second, the lowest first; see orderOf.
	Order int8 `json:"order,omitempty"`
}

// Compare orders marks from the oldest.
func (m Mark) Compare(o Mark) int {
	switch c := m.At.Compare(o.At); {
	case c != 0:
		return c
	case m.First && !o.First:
		return -1
	case o.First && !m.First:
		return 1
	default:
		return cmp.Or(cmp.Compare(m.Order, o.Order), strings.Compare(m.EventID, o.EventID))
	}
}

// Entry is one value of a fact and the event that set it.
type Entry[T any] struct {
	Mark
	Value T `json:"value"`
	// Proof is true where the value was not set by the event but proven by its success.
	Proof bool `json:"proof,omitempty"`
}

// Fact is one fact of a bucket or account over time: its latest values, newest first. An empty Fact was never
// seen, which is not the same as off.
type Fact[T any] []Entry[T]

// At is the value in force just after the event at m; ok is false if none was seen.
func (f Fact[T]) At(m Mark) (e Entry[T], ok bool) {
	for _, e := range f {
		if e.Compare(m) <= 0 {
			return e, true
		}
	}
	return e, false
}

// Before is the value in force just before the event at m; ok is false if none was seen.
func (f Fact[T]) Before(m Mark) (e Entry[T], ok bool) {
	for _, e := range f {
		if e.Compare(m) < 0 {
			return e, true
		}
	}
	return e, false
}

// Latest is the newest value by event time; ok is false if none was seen.
func (f Fact[T]) Latest() (e Entry[T], ok bool) {
	if len(f) == 0 {
		return e, false
	}
	return f[0], true
}

// after is the oldest kept entry newer than m; ok is false if m is the newest.
func (f Fact[T]) after(m Mark) (e Entry[T], ok bool) {
	for _, e := range slices.Backward(f) {
		if e.Compare(m) > 0 {
			return e, true
		}
	}
	return e, false
}

// next is the mark of after's entry, if there is one and it comes before the one given, else that.
func (f Fact[T]) next(m Mark, or *Mark) *Mark {
	if e, ok := f.after(m); ok && (or == nil || e.Compare(*or) < 0) {
		return &e.Mark
	}
	return or
}

// put places an entry where its time belongs. The same event again changes nothing.
func (f *Fact[T]) put(e Entry[T]) {
	i, found := slices.BinarySearchFunc(*f, e, func(have, e Entry[T]) int { return e.Compare(have.Mark) })
	if found {
		return
	}
	*f = slices.Insert(*f, i, e)
}

// trim keeps the latest of what was set and of what was proven, each for itself, so that no number of proofs pushes out
// a setting. Of the newest second more are kept, for nobody knows their order.
func (f *Fact[T]) trim() {
	const crowd = 4 * depth
	var kept [2]int
	newest, _ := f.Latest()
	*f = slices.DeleteFunc(*f, func(e Entry[T]) bool {
		class := 0
		if e.Proof {
			class = 1
		}
		kept[class]++
		return kept[class] > crowd || kept[class] > depth && !e.At.Equal(newest.At)
	})
}

// outlive notes the oldest fact of the bucket that is newer than the record.
func (w *writer) outlive() {
	b, m := w.b, w.mark
	later := b.Website.next(m, b.Ownership.next(m, b.Policy.next(m, b.ACL.next(m, b.Exists.next(m, w.later)))))
	for _, f := range b.Block {
		later = f.next(m, later)
	}
	for _, f := range b.Settings {
		later = f.next(m, later)
	}
	for _, f := range b.Objects {
		later = f.next(m, later)
	}
	w.later = later
}
