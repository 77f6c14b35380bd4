package exposure

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// anonymousID is the canonical user id S3 gives to callers without credentials.
const anonymousID = "65a011a29cdf8ec533ec3d1ccaae921c"

// principals is who a statement's Principal or NotPrincipal stands for.
func (s scene) principals(st *Statement) who {
	if st.NotPrincipal {
		for _, p := range st.Principals {
			if p.ID == "*" {
				return who{reach: Nobody, floor: alert.Low, note: "its NotPrincipal excepts everyone"}
			}
		}
		w := everyone()
		w.note = "NotPrincipal means everybody else, callers without credentials included"
		return w
	}
	if len(st.Principals) == 0 {
		return who{reach: Nobody, fixed: true}
	}
	out := s.principal(st.Principals[0])
	for _, p := range st.Principals[1:] {
		out = union(out, s.principal(p))
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
			return who{reach: Internet, note: "the canonical user is the one of callers without credentials"}
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
		w.note = "S3 refuses a wildcard inside a principal"
		return w
	}
	if isAccount(id) {
		return s.ofAccount(id)
	}
	if account, ok := arnAccount(id, true); ok {
		return s.ofAccount(account)
	}
	if strings.Contains(id, ":iam::cloudfront:") {
		return who{reach: Service, trust: own, fixed: true, note: "the CloudFront distribution may itself be open to everyone"}
	}
	if uniqueID(id) && s.put {
		return who{reach: CrossAccount, trust: uncertain, fixed: true, note: "S3 takes an id of a living principal only, of whatever account", to: named(CrossAccount, id)}
	}
	if uniqueID(id) {
		return who{reach: Nobody, trust: own, fixed: true, note: "the principal behind this id was deleted"}
	}
	return who{reach: CrossAccount, trust: uncertain, fixed: true, to: named(CrossAccount, id)}
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
		w.note = "S3 calls every federated principal public; this provider belongs to one account"
		return w
	}
	return who{reach: AnyAWS, most: alert.High, note: "every user of the identity provider counts"}
}
