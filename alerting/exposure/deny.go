package exposure

import "slices"

// deny is a Deny statement that speaks to everybody, and whom it spares.
type deny struct {
	statement *Statement
	actions   []string // in lower case
	spared    who
	// steps is what is left for comparing the patterns of one policy. With nothing left no Deny covers anything: it may
	// lower an alert, and need not.
	steps *int
}

// maxSteps is far more than a policy made for use takes, and a few milliseconds.
const maxSteps = 2_000_000

// denies are the Deny statements of a policy that narrow what others allow.
func (s scene) denies(p *Policy) []deny {
	var out []deny
	steps := maxSteps
	for i := range p.Statements {
		st := &p.Statements[i]
		if !st.Deny {
			continue
		}
		spared, ok := s.sparedBy(st)
		if !ok || !spared.limits() {
			continue
		}
		out = append(out, deny{statement: st, actions: lower(st.Actions), spared: spared, steps: &steps})
	}
	return out
}

// sparedBy is whom a Deny leaves alone: its NotPrincipal, and everybody for whom one of its conditions is not
// true. ok is false for a Deny that speaks to some only.
func (s scene) sparedBy(st *Statement) (w who, ok bool) {
	w = who{reach: Nobody, trust: own}
	switch everybody := false; {
	case st.NotPrincipal:
		for i, p := range st.Principals {
			if q := s.principal(p); i == 0 {
				w = q
			} else {
				w = union(w, q)
			}
		}
	default:
		for _, p := range st.Principals {
			everybody = everybody || p.ID == "*" && p.Type == "AWS"
		}
		if !everybody {
			return w, false
		}
	}
	for _, c := range st.Conditions {
		w = union(w, s.spared(c))
	}
	w.floor, w.most = 0, 0
	return w, true
}

// sparing lists whom the Denies that cover an action of a statement leave alone.
func sparing(action string, st *Statement, denies []deny) []who {
	var out []who
	for i := range denies {
		if denies[i].covers(action, st) {
			out = append(out, denies[i].spared)
		}
	}
	return out
}

// covers reports whether the Deny speaks of all that an action pattern of an Allow statement grants.
func (d *deny) covers(action string, st *Statement) bool {
	if d.statement.NotAction {
		for _, a := range d.actions {
			if *d.steps -= 1 + min(len(a), len(action)); *d.steps < 0 || overlap(a, action) {
				return false
			}
		}
	} else if !d.coversAny(d.actions, action) {
		return false
	}
	if d.statement.NotResource || st.NotResource {
		return false
	}
	for _, r := range st.Resources {
		if !d.coversAny(d.statement.Resources, r) {
			return false
		}
	}
	return len(st.Resources) > 0
}

func (d *deny) coversAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(g string) bool { return coversWithin(g, p, d.steps) })
}
