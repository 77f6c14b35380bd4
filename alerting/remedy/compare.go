package remedy

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// restores reports whether a former document may take the place of this one, of which some parts are to stay: it has
// them and every Deny, takes nothing from them by a Deny of its own, is not public, and gives nobody outside anything
// that this one does not give.
func (p *policy) restores(former *policy, kept []part) bool {
	if former.version != p.version || !former.denies(p) || len(kept) > 0 && !p.denies(former, plainHTTP) {
		return false
	}
	left := make([]int, len(p.statements))
	has := former.holds(alike)
	for i := range kept {
		left[kept[i].at]++
		if !has(&kept[i]) {
			return false
		}
	}
	for at, n := range left {
		if n > 0 && n == p.count[at] && !slices.Contains(former.statements, p.statements[at]) {
			return false // nothing of the statement goes, so it is to stay byte for byte
		}
	}
	gives := p.holds(byWhich)
	for i := range former.parts {
		o := &former.parts[i]
		outside := o.grant.Foreign || o.grant.Severity > alert.Info
		if o.grant.Public || outside && !gives(o) {
			return false
		}
	}
	return true
}

// denies reports whether every Deny of another policy is one of this one, but for those that may be missing.
func (p *policy) denies(other *policy, missing ...func(*exposure.Statement) bool) bool {
	return !slices.ContainsFunc(other.parsed.Statements, func(st exposure.Statement) bool {
		known := func(o exposure.Statement) bool {
			return o.Deny && o.NotPrincipal == st.NotPrincipal && equal(names(&o), names(&st)) && covers(&o, &st) && covers(&st, &o)
		}
		return st.Deny && !slices.ContainsFunc(missing, func(f func(*exposure.Statement) bool) bool { return f(&st) }) &&
			!slices.ContainsFunc(p.parsed.Statements, known)
	})
}

// plainHTTP reports whether a Deny speaks of requests without TLS alone.
func plainHTTP(st *exposure.Statement) bool {
	return slices.ContainsFunc(st.Conditions, func(c exposure.Condition) bool {
		return c.Operator == "Bool" && strings.EqualFold(c.Key, "aws:SecureTransport") && slices.Equal(c.Values, []string{"false"})
	})
}

// holding is how an Allow of a policy may hold a part of another one.
type holding int

const (
	alike   holding = iota // it says the same
	byName                 // it allows as much, and not only because it is public
	byWhich                // it allows as much, to everyone or to the part's principal
)

// holds gives a test of whether an Allow of the policy holds a part of another one. Two statements are compared once,
// however many principals they have.
func (p *policy) holds(how holding) func(*part) bool {
	type pair struct{ own, other int }
	compared := map[pair]bool{}
	sets, public := make([]map[string]bool, len(p.statements)), make([]bool, len(p.statements))
	for i := range p.parsed.Statements {
		sets[i] = map[string]bool{}
		for _, name := range names(&p.parsed.Statements[i]) {
			sets[i][name] = true
		}
	}
	for i := range p.parts {
		public[p.parts[i].at] = public[p.parts[i].at] || p.parts[i].grant.Public
	}
	const everyone = "AWS *"
	speaks := func(i int, st *exposure.Statement) bool {
		own, of := &p.parsed.Statements[i], names(st)
		open := how == byName && public[i] && (own.NotPrincipal || slices.Contains(of, everyone))
		switch {
		case own.Deny || open:
			return false
		case how == byWhich && !own.NotPrincipal && sets[i][everyone]:
			return true
		default:
			missing := slices.ContainsFunc(of, func(name string) bool { return !sets[i][name] })
			return own.NotPrincipal == st.NotPrincipal && !missing && (!own.NotPrincipal || len(of) == len(sets[i]))
		}
	}
	return func(one *part) bool {
		for i := range p.parsed.Statements {
			if !speaks(i, &one.statement) {
				continue
			}
			own := &p.parsed.Statements[i]
			result, known := compared[pair{i, one.at}]
			if !known {
				result = covers(own, &one.statement) && (how != alike || covers(&one.statement, own))
				compared[pair{i, one.at}] = result
			}
			if result {
				return true
			}
		}
		return false
	}
}

// covers reports whether a statement, whoever it speaks to, surely allows or denies all that another does: by the same
// words or more of them, under the same conditions or fewer.
func covers(a, b *exposure.Statement) bool {
	return a.Deny == b.Deny && wider(a.NotAction, a.Actions, b.NotAction, b.Actions) &&
		wider(a.NotResource, a.Resources, b.NotResource, b.Resources) && subset(terms(a), terms(b))
}

func wider(notA bool, a []string, notB bool, b []string) bool {
	return notA == notB && (notA && subset(a, b) || !notA && subset(b, a))
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func equal(a, b []string) bool { return subset(a, b) && subset(b, a) }

// names are the principals of a statement; an account and its root are the same.
func names(st *exposure.Statement) []string {
	out := make([]string, 0, len(st.Principals))
	for _, p := range st.Principals {
		id := p.ID
		if head, ok := strings.CutSuffix(id, ":root"); ok && strings.HasPrefix(id, "arn:") {
			id = head[strings.LastIndexByte(head, ':')+1:]
		}
		out = append(out, p.Type+" "+id)
	}
	return out
}

// terms are the conditions of a statement.
func terms(st *exposure.Statement) []string {
	out := make([]string, 0, len(st.Conditions))
	for _, c := range st.Conditions {
		values := slices.Sorted(slices.Values(c.Values))
		out = append(out, c.Operator+"\x00"+strings.ToLower(c.Key)+"\x00"+strings.Join(values, "\x00"))
	}
	return out
}
