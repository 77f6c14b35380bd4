package reach

import "strings"

// blocked says whether a flag of Public Access Block is on, at the bucket or its account.
func (q *query) blocked(flag func(block) *bool) truth {
	t := never()
	for _, level := range q.docs.blocks {
		t = t.or(flagOf(level, flag))
	}
	return t
}

func flagOf(level fact[block], flag func(block) *bool) truth {
	switch on := flag(level.value); {
	case level.fault != "":
		return unread(gap{kindBlock, "", level.fault})
	case on == nil:
		return unread(gap{kindBlock, "", "a flag of the Public Access Block was not read"})
	default:
		return decided(*on)
	}
}

// restricted says whether RestrictPublicBuckets lets the caller in: where the policy is public, those of the owner's account
// and AWS services only.
func (q *query) restricted() gate {
	g := gate{always(), Because{Kind: kindBlock}}
	if !q.foreign() || q.caller.kind == service {
		return g
	}
	restrict := func(b block) *bool { return b.RestrictPublicBuckets }
	closed := q.public.and(q.blocked(restrict))
	if p := q.door.point; p != nil {
		closed = closed.or(q.isPublic(p.policy).and(flagOf(p.block, restrict).or(q.blocked(restrict))))
	}
	g.truth = closed.not()
	return g
}

// keyGate says whether the caller may use the key of the objects, for the calls that need it.
func (q *query) keyGate() gate {
	g := gate{always(), Because{Kind: kindKMS}}
	action := map[string]string{"s3:getobject": "kms:decrypt", "s3:putobject": "kms:generatedatakey"}[q.call.action]
	e := q.docs.encryption
	switch {
	case action == "" || e.fault == "" && e.value.Algorithm == "AES256":
		return g
	case e.fault != "":
		g.truth = unread(gap{kindKMS, "", e.fault})
		return g
	case !strings.HasPrefix(e.value.Algorithm, "aws:kms"):
		g.truth = unread(gap{kindKMS, "", "the encryption " + e.value.Algorithm + " is unknown"})
		return g
	case q.caller.kind == anonymous:
		g.truth = never()
		return g
	}
	key := e.value.Key
	parts := strings.SplitN(key, ":", 6)
	switch {
	case key == "" || strings.HasSuffix(key, "alias/aws/s3"):
		g.truth = decided(!q.foreign())
		return g
	case len(parts) < 6 || !strings.HasPrefix(parts[5], "key/"):
		g.truth = unread(gap{kindKMS, "", "the key behind " + key + " is not known"})
		return g
	}
	use := *q
	use.call = call{action: action, resource: key, account: parts[4], key: true}
	return use.use()
}

// use says whether the key may be used for the call.
func (q *query) use() gate {
	none := gate{because: Because{Kind: kindKMS}}
	policy := q.docs.keyPolicy
	if policy == nil {
		return none
	}
	if policy.fault != "" {
		return gate{unread(policy.gap()), none.because}
	}
	out := q.delegated(policy)
	if out.because.Kind != kindKMS {
		out.because.Kind = kindKMS // the gate that closes, by whichever statement
	}
	return gate{out.truth, out.because}
}

// delegated judges a call to what no identity policy reaches on its own: a key or a role. Its own policy must name the caller,
// or the caller's account, which then decides.
func (q *query) delegated(d *document) outcome {
	denials := append(q.callerDenials(), q.denials(d, true)...)
	denials = append(denials, q.resourceControl()...)
	var grants []grant
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
				continue
			case q.foreign():
				g = q.acrossAccounts(g)
			case way(w) == byAccount:
				side := best(q.identityGrants(), false)
				g.truth, g.gate = g.and(side.truth), side.gate
			case way(w) == byRole:
				g = g.through(kindBoundary, q.bounded())
			}
			grants = append(grants, g)
		}
	}
	return judge(denials, best(grants, q.foreign()), []gate{q.serviceControl()})
}

// trust judges who can become a role.
func (q *query) trust(name string) outcome {
	gone := outcome{because: Because{Kind: kindNone}}
	a, ok := q.docs.accounts[q.owner]
	switch {
	case !ok || a.fault != "" || a.byName == nil:
		return outcome{truth: unread(gap{kindTrust, name, "the roles of account " + q.owner + " were not read"})}
	case a.byName[name] == nil || q.caller.kind == anonymous:
		return gone
	}
	provider := map[string]string{"sts:assumerolewithwebidentity": "oidc:", "sts:assumerolewithsaml": "saml:"}[q.call.action]
	if q.caller.kind == federated && (provider == "" || !strings.HasPrefix(q.caller.arn, provider)) || q.caller.kind != federated && provider != "" {
		return gone
	}
	r := a.byName[name]
	q.call = call{action: q.call.action, resource: r.arn, account: q.owner}
	if r.trust.fault != "" {
		out := judge(append(q.callerDenials(), q.resourceControl()...), granted(unread(r.trust.gap()), Because{Kind: kindTrust}, true), []gate{q.serviceControl()})
		return out
	}
	return q.delegated(r.trust)
}
