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
	gives := p.holds(byAny)
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
	alike  holding = iota // it says the same
	byName                // it allows as much, and not only because it is public
	byAny                 // it allows as much, to everyone or to the part's principal
)

// comparison asks the Allows of a policy about the parts of another one. Two statements are compared once, however many
// principals they have.
type comparison struct {
	policy *policy
	how    holding
	names  []map[string]bool // principals of each statement
	public []bool            // whether each statement is, to some of them
	known  map[[2]int]bool   // by this policy's statement and the other's
}

// holds gives a test of whether an Allow of the policy holds a part of another one.
func (p *policy) holds(how holding) func(*part) bool {
	c := &comparison{policy: p, how: how, names: make([]map[string]bool, len(p.statements)), public: make([]bool, len(p.statements)), known: map[[2]int]bool{}}
	for i := range p.parsed.Statements {
		c.names[i] = map[string]bool{}
		for _, name := range names(&p.parsed.Statements[i]) {
			c.names[i][name] = true
		}
	}
	for i := range p.parts {
		c.public[p.parts[i].at] = c.public[p.parts[i].at] || p.parts[i].grant.Public
	}
	return func(one *part) bool {
		for i := range p.parsed.Statements {
			if c.speaks(i, &one.statement) && c.covers(i, one) {
				return true
			}
		}
		return false
	}
}

// speaks reports whether a statement is an Allow to the principal of another one, as far as the comparison goes.
func (c *comparison) speaks(i int, st *exposure.Statement) bool {
	const everyone = "AWS *"
	own, of := &c.policy.parsed.Statements[i], names(st)
	switch {
	case own.Deny, c.how == byName && c.public[i] && (own.NotPrincipal || slices.Contains(of, everyone)):
		return false
	case c.how == byAny && !own.NotPrincipal && c.names[i][everyone]:
		return true
	case own.NotPrincipal != st.NotPrincipal || own.NotPrincipal && len(of) != len(c.names[i]):
		return false
	default:
		return !slices.ContainsFunc(of, func(name string) bool { return !c.names[i][name] })
	}
}

// covers reports whether a statement allows what a part does, or the same.
func (c *comparison) covers(i int, one *part) bool {
	pair := [2]int{i, one.at}
	result, known := c.known[pair]
	if !known {
		own := &c.policy.parsed.Statements[i]
		result = covers(own, &one.statement) && (c.how != alike || covers(&one.statement, own))
		c.known[pair] = result
	}
	return result
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
