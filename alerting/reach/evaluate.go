package reach

import "slices"

// gate is what must let a granted call through.
type gate struct {
	truth
	because Because
}

// through judges the call through the query's door.
func (q *query) through() outcome {
	denials := q.denied()
	g := best(q.doorGrants(), q.foreign())
	gates := []gate{q.serviceControl(), q.restricted(), q.ownersOnly(), q.keyGate()}
	if p := q.door.point; p != nil && p.vpc {
		gates = append(gates, gate{openOn(keyName("aws:SourceVpc")), Because{Kind: kindPoint, Policy: p.name}})
	}
	return judge(denials, g, gates)
}

// judge sums up: an explicit Deny ends it, then something must grant it, then every gate must be open.
func judge(denials []denial, g grant, gates []gate) outcome {
	out := outcome{truth: g.truth, because: g.because}
	var stop *Because
	for _, d := range denials {
		if d.state == yes && (stop == nil || d.because.Kind == stop.Kind && d.because.before(*stop)) {
			stop = &d.because
		}
	}
	if stop != nil {
		return outcome{because: *stop}
	}
	if g.state == no {
		out.because = Because{Kind: kindNone}
		if g.gate != "" && len(g.asked.gaps) == 0 {
			out.because = Because{Kind: g.gate}
		}
		return out
	}
	for _, gate := range gates {
		switch {
		case gate.state == no:
			return outcome{because: gate.because}
		case gate.state == open:
			out.limits = append(out.limits, gate.because)
		}
		out.truth = out.and(gate.truth)
	}
	for _, d := range denials {
		out.truth, out.limits = out.and(d.not()), append(out.limits, d.because)
	}
	return out
}

// foreign reports whether the caller is not of the account that owns what it calls.
func (q *query) foreign() bool { return q.caller.account != q.call.account }

// denied are all statements that may deny the call through the door.
func (q *query) denied() []denial {
	out := q.callerDenials()
	if !q.repairs() {
		out = append(out, q.denials(q.docs.policy, true)...)
	}
	if p := q.door.point; p != nil {
		at := q.atPoint(p)
		out = append(out, at.callerDenials()...)
		out = append(out, at.denials(p.policy, true)...)
	}
	return append(out, q.resourceControl()...)
}

// repairs reports whether this is the owner's root user with one of the calls by which a bucket policy that locks everybody
// out is mended ("PutBucketPolicy": the root principal may, even if the policy denies it).
func (q *query) repairs() bool {
	return q.caller.kind == root && !q.foreign() && policyCall(q.call.action)
}

func policyCall(action string) bool {
	return slices.Contains([]string{"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}, action)
}

// ownersOnly closes the calls about the bucket policy to everybody but the owner's account.
func (q *query) ownersOnly() gate {
	return gate{decided(!q.foreign() || !policyCall(q.call.action)), Because{Kind: kindOwner}}
}

// callerDenials are what denies on the caller's side: identity policies, boundary and service control policies.
func (q *query) callerDenials() []denial {
	c := &q.caller
	var out []denial
	if c.gap != nil {
		out = append(out, denial{unread(*c.gap), Because{Kind: kindIdentity}})
	}
	if c.identity != nil {
		for _, d := range c.identity.policies {
			out = append(out, q.denials(d, false)...)
		}
		out = append(out, q.denials(c.identity.boundary, false)...)
	}
	if !q.controlled() {
		return out
	}
	bound := q.exempt(c.account).not()
	for _, l := range q.docs.scps[c.account].value {
		for _, d := range l {
			out = append(out, bounded(q.denials(d, false), bound, kindSCP)...)
		}
	}
	return out
}

// bounded are denials of a control policy that binds only if bound holds.
func bounded(denials []denial, bound truth, kind string) []denial {
	out := denials[:0]
	for _, d := range denials {
		if d.truth = d.and(bound); d.state != no {
			d.because.Kind = kind
			out = append(out, d)
		}
	}
	return out
}

// exempt says whether an account is the management account, whom control policies do not bind.
func (q *query) exempt(account string) truth {
	if m := q.docs.management; m.fault != "" {
		return unread(gap{kindSCP, "", m.fault})
	}
	return decided(q.docs.management.value == account)
}

// controlled reports whether service control policies may bind the caller.
func (q *query) controlled() bool {
	return q.caller.account != "" && !q.caller.other && !q.caller.serviceLinked()
}

// serviceControl says whether every level of service control policies allows the call.
func (q *query) serviceControl() gate {
	g := gate{always(), Because{Kind: kindSCP}}
	if !q.controlled() {
		return g
	}
	levels, ok := q.docs.scps[q.caller.account]
	switch {
	case !ok:
		g.truth = unread(gap{kindSCP, "", "the service control policies of account " + q.caller.account + " were not read"})
	case levels.fault != "":
		g.truth = unread(gap{kindSCP, "", levels.fault})
	}
	for _, l := range levels.value {
		var grants []grant
		for _, d := range l {
			grants = append(grants, q.allows(d)...)
		}
		b := best(grants, false)
		if g.truth = g.and(b.truth); b.state == open {
			g.because = b.because
		}
	}
	g.truth = q.exempt(q.caller.account).or(g.truth)
	return g
}

// resourceControl are the denials of resource control policies, which bind the bucket's account.
func (q *query) resourceControl() []denial {
	if q.caller.serviceLinked() || q.call.account != q.owner {
		return nil
	}
	bound := q.exempt(q.owner).not()
	if fault := q.docs.rcps.fault; fault != "" {
		return bounded([]denial{{unread(gap{kindRCP, "", fault}), Because{Kind: kindRCP}}}, bound, kindRCP)
	}
	var out []denial
	for _, l := range q.docs.rcps.value {
		for _, d := range l {
			out = append(out, bounded(q.denials(d, true), bound, kindRCP)...)
		}
	}
	return out
}
