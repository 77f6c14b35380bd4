package exposure

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// grants is what a policy grants: for each Allow statement its worst action, Denies considered.
func (s scene) grants(p *Policy, path Path) []Grant {
	denies := s.denies(p)
	out := make([]Grant, 0, len(p.Statements))
	for i := range p.Statements {
		if st := &p.Statements[i]; !st.Deny {
			out = append(out, s.statement(st, path, denies))
		}
	}
	return out
}

// statement judges one Allow statement by the worst of those it lets in. It is non-public only if all of them are fixed
// or some condition key is pinned to fixed values: conditions are ANDed, so one is enough. Action and Resource play no
// part in that ("The meaning of public"); they decide how bad it is.
func (s scene) statement(st *Statement, path Path, denies []deny) Grant {
	callers, notes := s.callers(st)
	public := false
	for i := range callers {
		c := &callers[i]
		if s.point && c.reach == Internet {
			c.reach = AnyAWS // access points refuse calls without credentials
		}
		if !c.fixed {
			c.floor, public = max(c.floor, alert.Low), true
		}
	}
	g, full := worst(st, callers, denies)
	g.Path, g.Public = path, public
	g.Reason = sentence(st, g, notes)
	if g.Reach != full {
		g.Reason += "; a Deny limits it (without the Deny: " + full.phrase() + ")"
	}
	return g
}

// allowance is one action of an Allow, with its name for people.
type allowance struct {
	pattern string // in lower case
	access  Access
	name    string
}

func actionsOf(st *Statement) []allowance {
	switch {
	case st.NotAction:
		return []allowance{{"*", classExcept(st.Actions), " NotAction " + strings.Join(st.Actions, ",")}}
	case len(st.Actions) == 0:
		return []allowance{{"*", NoAccess, ""}}
	}
	out := make([]allowance, len(st.Actions))
	for i, action := range st.Actions {
		out[i] = allowance{strings.ToLower(action), classOf(action), " " + clip(action)}
	}
	return out
}

// worst is the worst action of a statement for the worst of its callers, each narrowed by the Denies that cover it. Its
// reach is the widest of those worth telling, if there are any, and full what that would be without the Denies.
func worst(st *Statement, callers []caller, denies []deny) (out Grant, full Reach) {
	type span struct{ narrowed, full Reach }
	all, told := span{Nobody, Nobody}, span{Nobody, Nobody}
	oneObject := !st.NotResource && single(st.Resources)
	foreign, ownOnly := false, true
	var to []Grantee
	for i, action := range actionsOf(st) {
		spared := sparing(action.pattern, st, denies)
		for k, c := range callers {
			if c.delivers && c.trust == uncertain && deliveryAction(action.pattern) {
				c.trust = own
			}
			g := narrowed(c.who, action.access, oneObject, spared)
			ownOnly = ownOnly && (!g.Foreign || g.own)
			g.Name, g.grantee = c.name+action.name, c.name
			if i+k == 0 || g.worse(out) {
				out = g
			}
			all = span{wider(all.narrowed, g.Reach), wider(all.full, c.reach)}
			if g.Foreign {
				foreign, to = true, either(who{to: to}, who{to: c.to})
				told = span{wider(told.narrowed, g.Reach), wider(told.full, c.reach)}
			}
		}
	}
	if !foreign {
		told = all
		for _, c := range callers {
			to = either(who{to: to}, who{to: c.to})
		}
	}
	out.Reach, out.Foreign, out.To, out.own = told.narrowed, foreign, to, ownOnly
	return out, told.full
}

// narrowed is one action of a statement for one of its callers, of whom the Denies that cover it leave those spared. A
// Deny lowers reach and severity, and never below low what it lowers: nobody may be told that nothing is there.
func narrowed(limited who, access Access, oneObject bool, spared []who) Grant {
	left := limited
	for _, w := range spared {
		left = intersect(left, w)
	}
	severity := ladder(limited, access, oneObject)
	if limited.reach.Wider(left.reach) && severity > alert.Low {
		most := alert.Medium
		switch {
		case left.reach == Nobody:
			most = alert.Low
		case left.reach.open():
			most = ladder(left, access, oneObject)
		}
		severity = min(severity, most)
	}
	return Grant{Reach: left.reach, Access: access, Severity: severity, Foreign: severity >= alert.Low, own: left.trust == own}
}

// worse orders grants by what they mean: urgency, then reach, then access, then name, so that the order of a
// document never matters.
func (g Grant) worse(o Grant) bool {
	switch {
	case g.Severity != o.Severity:
		return g.Severity > o.Severity
	case g.Public != o.Public:
		return g.Public
	case g.Reach != o.Reach:
		return g.Reach.Wider(o.Reach)
	case g.Access != o.Access:
		return g.Access > o.Access
	case g.Path != o.Path:
		return g.Path < o.Path
	default:
		return g.Name < o.Name
	}
}

// sentence says in words what a statement allows.
func sentence(st *Statement, g Grant, notes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "statement %d", st.Number)
	if st.Sid != "" {
		fmt.Fprintf(&b, " (%s)", clip(st.Sid))
	}
	verb, actions := " allows ", st.Actions
	if st.NotAction {
		verb = " allows all actions except "
	}
	more := ""
	const most = 3
	if len(actions) > most {
		more = fmt.Sprintf(" and %d more actions", len(actions)-most)
		actions = actions[:most]
	}
	b.WriteString(verb + clip(strings.Join(actions, ", ")) + more + " to ")
	b.WriteString(g.Reach.phrase())
	if name := g.grantee; name != "*" && (g.Reach == CrossAccount || g.Reach == SameAccount || g.Reach == Service) {
		b.WriteString(" (" + name + ")")
	}
	for _, n := range notes {
		if n != "" {
			b.WriteString("; " + n)
		}
	}
	return b.String()
}
