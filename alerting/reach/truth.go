package reach

import "slices"

// state is how a part of the question comes out.
type state int8

const (
	no   state = iota
	open       // it depends on conditions, or on what was not read
	yes
)

// gap is a document that was not read or cannot be understood.
type gap struct {
	kind, policy, text string
}

// truth is a state and what it is open for.
type truth struct {
	state
	conditions []string // names of condition keys, as AWS writes them
	gaps       []gap
}

func always() truth { return truth{state: yes} }

func never() truth { return truth{} }

func openOn(condition string) truth { return truth{state: open, conditions: []string{condition}} }

func unread(g gap) truth { return truth{state: open, gaps: []gap{g}} }

func decided(b bool) truth {
	if b {
		return always()
	}
	return never()
}

// not is the opposite; what is open stays open.
func (t truth) not() truth {
	t.state = yes - t.state
	return t
}

// and holds if both hold.
func (t truth) and(o truth) truth {
	switch {
	case t.state == no || o.state == no:
		return never()
	case t.state == yes:
		return o
	case o.state == yes:
		return t
	default:
		conditions := slices.Clone(joined(t.conditions, o.conditions))
		slices.Sort(conditions)
		return truth{state: open, conditions: conditions, gaps: joined(t.gaps, o.gaps)}
	}
}

// or holds if either does. Of two that are open the one with fewer conditions is kept, for one is enough; what was not read
// counts of both.
func (t truth) or(o truth) truth {
	switch {
	case t.state == yes || o.state == no:
		return t
	case o.state == yes || t.state == no:
		return o
	}
	if o.simpler(t) {
		t, o = o, t
	}
	if !t.includes(o) {
		t.gaps = joined(t.gaps, o.gaps)
	}
	return t
}

// includes reports whether whenever o holds, t does, whatever stands in the documents that o lacks.
func (t truth) includes(o truth) bool {
	return t.state == yes || t.state == open && len(t.gaps) == 0 && !slices.ContainsFunc(t.conditions, func(c string) bool { return !slices.Contains(o.conditions, c) })
}

// simpler orders what is open by how much it asks for, so that the order of a document never matters.
func (t truth) simpler(o truth) bool {
	if a, b := len(t.gaps), len(o.gaps); (a == 0) != (b == 0) {
		return a == 0
	}
	if a, b := len(t.conditions), len(o.conditions); a != b {
		return a < b
	}
	return slices.Compare(t.conditions, o.conditions) < 0
}

func joined[T comparable](a, b []T) []T {
	out := slices.Clip(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
