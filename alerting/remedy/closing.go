package remedy

import (
	"fmt"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// closing is the planning for one target.
type closing struct {
	state    State
	target   Target
	now, was exposure.Standing // was: just before the exposure began
}

// change is what becomes of one document.
type change struct {
	writes   []Write
	fresh    bool   // some of what has to go was not there before the exposure
	unread   bool   // it may be public, and cannot be rewritten
	restores bool   // it goes back to what it was
	warning  string // why it is left alone
}

func (c *closing) plan() Plan {
	plan := Plan{Target: c.target}
	switch {
	case c.target.Scope == exposure.AccountScope:
		return c.accountPlan()
	case c.now.Deleted, c.target.Bucket != "" && !bucketName(c.target.Bucket):
		return plan
	case c.target.Scope == exposure.AccessPointScope && c.state.account(c.target) == "":
		return plan
	}
	policy, acl := c.policy(), c.acl()
	chosen, warnings := c.choose(policy, acl)
	switch {
	case !chosen.closed:
		plan.warn(policy.warning, acl.warning, "no single call is known that closes it and opens nothing else")
	case len(chosen.writes) > 0:
		plan.Writes = chosen.writes
		plan.warn(warnings...)
		plan.warn(c.costs(&chosen)...)
		plan.Effect = c.effect(&chosen, policy.restores || acl.restores)
	}
	return plan
}

// choose tries what closes the target, the best first: what was turned off put back where that stops nothing else, then
// the documents rewritten, then Public Access Block. No calls are chosen where none are needed, or where something else
// holds the target closed and rewriting its documents would let others in.
func (c *closing) choose(policy, acl change) (chosen trial, warnings []string) {
	documents, unread := slices.Concat(policy.writes, acl.writes), c.unread(policy, acl)
	before := c.trial(nil, unread)
	if c.target.Share && len(documents) == 0 {
		before.closed = true
		return before, nil
	}
	if c.target.Unexplained && before.closed && c.target.Scope != exposure.AccessPointScope && !exposure.Directory(c.target.Bucket) {
		why := "no document that was seen says why the calls were let in: read the policy, the ACLs and the access points of the bucket"
		return c.trial([]Write{c.putBlock(exposure.BlockAll())}, nil), []string{why}
	}
	back, warnings := c.back(documents)
	if len(documents)+len(back) == 0 && before.closed {
		return before, nil
	}
	var gates trial
	if alone, _ := c.back(nil); len(alone) > 0 && !policy.fresh && !acl.fresh {
		gates = c.trial(alone, unread)
	}
	if gates.closed && len(gates.stopped) == 0 {
		return gates, warnings
	}
	if rewritten := c.trial(slices.Concat(documents, back), unread); rewritten.closed {
		return rewritten, warnings
	}
	switch {
	case gates.closed:
		return gates, warnings
	case before.closed, c.target.Share: // no block stops named others
		return before, nil
	}
	block, ok := c.block(documents, policy, acl)
	if !ok {
		return before, nil
	}
	warnings = append(warnings, policy.warning, acl.warning)
	if chosen = c.trial(slices.Concat(documents, []Write{block}, ownership(back)), unread); !chosen.closed {
		chosen = c.trial([]Write{block}, unread) // the documents may let in others once they are not public
	}
	return chosen, warnings
}

func (p *Plan) warn(warnings ...string) {
	for _, w := range warnings {
		if w != "" && !slices.Contains(p.Warnings, w) {
			p.Warnings = append(p.Warnings, w)
		}
	}
}

// unread are the paths of documents that cannot be judged.
func (c *closing) unread(policy, acl change) []exposure.Path {
	var out []exposure.Path
	if policy.unread {
		out = append(out, c.policyPath())
	}
	if acl.unread {
		out = append(out, c.aclPath())
	}
	return out
}

// trial is how the target would stand after some calls.
type trial struct {
	writes  []Write
	after   exposure.Standing
	closed  bool             // nothing is public, which a share alone is not asked, and nobody outside has gained
	stopped []exposure.Grant // that were not public and work no more, although their document still has them
}

func (c *closing) trial(writes []Write, unread []exposure.Path) trial {
	t := trial{writes: writes, after: c.now}
	if len(writes) > 0 {
		t.after = c.after(writes)
	}
	t.closed = c.target.Share || !t.after.Open && !slices.ContainsFunc(unread, func(p exposure.Path) bool { return t.after.Live[p] != exposure.No })
	for _, g := range t.after.Verdict.Grants {
		worked := slices.ContainsFunc(c.now.Verdict.Grants, func(o exposure.Grant) bool {
			return o.Path == g.Path && o.Name == g.Name && !o.Public && o.Live != exposure.No
		})
		switch {
		case g.Public:
		case g.Live == exposure.No && worked:
			t.stopped = append(t.stopped, g)
		case g.Live != exposure.No && g.Foreign && !worked && c.now.Live[g.Path] == exposure.No:
			t.closed = false // it slept behind a gate only because something else in its document was public
		}
	}
	return t
}

// after is how the target would stand after some calls.
func (c *closing) after(writes []Write) exposure.Standing {
	return Apply(c.state, Plan{Target: c.target, Writes: writes}).resource(c.target).Now()
}

func (c *closing) policyPath() exposure.Path {
	if c.target.Scope == exposure.AccessPointScope {
		return exposure.PointPath
	}
	return exposure.PolicyPath
}

func (c *closing) aclPath() exposure.Path {
	if c.target.Scope == exposure.ObjectScope {
		return exposure.ObjectACLPath
	}
	return exposure.ACLPath
}

// public reports whether anything on a path is public, stopped or not.
func (c *closing) public(path exposure.Path) bool {
	return slices.ContainsFunc(c.now.Verdict.Grants, func(g exposure.Grant) bool { return g.Path == path && g.Public })
}

// goes reports whether a grant of a path has to go: a public one that works or is new, or of a share one to others outside
// that works and is new.
func (c *closing) goes(g exposure.Grant, path exposure.Path, fresh bool) bool {
	live := c.now.Live[path] != exposure.No
	switch {
	case g.Public:
		return !c.target.Share && c.public(path) && (live || fresh)
	case path == exposure.PolicyPath || path == exposure.PointPath:
		live = live || !c.public(path) // RestrictPublicBuckets stops it beside something public only
	default:
		live = c.now.Ownership != exposure.BucketOwnerEnforced
	}
	return c.target.Share && g.Foreign && live && fresh
}

// policy is what becomes of the policy of the bucket or the access point.
func (c *closing) policy() change {
	if !c.now.PolicySeen || c.now.Policy == "" || c.target.Scope == exposure.ObjectScope {
		return change{}
	}
	r, path := c.state.resource(c.target), c.policyPath()
	p, err := readPolicy(r, c.now.Policy)
	if err != nil {
		return change{unread: true, warning: "the policy cannot be evaluated, so it is left as it is: read it before anything else is changed in it"}
	}
	former := c.former(r)
	out, needed := change{}, false
	for i := range p.parts {
		one := &p.parts[i]
		fresh := former == nil
		switch {
		case fresh:
		case one.grant.Public:
			fresh = !former.givesAny(one)
		default:
			fresh = !former.givesNamed(one)
		}
		one.goes = c.goes(one.grant, path, fresh)
		needed, out.fresh = needed || one.goes, out.fresh || one.goes && fresh
	}
	if !needed {
		return change{}
	}
	after, kept, err := p.without(func(one part) bool { return one.goes || one.grant.Public && c.public(path) })
	if err != nil {
		return change{unread: true, warning: "the policy cannot be rewritten, so it is left as it is"}
	}
	if former != nil && p.restores(former.policy, kept) {
		after, out.restores = former.text, true
	}
	if after == "" && c.multiRegion() {
		if after, err = p.ownOnly("aws", c.state.account(c.target)); err != nil {
			return change{unread: true, warning: "the policy cannot be rewritten, so it is left as it is"}
		}
	}
	out.writes = []Write{c.putPolicy(p.text, after)}
	return out
}

// former is the policy as it was before the exposure; nil if it is not known, was none, or cannot be judged.
func (c *closing) former(r exposure.Resource) *formerPolicy {
	if !c.was.PolicySeen || c.was.Policy == "" {
		return nil
	}
	p, err := readPolicy(r, c.was.Policy)
	if err != nil {
		return nil
	}
	return &formerPolicy{policy: p, givesAny: p.holds(byAny), givesNamed: p.holds(byName)}
}

// formerPolicy is a policy that others are compared with.
type formerPolicy struct {
	*policy
	givesAny, givesNamed func(*part) bool
}

// acl is what becomes of the ACL of the bucket or the object.
func (c *closing) acl() change {
	none := !c.now.ACLSeen || c.target.Scope == exposure.AccessPointScope || exposure.Directory(c.target.Bucket)
	if none || c.now.OwnershipSeen && c.now.Ownership == exposure.BucketOwnerEnforced {
		return change{} // S3 takes no ACL then
	}
	unread := change{unread: true, warning: "the ACL cannot be evaluated, so it is left as it is"}
	acl, path := &c.now.ACL, c.aclPath()
	if acl.Fault != "" {
		return unread
	}
	var out change
	var gone []exposure.ACLGrant
	needed := false
	grants, judged := shared(acl, path)
	had, _ := shared(&c.was.ACL, path)
	for i, g := range grants {
		fresh := !c.was.ACLSeen || !slices.Contains(had, g)
		goes := c.goes(judged[i], path, fresh)
		needed, out.fresh = needed || goes, out.fresh || goes && fresh
		if goes || judged[i].Public {
			gone = append(gone, g)
		}
	}
	if !needed {
		return change{}
	}
	after := reduced(acl, gone)
	if c.was.ACLSeen && restoresACL(&c.was.ACL, acl, &after) {
		after, out.restores = c.was.ACL, true
	}
	write, err := c.putACL(acl, &after)
	if err != nil {
		return change{unread: true, warning: fmt.Sprintf("the ACL is left as it is: %v", err)}
	}
	out.writes = []Write{write}
	return out
}
