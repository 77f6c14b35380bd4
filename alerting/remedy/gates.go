package remedy

import (
	"encoding/json"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// weakened is the Public Access Block as it was before the exposure began to turn it off, with what is on now; ok is
// false where no flag was turned off.
func (c *closing) weakened() (block exposure.Block, ok bool) {
	var on [len(c.now.Block)]bool
	for flag, now := range c.now.Block {
		was := c.was.Block[flag]
		ok = ok || now == exposure.No && was != exposure.No || now == exposure.Maybe && was == exposure.Yes
		on[flag] = now == exposure.Yes || was != exposure.No
	}
	return blockOf(on), ok
}

func blockOf(on [4]bool) exposure.Block {
	return exposure.Block{
		BlockPublicAcls: on[exposure.BlockPublicAcls], IgnorePublicAcls: on[exposure.IgnorePublicAcls],
		BlockPublicPolicy: on[exposure.BlockPublicPolicy], RestrictPublicBuckets: on[exposure.RestrictPublicBuckets],
	}
}

// back puts back the gates of the bucket that the exposure took away.
func (c *closing) back(documents []Write) (writes []Write, warnings []string) {
	if c.target.Share || c.target.Scope != exposure.BucketScope || exposure.Directory(c.target.Bucket) {
		return nil, nil
	}
	if c.now.OwnershipSeen && c.now.Ownership != exposure.BucketOwnerEnforced {
		was := c.was.OwnershipSeen && c.was.Ownership == exposure.BucketOwnerEnforced
		set := !c.was.OwnershipSeen && c.now.Ownership != exposure.ACLsEnabled
		after := c.after(documents)
		others, _ := shared(&after.ACL, exposure.ACLPath)
		switch {
		case !was && !set:
		case len(others) > 0 || after.ACL.Fault != "":
			warnings = append(warnings, "Object Ownership stays as it is: S3 refuses BucketOwnerEnforced while the bucket ACL grants access to others")
		default:
			writes = append(writes, c.enforce())
			if !after.ACLSeen {
				warnings = append(warnings, "the bucket ACL was not seen: S3 refuses BucketOwnerEnforced (InvalidBucketAclWithObjectOwnership) while it grants access to others")
			}
		}
	}
	if block, ok := c.weakened(); ok {
		writes = append(writes, c.putBlock(block))
	}
	return writes, warnings
}

// block closes what the documents leave open, by the flags it takes and those that may be on; the others stay off.
func (c *closing) block(documents []Write, policy, acl change) (w Write, ok bool) {
	bucket := c.state.Buckets[c.target.Bucket]
	if c.target.Bucket == "" || exposure.Directory(c.target.Bucket) {
		return Write{}, false
	}
	if c.target.Scope == exposure.AccessPointScope && (bucket == nil || bucket.Account != "" && bucket.Account != c.state.Account.ID) {
		return Write{}, false // the bucket may be another account's
	}
	left := c.after(documents)
	open := map[exposure.Path]bool{c.policyPath(): policy.unread, c.aclPath(): acl.unread}
	for _, g := range left.Verdict.Grants {
		open[g.Path] = open[g.Path] || g.Public && g.Live != exposure.No
	}
	var on [4]bool
	for flag, now := range c.now.Block {
		on[flag] = now != exposure.No
	}
	back, weakened := c.weakened()
	for flag := range on {
		on[flag] = on[flag] || weakened && back.Has(exposure.Flag(flag))
	}
	if open[exposure.PolicyPath] || open[exposure.PointPath] {
		on[exposure.BlockPublicPolicy], on[exposure.RestrictPublicBuckets] = true, true
	}
	if open[exposure.ACLPath] || open[exposure.ObjectACLPath] {
		on[exposure.BlockPublicAcls], on[exposure.IgnorePublicAcls] = true, true
	}
	return c.putBlock(blockOf(on)), true
}

// accountPlan puts back the account's own block.
func (c *closing) accountPlan() Plan {
	plan := Plan{Target: c.target}
	block, ok := c.weakened()
	if !ok || c.state.account(c.target) == "" {
		return plan
	}
	governed := slices.ContainsFunc(c.state.Account.Organization[:], func(f exposure.Fact[exposure.Tri]) bool {
		e, seen := f.Latest()
		return seen && !e.Proof && e.Value == exposure.Yes
	})
	if governed {
		plan.warn("an organization S3 policy governs the Block Public Access of this account, and S3 answers 403 AccessDenied to the account's own call: change the policy in AWS Organizations")
		return plan
	}
	plan.Writes = []Write{c.putBlock(block)}
	plan.warn("S3 answers 403 AccessDenied where an organization S3 policy governs the account: change that policy in AWS Organizations then")
	plan.warn(c.accountCosts(Apply(c.state, plan))...)
	plan.Effect = c.accountEffect(plan)
	return plan
}

// ownership are the calls among others that set Object Ownership.
func ownership(writes []Write) []Write {
	return slices.DeleteFunc(slices.Clone(writes), func(w Write) bool { return w.Call != "PutBucketOwnershipControls" })
}

func (c *closing) multiRegion() bool {
	return c.target.Scope == exposure.AccessPointScope && regionOf(c.target.Key) == ""
}

func (c *closing) enforce() Write {
	w := Write{Service: "s3", Call: "PutBucketOwnershipControls", Account: c.state.account(c.target), Bucket: c.target.Bucket}
	w.After = known(ownershipControls(exposure.BucketOwnerEnforced))
	switch c.now.Ownership {
	case "":
		w.Before = known("")
	case exposure.ACLsEnabled: // which of the two is not known
	default:
		w.Before = known(ownershipControls(c.now.Ownership))
	}
	return w
}

func ownershipControls(o exposure.Ownership) string {
	return `{"Rules":[{"ObjectOwnership":"` + string(o) + `"}]}`
}

func (c *closing) putBlock(block exposure.Block) Write {
	w := Write{Service: "s3", Call: "PutPublicAccessBlock", Account: c.state.account(c.target), Bucket: c.target.Bucket}
	if c.target.Scope == exposure.AccountScope {
		w.Service, w.Bucket = "s3control", ""
	}
	w.After = known(blockText(block))
	if !slices.Contains(c.now.Block[:], exposure.Maybe) {
		var on [4]bool
		for flag, now := range c.now.Block {
			on[flag] = now == exposure.Yes
		}
		w.Before = known(blockText(blockOf(on)))
	}
	return w
}

func blockText(b exposure.Block) string {
	text, err := json.Marshal(b)
	if err != nil {
		return ""
	}
	return string(text)
}
