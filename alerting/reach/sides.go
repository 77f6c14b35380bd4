package reach

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// doorGrants are the grants of the door: on the bucket, and at an access point on that as well.
func (q *query) doorGrants() []grant {
	grants := q.grants(q.docs.policy)
	if q.door == (door{}) {
		return append(grants, q.aclGrants()...)
	}
	inside := best(grants, false)
	var out []grant
	for _, g := range q.pointGrants() {
		g.truth, g.asked = g.and(inside.truth), g.asked.and(inside.asked)
		out = append(out, g)
	}
	return out
}

func (q *query) pointGrants() []grant {
	if q.door.unread != nil {
		return []grant{granted(unread(*q.door.unread), Because{Kind: kindPoint}, true)}
	}
	return q.atPoint(q.door.point).grants(q.door.point.policy)
}

// atPoint is the question put to the access point itself.
func (q *query) atPoint(p *point) *query {
	at := *q
	at.call.resource, at.call.account = p.arn, p.account
	if q.object != "" {
		at.call.resource += "/object/" + q.object
	}
	return &at
}

// grants are what lets the caller call: inside one account the caller's side or the resource's, across accounts both.
func (q *query) grants(d *document) []grant {
	var out []grant
	if !q.foreign() {
		out = q.identityGrants()
	}
	if d == nil {
		return out
	}
	if d.fault != "" {
		return append(out, q.acrossAccounts(granted(unread(d.gap()), Because{Kind: d.kind, Policy: d.name}, true)))
	}
	for _, s := range q.about(d) {
		if s.Deny {
			continue
		}
		for w, named := range q.names(s) {
			if named.state == no {
				continue
			}
			g := granted(named.and(q.applies(s)), d.because(s), true)
			switch {
			case g.state == no:
			case q.foreign():
				out = append(out, q.acrossAccounts(g))
			case way(w) == directly:
				out = append(out, g)
			case way(w) == byRole:
				out = append(out, g.through(kindBoundary, q.bounded()))
			}
		}
	}
	return out
}

// acrossAccounts is a grant of a resource that the caller's own side must share where it is of another account.
func (q *query) acrossAccounts(g grant) grant {
	if !q.foreign() || q.caller.account == "" {
		return g
	}
	if q.caller.other {
		g.truth = g.and(openOn(otherAccount))
		return g
	}
	side := best(q.identityGrants(), false)
	g.truth, g.gate = g.and(side.truth), side.gate
	return g
}

// identityGrants are what the caller's own policies allow, within its boundary.
func (q *query) identityGrants() []grant {
	c := &q.caller
	switch {
	case c.account == "" || c.nobody:
		return nil
	case c.kind == root:
		return []grant{granted(always(), Because{Kind: kindOwner, Policy: c.arn}, false)}
	case c.gap != nil:
		return []grant{granted(unread(*c.gap), Because{Kind: kindIdentity}, false)}
	case c.identity == nil:
		return nil
	}
	var out []grant
	for _, d := range c.identity.policies {
		out = append(out, q.allows(d)...)
	}
	if len(out) == 0 {
		return nil
	}
	boundary := q.bounded()
	for i := range out {
		out[i] = out[i].through(kindBoundary, boundary)
	}
	return out
}

// bounded says whether the caller's boundary allows the call.
func (q *query) bounded() truth {
	c := &q.caller
	switch {
	case c.gap != nil:
		return unread(*c.gap)
	case c.identity == nil || c.identity.boundary == nil:
		return always()
	default:
		return best(q.allows(c.identity.boundary), false).truth
	}
}

// aclGrants are what the bucket's ACL grants for the call ("Access control list (ACL) overview": mapping of ACL permissions).
func (q *query) aclGrants() []grant {
	var permissions []string
	switch q.call.action {
	case "s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads":
		permissions = []string{"READ", "FULL_CONTROL"}
	case "s3:putobject":
		permissions = []string{"WRITE", "FULL_CONTROL"}
	case "s3:getbucketacl":
		permissions = []string{"READ_ACP", "FULL_CONTROL"}
	case "s3:putbucketacl":
		permissions = []string{"WRITE_ACP", "FULL_CONTROL"}
	default:
		return nil
	}
	if q.docs.acl == nil {
		g := granted(unread(gap{kindACL, "", q.docs.aclFault}), Because{Kind: kindACL}, true)
		return []grant{q.acrossAccounts(g.through(kindOwnership, q.aclsCount()))}
	}
	var out []grant
	for _, a := range q.docs.acl.Grants {
		if !slices.Contains(permissions, a.Permission) || q.docs.acl.IsOwner(a.Grantee) {
			continue
		}
		t, public := q.grantee(a)
		g := granted(t, Because{Kind: kindACL, Statement: a.Grantee + " " + a.Permission}, true)
		if g.state == no {
			continue
		}
		if g = g.through(kindOwnership, q.aclsCount()); public {
			g = g.through(kindBlock, q.blocked(func(b block) *bool { return b.IgnorePublicAcls }).not())
		}
		out = append(out, q.acrossAccounts(g))
	}
	return out
}

// grantee says whether an ACL's grant means the caller, and whether it is one of those that S3 calls public.
func (q *query) grantee(a exposure.ACLGrant) (t truth, public bool) {
	c := &q.caller
	switch a.Grantee {
	case "AllUsers":
		return always(), true
	case "AuthenticatedUsers":
		return decided(c.account != "" || c.kind == anyAWS), true
	case "LogDelivery":
		return decided(c.kind == service && c.name == "logging.s3.amazonaws.com"), false
	}
	if n := q.canonical(a.Grantee); n.way == directly || q.foreign() {
		return n.truth, false
	}
	return never(), false
}

// aclsCount says whether the ownership setting leaves ACLs on.
func (q *query) aclsCount() truth {
	if o := q.docs.ownership; o.fault != "" {
		return unread(gap{kindOwnership, "", o.fault})
	}
	return decided(q.docs.ownership.value != "BucketOwnerEnforced")
}
