package exposure

// Gates are what stands between a grant and the world. An absent level is off, as S3 reads it; a gate of the
// effective setting is closed as soon as one level closes it ("the most restrictive combination").
type Gates struct {
	Bucket, Account, Organization Block
	Ownership                     Ownership
}

// gate is one gate that may stop a path, and whether it is closed.
type gate struct {
	name   string
	closed Tri
}

// gates lists the gates of one path by these settings.
func (g Gates) on(path Path, point *Point) []gate {
	var flag Flag
	var out []gate
	switch path {
	case ACLPath, ObjectACLPath:
		flag = IgnorePublicAcls
		out = append(out, gate{"Object Ownership " + string(BucketOwnerEnforced), TriOf(g.Ownership == BucketOwnerEnforced)})
	default:
		flag = RestrictPublicBuckets
	}
	if path == PointPath && point != nil {
		out = append(out, gate{"access point " + flag.String(), TriOf(point.Block.Has(flag))},
			gate{"access point network origin VPC", TriOf(point.VPCOnly)})
	}
	return append(out,
		gate{"bucket " + flag.String(), TriOf(g.Bucket.Has(flag))},
		gate{"account " + flag.String(), TriOf(g.Account.Has(flag))},
		gate{"organization " + flag.String(), TriOf(g.Organization.Has(flag))})
}

// live is whether every gate is open.
func live(gates []gate) Tri {
	out := Yes
	for _, g := range gates {
		switch {
		case g.closed == Yes:
			return No
		case g.closed == Maybe:
			out = Maybe
		}
	}
	return out
}
