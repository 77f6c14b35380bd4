package live

import "strings"

// Finding is what one look at a bucket showed.
type Finding struct {
	Bucket string
	Gone   bool // there is no such bucket any more
	// Policy is S3's own verdict: whether the bucket policy is public. No as well if there is none.
	Policy Answer
	// ACL is whether the ACL in effect grants anything to everybody, and Grants is what: "AllUsers READ".
	ACL    Answer
	Grants []string
	// ACLsOff is whether Object Ownership is BucketOwnerEnforced.
	ACLsOff Answer
	// Bucket's and account's Public Access Block; the account's includes the organization's.
	BucketBlock, AccountBlock Block
	// Tags are the tags asked for, as "Key=value", by key.
	Tags []string
	// Unseen says why facts are unknown, in the order they were asked for: "bucket policy (AccessDenied)".
	Unseen []string
}

// Block is what of a Public Access Block neutralises grants that exist.
type Block struct {
	IgnorePublicAcls, RestrictPublicBuckets Answer
}

// Public is whether anybody in the world, or any AWS account, is let in by the bucket's policy or ACL.
func (f *Finding) Public() Answer {
	if f.Gone {
		return No
	}
	return max(f.byPolicy(), f.byACL())
}

func (f *Finding) byPolicy() Answer { return min(f.Policy, -f.restricted()) }

// byACL trusts the ACL that S3 shows, which is the one in effect: that some gate was not seen makes no doubt of it.
func (f *Finding) byACL() Answer {
	if f.ignored() == Yes || f.ACLsOff == Yes {
		return No
	}
	return f.ACL
}

func (f *Finding) restricted() Answer {
	return max(f.BucketBlock.RestrictPublicBuckets, f.AccountBlock.RestrictPublicBuckets)
}

func (f *Finding) ignored() Answer {
	return max(f.BucketBlock.IgnorePublicAcls, f.AccountBlock.IgnorePublicAcls)
}

// Sentence is the verdict with its reasons in plain words: "public: the ACL grants AllUsers READ; no public policy".
func (f *Finding) Sentence() string {
	verdict := map[Answer]string{Yes: "public", No: "not public", Unknown: "cannot tell"}[f.Public()]
	return verdict + ": " + strings.Join(f.Reasons(), "; ")
}

// Reasons are what the verdict rests on, in plain words; never empty.
func (f *Finding) Reasons() []string {
	if f.Gone {
		return []string{"the bucket does not exist any more"}
	}
	out := []string{f.aclReason(), f.policyReason()}
	if len(f.Unseen) > 0 {
		out = append(out, "not seen: "+strings.Join(f.Unseen, ", "))
	}
	return out
}

func (f *Finding) aclReason() string {
	switch {
	case f.ACLsOff == Yes:
		return "Object Ownership turns ACLs off"
	case f.ignored() == Yes:
		return "IgnorePublicAcls stops public ACLs"
	case f.ACL == Yes:
		return "the ACL grants " + strings.Join(f.Grants, ", ")
	case f.ACL == No:
		return "no public grant in the ACL"
	default:
		return "the ACL is unknown"
	}
}

func (f *Finding) policyReason() string {
	switch {
	case f.Policy == No:
		return "no public policy"
	case f.restricted() == Yes:
		return "RestrictPublicBuckets stops a public policy"
	case f.Policy == Unknown:
		return "the policy is unknown"
	case f.restricted() == Unknown:
		return "the policy is public, and whether RestrictPublicBuckets stops it is unknown"
	default:
		return "the policy is public"
	}
}
