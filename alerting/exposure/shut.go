package exposure

import (
	"slices"
	"strings"
)

// shut is since when every way into a resource is known to be closed: the oldest of the events that closed them, each the
// latest of its way. The zero Mark: one may be open, for it was never seen closed. What was let in before is over.
type shut struct {
	public  Mark // for the public
	shares  Mark // for named others
	objects Mark // for the public, into the objects by ACLs of their own
}

// shut judges by the newest facts.
func (d *differ) shut() shut {
	m := newest(d.b, d.a, d.own)
	exists, known, birth := m.birth()
	if known && !exists {
		return shut{birth, birth, birth}
	}
	public, anybody := d.closedWays(m, birth, openACL, func(g Grant) bool { return g.Public }), d.closedWays(m, birth, granted, func(g Grant) bool { return g.Public || g.Foreign })
	var blocked, ignored, enforced Mark
	if e, ok := openest(m, d.b.Ownership, birth, unenforced); ok && e.Value == BucketOwnerEnforced {
		enforced = e.Mark
	}
	for _, f := range []*Flags{&d.b.Block, &d.a.Block, &d.a.Organization} {
		blocked = later(blocked, m.closedBy(f, RestrictPublicBuckets))
		ignored = later(ignored, m.closedBy(f, IgnorePublicAcls))
	}
	if d.scope == ObjectScope && strings.HasPrefix(d.rec.EventName, "DeleteObject") && !d.rec.Failed() {
		return shut{d.mark, d.mark, d.mark}
	}
	return shut{
		public:  earlier(later(public.policy, blocked), later(public.acl, later(ignored, enforced))),
		shares:  earlier(anybody.policy, later(anybody.acl, enforced)),
		objects: earlier(later(public.policy, blocked), later(ignored, enforced)),
	}
}

// ways are the events that set what grants access to something that lets nobody in; the zero Mark where it may let somebody in.
type ways struct{ policy, acl Mark }

// closedWays looks at the bucket's policy and at the ACL of the bucket or object, as far as they let in those asked for.
func (d *differ) closedWays(m moment, birth Mark, open func(ACL) bool, lets func(Grant) bool) ways {
	var w ways
	if e, ok := at(m, d.b.Policy, birth); ok && !m.lets(e.Value, lets) {
		w.policy = e.Mark
	}
	acl := d.b.ACL
	if d.scope == ObjectScope {
		acl = d.b.Objects[d.key]
	}
	if e, ok := openest(m, acl, birth, granting); ok && e.Value.Fault == "" && !open(e.Value) {
		w.acl = e.Mark
	}
	return w
}

// closedBy is the event that put a flag of a level in force; the zero Mark if it is not.
func (m moment) closedBy(f *Flags, flag Flag) Mark {
	_, _, birth := m.birth()
	if f != &m.b.Block {
		birth = Mark{}
	}
	if m.flag(*f, flag, birth) != Yes {
		return Mark{}
	}
	e, _ := openest(m, f[flag], birth, unflagged)
	return e.Mark
}

// lets reports whether a policy has a grant of the kind asked for, or may have.
func (m moment) lets(policy string, kind func(Grant) bool) bool {
	if policy == "" {
		return false
	}
	p, err := ParsePolicy([]byte(policy))
	return err != nil || len(p.Faults) > 0 || slices.ContainsFunc(m.scene().grants(p, PolicyPath), kind)
}

func later(a, b Mark) Mark {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// earlier is the zero Mark if one of both is.
func earlier(a, b Mark) Mark {
	if b.Compare(a) < 0 {
		return b
	}
	return a
}

// Ended reports whether the change leaves every way closed, by events after the moment, that can have let somebody in
// then: the public, or with shared named others. Below asks for the objects of the change's bucket.
func (c *Change) Ended(since Mark, shared, below bool) bool {
	by := c.shut.public
	switch {
	case below && shared:
		return false
	case below:
		by = c.shut.objects
	case shared:
		by = c.shut.shares
	}
	return by.At.After(since.At)
}
