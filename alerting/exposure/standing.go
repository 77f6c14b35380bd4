package exposure

import (
	"cmp"
	"time"
)

// Resource is what can be asked how it stands: a bucket, an object, an access point, or an account's own block.
type Resource struct {
	Bucket  *Bucket  // nil: never seen
	Account *Account // nil: never seen
	Own     Own
	Scope   Scope
	Key     string // of the object or the access point, as the state keeps it
}

// Standing is how a resource stands at one moment, and the values that decide about it, as far as they were seen.
type Standing struct {
	Verdict Verdict
	State   State
	Open    bool // some public grant works, or is not known to be stopped
	Shared  bool // the same of a grant to named others
	Live    map[Path]Tri

	Policy        string // of the bucket or the access point, JSON text; empty: none
	PolicySeen    bool
	ACL           ACL // of the bucket or the object
	ACLSeen       bool
	Block         [flags]Tri // of the bucket, or of the account in its own scope, by Flag; Maybe where no call set it
	Ownership     Ownership
	OwnershipSeen bool
	Website       bool
	Deleted       bool // the bucket is known to be deleted
}

// Now is how the resource stands by the newest facts.
func (r Resource) Now() Standing { return r.at(newest(orEmpty(r.Bucket), orEmpty(r.Account), r.Own)) }

// Before is how it stood just before the second t.
func (r Resource) Before(t time.Time) Standing {
	return r.at(moment{b: orEmpty(r.Bucket), a: orEmpty(r.Account), mark: Mark{At: t, First: true}, own: r.Own})
}

func (r Resource) at(m moment) Standing {
	v := (&differ{scope: r.Scope, key: r.Key}).view(m)
	exists, known, birth := m.birth()
	s := Standing{
		Verdict: v.verdict, State: v.state, Open: v.holds, Shared: v.shares, Deleted: known && !exists, Live: map[Path]Tri{},
	}
	website, _ := at(m, m.b.Website, birth)
	ownership, seen := openest(m, m.b.Ownership, birth, unenforced)
	if set, ok := at(m, without(m.b.Ownership, unwanted{proofs: true}), birth); ok && ownership.Proof && set.Value != BucketOwnerEnforced {
		ownership = set // the success of an ACL proved no more than that
	}
	s.Website, s.Ownership, s.OwnershipSeen = website.Value, ownership.Value, seen
	g, level := m.gates(), m.b.Block
	policy, acl := m.b.Policy, m.b.ACL
	switch p := m.a.AccessPoints[r.Key]; {
	case r.Scope == AccountScope:
		level, birth = m.a.Block, Mark{}
	case r.Scope == ObjectScope:
		policy, acl = nil, m.b.Objects[r.Key]
	case r.Scope == AccessPointScope && p != nil:
		policy, acl, g.point = p.Policy, nil, m.flags(p.Block, Mark{})
		if vpc, ok := at(m, p.VPCOnly, Mark{}); ok {
			g.vpcOnly = TriOf(vpc.Value)
		}
	case r.Scope == AccessPointScope:
		policy, acl = nil, nil
	}
	for _, path := range []Path{ACLPath, PolicyPath, ObjectACLPath, PointPath} {
		s.Live[path] = g.live(path)
	}
	text, seen := openest(m, policy, birth, m.allowing)
	s.Policy, s.PolicySeen = text.Value, seen
	list, seen := openest(m, acl, birth, granting)
	s.ACL, s.ACLSeen = list.Value, seen
	for flag := range flags {
		s.Block[flag] = m.flag(level, flag, birth)
		if e, ok := at(m, level[flag], birth); ok && e.Proof {
			s.Block[flag] = called(m, level[flag], birth)
		}
	}
	return s
}

// called is what a flag that was proven off was set to: No, or Maybe where a call that did so was not seen.
func called(m moment, f Fact[Tri], birth Mark) Tri {
	if e, ok := at(m, without(f, unwanted{proofs: true}), birth); ok && e.Value == No {
		return No
	}
	return Maybe
}

// Grants is what a policy grants as the call that set it showed it, whatever stops it: one for each Allow, in order.
// The scope is that of what has the policy, a bucket or an access point.
func (r Resource) Grants(p *Policy) []Grant {
	account := cmp.Or(orEmpty(r.Bucket).Account, orEmpty(r.Account).ID)
	if r.Scope == AccessPointScope {
		account = cmp.Or(orEmpty(r.Account).ID, account) // its bucket may be another's
	}
	s := scene{account: account, own: r.Own, point: r.Scope == AccessPointScope}
	return s.grants(p, PolicyPath)
}
