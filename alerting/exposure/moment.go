package exposure

import (
	"cmp"
	"slices"
)

// moment is the state as of just before or just after one event, by event time.
type moment struct {
	b     *Bucket
	a     *Account
	mark  Mark
	after bool
	wary  bool // of several events in one second, believe the one that leaves most open
	own   Own
}

// at is a fact's value at the moment; what was set before the bucket was last made or deleted is void.
func at[T any](m moment, f Fact[T], birth Mark) (e Entry[T], ok bool) {
	if m.after {
		e, ok = f.At(m.mark)
	} else {
		e, ok = f.Before(m.mark)
	}
	if ok && birth != (Mark{}) && e.Compare(birth) < 0 {
		return Entry[T]{}, false
	}
	return e, ok
}

// openest is at, but for a wary moment.
func openest[T any](m moment, f Fact[T], birth Mark, openness func(T) int) (e Entry[T], ok bool) {
	e, ok = at(m, f, birth)
	if !ok || !m.wary {
		return e, ok
	}
	for _, o := range f {
		if o.At.Equal(e.At) && o.First == e.First && o.Compare(birth) >= 0 && openness(o.Value) > openness(e.Value) {
			e = o
		}
	}
	return e, true
}

// How open values leave things, for openest.
func unenforced(o Ownership) int { return int(-TriOf(o == BucketOwnerEnforced)) }
func unflagged(t Tri) int        { return int(-t) }

func granting(acl ACL) int { return int(TriOf(openACL(acl))) }

func (m moment) allowing(policy string) int {
	p, err := ParsePolicy([]byte(policy))
	if err != nil {
		return int(TriOf(policy != ""))
	}
	return int(TriOf(slices.ContainsFunc(p.Statements, func(st Statement) bool {
		callers, _ := m.scene().callers(&st)
		return !st.Deny && slices.ContainsFunc(callers, func(c caller) bool { return !c.fixed })
	})))
}

// unstopped is, of the policies of one second, one that shares the bucket with named others, where the public one is
// stopped: that is what lets somebody in.
func (m moment) unstopped(f Fact[string], birth Mark, public Entry[string]) Entry[string] {
	if !m.wary || m.allowing(public.Value) <= m.allowing("") {
		return public
	}
	for _, o := range f {
		if !o.At.Equal(public.At) || o.First != public.First || o.Compare(birth) < 0 {
			continue
		}
		policy, err := ParsePolicy([]byte(o.Value))
		if err != nil || m.allowing(o.Value) > m.allowing("") {
			continue
		}
		s := m.scene()
		if v := Evaluate(Input{Account: s.account, Own: s.own, Policy: policy}); slices.ContainsFunc(v.Grants, func(g Grant) bool { return g.Foreign }) {
			return o
		}
	}
	return public
}

// birth is the making or deletion of the bucket that the moment knows of last. A bucket deleted and made in one second
// is there after it, unless it is known not to have been there before.
func (m moment) birth() (exists, ok bool, mark Mark) {
	e, ok := at(m, m.b.Exists, Mark{})
	if !ok || e.Value {
		return e.Value, ok, e.Mark
	}
	for n, o := range m.b.Exists {
		if !o.Value || !o.At.Equal(e.At) {
			continue
		}
		if before := m.b.Exists[n+1:]; len(before) == 0 || before[0].Value || before[0].At.Equal(e.At) {
			e = o
		}
	}
	return e.Value, ok, e.Mark
}

// believed is openest for what successes of calls prove as well. A call may have succeeded before a setting of the same
// second that would have stopped it, where nothing is known to have stopped it before that second.
func believed[T any](m moment, f Fact[T], birth Mark, openness func(T) int, stops func(T) bool) (e Entry[T], ok bool) {
	e, ok = openest(m, f, birth, openness)
	if !ok || !e.Proof {
		return e, ok
	}
	var set Entry[T]
	found := false
	for _, o := range f {
		switch same := o.At.Equal(e.At); {
		case o.Compare(birth) < 0 || !m.sees(o.Mark) || same && o.Proof:
		case same && !o.First && !stops(o.Value):
			return e, true // left open within the second
		case same && !o.First:
			set, found = o, true
		case !found || stops(o.Value):
			return e, true
		default:
			return set, true
		}
	}
	if found {
		e = set
	}
	return e, true
}

// sees reports whether the moment knows of an event.
func (m moment) sees(o Mark) bool {
	c := o.Compare(m.mark)
	return c < 0 || c == 0 && m.after
}

func isOn(t Tri) bool             { return t == Yes }
func isEnforced(o Ownership) bool { return o == BucketOwnerEnforced }

// flag is one flag of a level. A flag believed on from a setting that a later success of a call disproved in
// another flag is believed no more: an event between was missed.
func (m moment) flag(f Flags, flag Flag, birth Mark) Tri {
	e, ok := believed(m, f[flag], birth, unflagged, isOn)
	if !ok || e.Value != Yes {
		return e.Value
	}
	sibling := BlockPublicPolicy
	if flag == IgnorePublicAcls || flag == BlockPublicAcls {
		sibling = BlockPublicAcls
	}
	proof, ok := believed(m, f[sibling], birth, unflagged, isOn)
	if !ok || !proof.Proof || proof.Value != No || proof.Compare(e.Mark) < 0 {
		return Yes
	}
	for _, set := range f[sibling] {
		if set.Mark == e.Mark && !set.Proof && set.Value == No {
			return Yes // the same setting left the other flag off, so nothing is disproved
		}
	}
	return Maybe
}

func (m moment) flags(f Flags, birth Mark) [flags]Tri {
	var out [flags]Tri
	for flag := range flags {
		out[flag] = m.flag(f, flag, birth)
	}
	return out
}

// gates are the gates as the moment knows them. An organization's block was never seen in most houses, where
// there is none; only one that was seen counts.
func (m moment) gates() gates {
	_, _, birth := m.birth()
	g := gates{bucket: m.flags(m.b.Block, birth), account: m.flags(m.a.Block, Mark{}), organization: m.flags(m.a.Organization, Mark{})}
	for flag := range flags {
		if g.organization[flag] == Maybe {
			g.organization[flag] = No
		}
	}
	if e, ok := believed(m, m.b.Ownership, birth, unenforced, isEnforced); ok {
		g.enforced = TriOf(e.Value == BucketOwnerEnforced)
	}
	if Directory(m.b.Name) {
		g.bucket, g.enforced = BlockAll().tri(), Yes
	}
	return g
}

// view is what a moment amounts to for one resource.
type view struct {
	verdict    Verdict
	state      State
	confidence Confidence
	blocks     []string
	holds      bool // some public grant is open, or not known to be stopped
	shares     bool // the same of a grant to named others
}

func (m moment) scene() scene {
	return scene{account: cmp.Or(m.b.Account, m.a.ID), own: m.own}
}

// bucket is the view of the bucket itself.
func (m moment) bucket() view {
	exists, known, birth := m.birth()
	acl, aclSeen := openest(m, m.b.ACL, birth, granting)
	text, policySeen := openest(m, m.b.Policy, birth, m.allowing)
	g := m.gates()
	if g.live(PolicyPath) == No {
		text = m.unstopped(m.b.Policy, birth, text)
	}
	if known && !exists && !aclSeen && !policySeen {
		return view{verdict: verdictOf(nil, nil), state: Private, confidence: Confirmed}
	}
	in := Input{}
	var faults []string
	if aclSeen {
		in.ACL = &acl.Value
	}
	if policySeen && text.Value != "" {
		policy, err := ParsePolicy([]byte(text.Value))
		if err != nil {
			faults = append(faults, err.Error())
		}
		in.Policy = policy
	}
	undecided := !aclSeen && g.live(ACLPath) != No || !policySeen && g.live(PolicyPath) != No
	return m.sum(in, g, faults, undecided, undecided && !aclSeen && !policySeen)
}

// object is the view of one object's own ACL.
func (m moment) object(key string) view {
	_, _, birth := m.birth()
	g := m.gates()
	acl, seen := openest(m, m.b.Objects[key], birth, granting)
	in := Input{}
	if seen {
		in.ObjectACL = &acl.Value
	}
	undecided := !seen && g.live(ObjectACLPath) != No
	return m.sum(in, g, nil, undecided, undecided)
}

// point is the view of one access point.
func (m moment) point(key string) view {
	p := m.a.AccessPoints[key]
	if p == nil {
		p = &AccessPoint{}
	}
	g := m.gates()
	g.point = m.flags(p.Block, Mark{})
	vpc, ok := at(m, p.VPCOnly, Mark{})
	if ok {
		g.vpcOnly = TriOf(vpc.Value)
	}
	exists, known, birth := m.birth() // a bucket is deleted only when it has no access point left
	text, seen := openest(m, p.Policy, birth, m.allowing)
	if known && !exists && !seen {
		return view{verdict: verdictOf(nil, nil), state: Private, confidence: Confirmed}
	}
	in := Input{Point: &Point{VPCOnly: vpc.Value}}
	var faults []string
	if seen && text.Value != "" {
		policy, err := ParsePolicy([]byte(text.Value))
		if err != nil {
			faults = append(faults, err.Error())
		}
		in.Point.Policy = policy
	}
	undecided := !seen && g.live(PointPath) != No
	return m.sum(in, g, faults, undecided, undecided)
}

// sum judges what is known behind the gates. undecided: some open path is not known; blind: no grant at all is.
func (m moment) sum(in Input, g gates, faults []string, undecided, blind bool) view {
	s := m.scene()
	if in.Point != nil {
		s.account = cmp.Or(m.a.ID, s.account) // its bucket may be another's
	}
	grants := in.grants(s)
	g.judge(grants)
	v := view{verdict: in.verdict(grants, append(faults, in.faults()...)), confidence: Confirmed}
	v.state, v.blocks = v.verdict.Effective, g.closed(grants)
	sure := false
	for _, grant := range grants {
		v.holds = v.holds || grant.Public && grant.Live != No
		v.shares = v.shares || grant.Foreign && !grant.Public && grant.Live != No
		sure = sure || grant.Public && grant.Live == Yes
	}
	switch {
	case v.state == Public && !sure, v.state != Public && undecided, v.state == Unknown:
		v.confidence = Unconfirmed
	}
	if blind && v.state == Private {
		v.state = Unknown
	}
	return v
}
