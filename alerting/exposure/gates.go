package exposure

import "slices"

// Gates are what stands between a grant and the world. An absent level is off, as S3 reads it; a gate is
// closed as soon as one level closes it ("the most restrictive combination").
type Gates struct {
	Bucket, Account, Organization Block
	Ownership                     Ownership
}

// gates are the same three-valued, as far as they were seen.
type gates struct {
	bucket, account, organization [flags]Tri
	enforced                      Tri // Object Ownership is BucketOwnerEnforced
	point                         [flags]Tri
	vpcOnly                       Tri
}

func (b Block) tri() [flags]Tri {
	var out [flags]Tri
	for f := range flags {
		out[f] = TriOf(b.Has(f))
	}
	return out
}

func (in Input) gates() gates {
	g := gates{
		bucket: in.Gates.Bucket.tri(), account: in.Gates.Account.tri(), organization: in.Gates.Organization.tri(),
		enforced: TriOf(in.Gates.Ownership == BucketOwnerEnforced),
	}
	if in.Point != nil {
		g.point, g.vpcOnly = in.Point.Block.tri(), TriOf(in.Point.VPCOnly)
	}
	return g
}

// gate is one gate that may stop a path, and whether it is closed.
type gate struct {
	name   string
	closed Tri
}

// on lists the gates on one path.
func (g gates) on(path Path) []gate {
	flag := RestrictPublicBuckets
	var out []gate
	switch path {
	case ACLPath, ObjectACLPath:
		flag = IgnorePublicAcls
		out = append(out, gate{"Object Ownership " + string(BucketOwnerEnforced), g.enforced})
	case PointPath:
		out = append(out, gate{"access point " + flag.String(), g.point[flag]}, gate{"access point network origin VPC", g.vpcOnly})
	}
	return append(out,
		gate{"bucket " + flag.String(), g.bucket[flag]},
		gate{"account " + flag.String(), g.account[flag]},
		gate{"organization " + flag.String(), g.organization[flag]})
}

// live is whether every gate on a path is open.
func (g gates) live(path Path) Tri {
	out := Yes
	for _, gate := range g.on(path) {
		switch gate.closed {
		case Yes:
			return No
		case Maybe:
			out = Maybe
		}
	}
	return out
}

// judge says of every grant whether it works behind the gates. Public Access Block stops public grants, and
// with a public policy everything else in it that is for other accounts; BucketOwnerEnforced stops all of an ACL.
func (g gates) judge(grants []Grant) {
	for i, grant := range grants {
		beside := slices.ContainsFunc(grants, func(o Grant) bool { return o.Public && o.Path == grant.Path })
		switch {
		case grant.Public:
			grants[i].Live = g.live(grant.Path)
		case grant.Path == ACLPath || grant.Path == ObjectACLPath:
			grants[i].Live = -g.enforced
		case beside && grant.Reach != SameAccount && grant.Reach != Service:
			grants[i].Live = g.live(grant.Path)
		default:
			grants[i].Live = Yes
		}
	}
}

// closed names the gates known to be closed on the paths of public grants.
func (g gates) closed(grants []Grant) []string {
	var out []string
	for _, grant := range grants {
		for _, gate := range g.on(grant.Path) {
			if grant.Public && gate.closed == Yes && !slices.Contains(out, gate.name) {
				out = append(out, gate.name)
			}
		}
	}
	return out
}
