package exposure

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// trust says whether those reached are one's own. The zero value is the worst.
type trust int8

const (
	stranger  trust = iota
	uncertain       // whose it is cannot be told
	own
)

// who is the set of callers a principal or condition lets in.
type who struct {
	reach Reach
	trust trust
	// fixed is S3's own question: is the set named by fixed values, without wildcard or variable?
	fixed bool
	floor alert.Severity // it is never told below this
	most  alert.Severity // nor above this; 0: no limit
	note  string         // a clause about it for the reason, may be empty
	to    []Grantee      // those named that are let in; where some are one's own and some are not, those that are not
}

func everyone() who { return who{reach: Internet} }

// limits reports whether w keeps anybody out.
func (w who) limits() bool { return w.reach != Internet }

// union lets in those of either.
func union(a, b who) who {
	out := a
	if b.reach.Wider(a.reach) || b.reach == a.reach && b.trust < a.trust {
		out = b
	}
	out.trust, out.to = min(a.trust, b.trust), either(a, b)
	out.fixed = a.fixed && b.fixed
	out.floor = max(a.floor, b.floor)
	out.most = 0
	if a.most > 0 && b.most > 0 {
		out.most = max(a.most, b.most)
	}
	return out
}

// intersect lets in only those of both. Whether it is fixed enough for S3 is asked of one of them alone.
func intersect(a, b who) who {
	out := a
	if a.reach.Wider(b.reach) {
		out = b
	}
	out.trust, out.to = max(a.trust, b.trust), both(a, b)
	switch {
	case a.reach.open() && b.reach.open():
		out.trust = stranger
	case a.reach == Service && b.reach == Service && out.trust == uncertain:
		if out.trust = own; min(a.trust, b.trust) == stranger {
			out.trust = stranger // a named service, for others; else for a named resource only
		}
	}
	out.fixed = a.fixed || b.fixed
	out.floor = max(a.floor, b.floor)
	out.most = least(a.most, b.most)
	out.note = ""
	return out
}

// least is the lower of two limits, where 0 is none.
func least(a, b alert.Severity) alert.Severity {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// scene is what a judgement has to know beside the document.
type scene struct {
	account string // the bucket's owner, empty if not known
	own     Own
	point   bool // the document is an access point's policy
}

// ofAccount is who an account id stands for.
func (s scene) ofAccount(id string) who {
	switch {
	case s.account != "" && id == s.account:
		return who{reach: SameAccount, trust: own, fixed: true, to: named(SameAccount, id)}
	case slices.Contains(s.own.Accounts, id):
		return who{reach: CrossAccount, trust: own, fixed: true, to: named(CrossAccount, id)}
	case loadBalancing(id):
		return who{reach: Service, trust: uncertain, fixed: true, note: "AWS account of Elastic Load Balancing", to: named(Service, "elasticloadbalancing.amazonaws.com")}
	case s.account == "" && len(s.own.Accounts) == 0:
		return who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, id)}
	default:
		return who{reach: CrossAccount, fixed: true, to: named(CrossAccount, id)}
	}
}

// ofOrganization is who an organization id stands for.
func (s scene) ofOrganization(id string) who {
	w := who{reach: Organization, fixed: true, to: named(Organization, id)}
	switch s.own.OrganizationID {
	case id:
		w.trust = own
	case "":
		w.trust = uncertain
	}
	return w
}

// isAccount reports whether text is an account id.
func isAccount(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// arnAccount is the account an ARN or ARN pattern is of. With segments, as the Arn operators compare, only the
// account itself must be fixed; without, as text is compared, everything up to it.
func arnAccount(arn string, segments bool) (id string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || !isAccount(parts[4]) {
		return "", false
	}
	if !segments && wild(strings.Join(parts[:4], ":")) {
		return "", false
	}
	return parts[4], true
}
