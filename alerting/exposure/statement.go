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

// statement judges one Allow statement. It is non-public only if its principals are fixed or some condition
// key is pinned to fixed values: conditions are ANDed, so one is enough. Action and Resource play no part in
// that ("The meaning of public"); they decide how bad it is.
func (s scene) statement(st *Statement, path Path, denies []deny) Grant {
	limited, notes := s.limited(st)
	if s.point && limited.reach == Internet {
		limited.reach = AnyAWS // access points refuse calls without credentials
	}
	if s.principals(st).reach == Internet && limited.reach == Service || !limited.fixed {
		limited.floor = max(limited.floor, alert.Low)
	}
	grantee := s.shortName(st, limited)
	g := worst(st, grantee, limited, denies)
	g.Path, g.To = path, limited.to
	g.Public = !limited.fixed
	g.Reason = sentence(st, g, grantee, notes)
	if g.Reach != limited.reach {
		g.Reason += "; a Deny narrows it from " + limited.reach.phrase()
	}
	return g
}

// limited is whom a statement lets in by its principals and conditions, with a note for each of them.
func (s scene) limited(st *Statement) (w who, notes []string) {
	w = s.principals(st)
	notes = []string{w.note}
	for _, c := range st.Conditions {
		to := s.allowed(c)
		if to.note == "" && to.limits() {
			to.note = "limited by " + clip(c.Key) + " " + clip(strings.Join(c.Values, ", "))
		}
		notes = append(notes, to.note)
		w = intersect(w, to)
	}
	return w, notes
}

// worst is the worst action of a statement, each action narrowed by the Denies that cover it.
func worst(st *Statement, grantee string, limited who, denies []deny) Grant {
	oneObject := !st.NotResource && single(st.Resources)
	if st.NotAction {
		g := narrowed(limited, classExcept(st.Actions), oneObject, "*", st, denies)
		g.Name = grantee + " NotAction " + strings.Join(st.Actions, ",")
		return g
	}
	var out Grant
	for i, action := range st.Actions {
		g := narrowed(limited, classOf(action), oneObject, strings.ToLower(action), st, denies)
		g.Name = grantee + " " + clip(action)
		if i == 0 || g.worse(out) {
			out = g
		}
	}
	if len(st.Actions) == 0 {
		out = narrowed(limited, NoAccess, oneObject, "*", st, denies)
		out.Name = grantee
	}
	return out
}

// narrowed is one action of a statement after the Denies. A Deny lowers reach and severity, and never below
// low what it lowers: nobody may be told that nothing is there.
func narrowed(limited who, access Access, oneObject bool, action string, st *Statement, denies []deny) Grant {
	left := limited
	for i := range denies {
		if d := &denies[i]; d.covers(action, st) {
			left = intersect(left, d.spared)
		}
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
	return Grant{Reach: left.reach, Access: access, Severity: severity, Foreign: foreign(left)}
}

// foreign reports whether somebody not known to be one's own is among those let in.
func foreign(w who) bool {
	switch w.reach {
	case Nobody, SameAccount, VPC, Service:
		return false
	default:
		return w.trust != own
	}
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

// shortName is the grantee in short: of several principals those least known, of everyone those a condition leaves.
func (s scene) shortName(st *Statement, limited who) string {
	var names []string
	least := own
	for _, p := range st.Principals {
		if p.ID == "*" {
			names = nil
			break
		}
		switch w := s.principal(p); {
		case len(names) == 0 || w.trust < least:
			names, least = []string{p.ID}, w.trust
		case w.trust == least:
			names = append(names, p.ID)
		}
	}
	switch {
	case st.NotPrincipal:
		return "NotPrincipal"
	case len(st.Principals) == 0:
		return "nobody"
	case len(names) == 0 && (limited.reach.open() || len(limited.to) == 0):
		return "*"
	case len(names) == 0:
		for _, g := range limited.to {
			names = append(names, g.Name)
		}
	}
	name := clip(names[0])
	if n := len(names); n > 1 {
		name += fmt.Sprintf(" and %d more", n-1)
	}
	return name
}

// sentence says in words what a statement allows.
func sentence(st *Statement, g Grant, grantee string, notes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "statement %d", st.Number)
	if st.Sid != "" {
		fmt.Fprintf(&b, " (%s)", clip(st.Sid))
	}
	verb, actions := " allows ", st.Actions
	if st.NotAction {
		verb = " allows everything but "
	}
	more := ""
	const most = 3
	if len(actions) > most {
		more = fmt.Sprintf(" and %d more actions", len(actions)-most)
		actions = actions[:most]
	}
	b.WriteString(verb + clip(strings.Join(actions, ", ")) + more + " to ")
	b.WriteString(g.Reach.phrase())
	if name := grantee; name != "*" && (g.Reach == CrossAccount || g.Reach == SameAccount || g.Reach == Service) {
		b.WriteString(" (" + name + ")")
	}
	for _, n := range notes {
		if n != "" {
			b.WriteString("; " + n)
		}
	}
	return b.String()
}
