package reach

import (
	"cmp"
	"slices"
)

// grant is one thing that lets the caller in, as far as it does.
type grant struct {
	truth
	because Because
	asked   truth  // what it gives before the gates of its own
	gate    string // the gate of its own that closes on it
	bucket  bool   // it is on the side of the bucket
}

// through is the grant behind a gate of its own.
func (g grant) through(gate string, open truth) grant {
	g.truth = g.truth.and(open)
	if g.gate == "" && g.truth.state == no {
		g.gate = gate
	}
	return g
}

func granted(t truth, b Because, bucket bool) grant {
	return grant{truth: t, because: b, asked: t, bucket: bucket}
}

// best is the grant an answer names: one without conditions first, then one with few, then one on the bucket's side, where
// that counts. What was not read counts of all of them.
func best(grants []grant, bucketFirst bool) grant {
	var out grant
	for i, g := range grants {
		if i == 0 || g.before(out, bucketFirst) {
			out = g
		}
	}
	for _, g := range grants {
		if g.state == open && !out.includes(g.truth) {
			out.gaps = joined(out.gaps, g.gaps)
		}
	}
	return out
}

func (g grant) before(o grant, bucketFirst bool) bool {
	if g.state != o.state {
		return g.state > o.state
	}
	switch {
	case g.state == no:
		return g.asked.state > o.asked.state
	case g.state == open && (g.simpler(o.truth) || o.simpler(g.truth)):
		return g.simpler(o.truth)
	case g.bucket != o.bucket:
		return g.bucket == bucketFirst
	default:
		return g.because.before(o.because)
	}
}

func (b Because) before(o Because) bool { return b.compare(o) < 0 }

func (b Because) compare(o Because) int {
	return cmp.Or(cmp.Compare(b.Kind, o.Kind), cmp.Compare(b.Policy, o.Policy), cmp.Compare(b.Statement, o.Statement))
}

// outcome is the answer of one door.
type outcome struct {
	truth
	because Because
	limits  []Because
}

// better is the better of two doors: yes through any is yes.
func (o outcome) better(other outcome) outcome {
	switch {
	case other.state == no || o.state == yes:
		return o
	case o.state == no || other.state == yes:
		return other
	case other.simpler(o.truth):
		o, other = other, o
	}
	if !o.includes(other.truth) {
		o.gaps = joined(o.gaps, other.gaps)
	}
	return o
}

// answer is the outcome for those who asked.
func (o outcome) answer() Answer {
	a := Answer{Because: o.because}
	switch {
	case o.state == no:
		a.Answer = No
	case o.state == yes:
		a.Answer, a.Limits = Yes, o.limits
	case len(o.gaps) > 0:
		slices.SortFunc(o.gaps, func(x, y gap) int {
			return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.policy, y.policy), cmp.Compare(x.text, y.text))
		})
		g := o.gaps[0]
		a.Answer, a.Because, a.Error = Unknown, Because{Kind: g.kind, Policy: g.policy}, g.text
	default:
		a.Answer, a.Limits, a.Conditions = Conditional, o.limits, slices.Clone(o.conditions)
		slices.Sort(a.Conditions)
	}
	return a.complete()
}

// complete makes lists of what is empty, as JSON shows it.
func (a Answer) complete() Answer {
	if a.Conditions == nil {
		a.Conditions = []string{}
	}
	if a.Limits == nil {
		a.Limits = []Because{}
	}
	slices.SortFunc(a.Limits, Because.compare)
	a.Limits = slices.Compact(a.Limits)
	return a
}
