package exposure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// anonymousID is the canonical user id S3 gives to callers without credentials.
const anonymousID = "65a011a29cdf8ec533ec3d1ccaae921c"

// caller is one of those a statement lets in.
type caller struct {
	who
	name     string // in short, as the statement has it
	more     int    // how many others it stands for
	delivers bool   // it is AWS's own delivery of logs
}

// callers are those a statement's Principal or NotPrincipal stands for, limited by its conditions, with a note for each
// part. Who is limited by nothing that is fixed makes the statement public.
func (s scene) callers(st *Statement) (out []caller, notes []string) {
	out = alike(s.principals(st))
	for _, c := range out {
		notes = append(notes, c.note)
	}
	for _, c := range st.Conditions {
		to := s.allowed(c)
		if to.note == "" && to.limits() {
			to.note = "limited by " + clip(c.Key) + " " + clip(strings.Join(c.Values, ", "))
		}
		notes = append(notes, to.note)
		for i := range out {
			out[i].who = intersect(out[i].who, to)
		}
	}
	out = alike(out)
	for i := range out {
		c := &out[i]
		if c.name == "*" && !c.reach.open() && len(c.to) > 0 { // of everyone, those a condition leaves
			c.name, c.more = clip(c.to[0].Name), len(c.to)-1
		}
		if c.more > 0 && c.name != "*" {
			c.name += fmt.Sprintf(" and %d more", c.more)
		}
	}
	return out, notes
}

// alike joins callers between whom nothing makes a difference, so that a long list costs no more than a short one.
func alike(callers []caller) []caller {
	type kind struct {
		reach       Reach
		trust       trust
		fixed       bool
		floor, most alert.Severity
		delivers    bool
	}
	out := make([]caller, 0, len(callers))
	known, named := map[kind]int{}, map[int]map[Grantee]bool{}
	for _, c := range callers {
		k := kind{c.reach, c.trust, c.fixed, c.floor, c.most, c.delivers}
		at, ok := known[k]
		if !ok {
			known[k] = len(out)
			out = append(out, c)
			continue
		}
		if out[at].more += 1 + c.more; c.name == "*" {
			out[at].name = c.name
		}
		if named[at] == nil {
			named[at] = map[Grantee]bool{}
			out[at].to = slices.Clone(out[at].to)
			for _, g := range out[at].to {
				named[at][g] = true
			}
		}
		for _, g := range c.to {
			if !named[at][g] {
				named[at][g] = true
				out[at].to = append(out[at].to, g)
			}
		}
	}
	return out
}

func (s scene) principals(st *Statement) []caller {
	switch {
	case st.NotPrincipal && slices.ContainsFunc(st.Principals, func(p Principal) bool { return p.ID == "*" }):
		return []caller{{who: who{reach: Nobody, floor: alert.Low, note: "NotPrincipal excludes everyone"}, name: "NotPrincipal"}}
	case st.NotPrincipal:
		w := everyone()
		w.note = "NotPrincipal matches everyone else, including anonymous callers"
		return []caller{{who: w, name: "NotPrincipal"}}
	case len(st.Principals) == 0:
		return []caller{{who: who{reach: Nobody, fixed: true}, name: "nobody"}}
	}
	out := make([]caller, len(st.Principals))
	for i, p := range st.Principals {
		out[i] = caller{who: s.principal(p), name: clip(p.ID), delivers: deliversLogs(p)}
	}
	return out
}

func (s scene) principal(p Principal) who {
	switch p.Type {
	case "Service":
		w := who{reach: Service, trust: uncertain, fixed: !wild(p.ID), to: named(Service, p.ID)}
		if !w.fixed {
			w.trust, w.floor = stranger, alert.Medium
		}
		return w
	case "Federated":
		return s.federated(p.ID)
	case "CanonicalUser":
		switch {
		case p.ID == anonymousID:
			return who{reach: Internet, note: "this canonical user ID stands for anonymous callers"}
		case wild(p.ID):
			return who{reach: AnyAWS, note: "S3 refuses a wildcard in a canonical user"}
		default:
			return who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, p.ID)}
		}
	default:
		return s.aws(p.ID)
	}
}

// aws is who an AWS principal stands for: "*", an account, an ARN or a unique id.
func (s scene) aws(id string) who {
	if id == "*" {
		return everyone()
	}
	if wild(id) {
		// S3 refuses it. Whoever sees it stored must not take it for one fixed principal.
		w := who{reach: AnyAWS}
		if account, ok := arnAccount(id, true); ok {
			w = s.ofAccount(account)
			w.fixed, w.floor = false, alert.Medium
		}
		w.note = "S3 rejects wildcards inside a principal"
		return w
	}
	if isAccount(id) {
		return s.ofAccount(id)
	}
	if account, ok := arnAccount(id, true); ok {
		return s.ofAccount(account)
	}
	if strings.Contains(id, ":iam::cloudfront:") {
		return who{reach: Service, trust: own, fixed: true, note: "the CloudFront distribution itself may be public"}
	}
	w := who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, id)}
	if uniqueID(id) {
		w.note = "the principal ID may belong to any account; S3 shows such an ID in place of a deleted principal"
	}
	return w
}

// uniqueID reports whether text is the id of an IAM principal, such as a policy shows of a deleted one.
func uniqueID(text string) bool {
	if len(text) < 16 || strings.ToUpper(text) != text || strings.ContainsAny(text, ":/ ") {
		return false
	}
	switch text[:4] {
	case "AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "ASIA", "AKIA", "APKA", "ABIA", "ACCA":
		return true
	default:
		return false
	}
}

// federated is never fixed: S3's first example of a public policy names graph.facebook.com, and a provider's
// ARN is not among the principals it lists as fixed either, though its reach is one account's provider.
func (s scene) federated(id string) who {
	if account, ok := arnAccount(id, true); ok && !wild(id) {
		w := s.ofAccount(account)
		w.fixed, w.floor, w.most = false, alert.Low, alert.Low
		w.note = "S3 treats federated principals as public; this provider belongs to one account"
		return w
	}
	return who{reach: AnyAWS, most: alert.High, note: "any user of the identity provider matches"}
}
