package remedy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const mostNamed = 4 // of a kind in one sentence

// effect says in one sentence what a plan does, by what the evaluator says before and after.
func (c *closing) effect(t *trial, restores bool) string {
	var clauses []string
	ended, loses := c.ended(t)
	clauses = append(clauses, ended...)
	clauses = append(clauses, loses...)
	clauses = append(clauses, c.keeps(t)...)
	for _, w := range t.writes {
		if w.Call == "PutPublicAccessBlock" {
			clauses = append(clauses, "Block Public Access of "+c.target.Bucket+" is on: "+flagsOf(w.After.Text))
		}
		if w.Call == "PutBucketOwnershipControls" {
			clauses = append(clauses, "ACLs of "+c.target.Bucket+" and its objects are disabled")
		}
	}
	if restores {
		clauses = append(clauses, "the document goes back to what it was before the change")
	}
	if c.now.Website && c.now.Open && c.target.Scope == exposure.BucketScope {
		clauses = append(clauses, "the website stops")
	}
	return strings.Join(clauses, "; ")
}

// name is the target in a sentence.
func (c *closing) name() string {
	switch c.target.Scope {
	case exposure.ObjectScope:
		object, _ := versionOf(c.target.Key)
		return "object " + clip(object) + " in " + c.target.Bucket
	case exposure.AccessPointScope:
		return "access point " + clip(strings.TrimPrefix(c.target.Key, regionOf(c.target.Key)+"/"))
	default:
		return c.target.Bucket
	}
}

// ended says which grants end: the public ones by what they allowed, those to named others by name.
func (c *closing) ended(t *trial) (public, named []string) {
	after := map[string]bool{} // whether it works
	for _, one := range c.said(&t.after) {
		after[one.key] = after[one.key] || one.live
	}
	accesses, stored := map[string]bool{}, false
	for _, one := range c.said(&c.now) {
		works, stays := after[one.key]
		switch {
		case works:
		case one.public && !one.live:
			stored = stored || !stays
		case one.public:
			for _, a := range one.accesses {
				accesses[accessWord(a)] = true
			}
		case one.live && !stays:
			named = append(named, one.who+" loses "+one.what)
		}
	}
	if len(accesses) > 0 {
		var words []string
		for _, word := range []string{"full control", "write", "read", "list", "reading of settings", "access"} {
			if accesses[word] {
				words = append(words, word)
			}
		}
		verb := " ends"
		if len(words) > 1 {
			verb = " end"
		}
		public = append(public, "public "+and(words)+" of "+c.name()+verb)
	}
	if stored {
		public = append(public, "the public grant that is stored and blocked is removed from "+c.name())
	}
	return public, few(named)
}

func accessWord(a exposure.Access) string {
	switch a {
	case exposure.Takeover:
		return "full control"
	case exposure.Write:
		return "write"
	case exposure.Read:
		return "read"
	case exposure.List:
		return "list"
	case exposure.Recon:
		return "reading of settings"
	default:
		return "access"
	}
}

// keeps names who keeps what, of what a rewritten document still allows.
func (c *closing) keeps(t *trial) []string {
	if !slices.ContainsFunc(t.writes, func(w Write) bool { return strings.HasSuffix(w.Call, "Policy") || strings.HasSuffix(w.Call, "Acl") }) {
		return nil
	}
	var out []string
	for _, one := range c.said(&t.after) {
		if !one.public && one.live {
			out = append(out, one.who+" keeps "+one.what)
		}
	}
	return few(out)
}

// costs warn of what stops besides.
func (c *closing) costs(t *trial) []string {
	var out []string
	restricts := false
	for _, w := range t.writes {
		if block, err := exposure.ParseBlock([]byte(w.After.Text)); w.Call == "PutPublicAccessBlock" && err == nil {
			restricts = block.RestrictPublicBuckets
			if block.IgnorePublicAcls && c.now.Block[exposure.IgnorePublicAcls] != exposure.Yes && c.was.Block[exposure.IgnorePublicAcls] != exposure.Yes {
				out = append(out, "IgnorePublicAcls also stops public ACLs of single objects in the bucket")
			}
		}
		if w.Call == "PutMultiRegionAccessPointPolicy" {
			out = append(out, "the change reaches every Region within minutes: look at it with get-multi-region-access-point-policy")
			if len(t.after.Verdict.Grants) == 1 {
				out = append(out, "the policy of a multi-region access point cannot be deleted: what is left allows only the account itself")
			}
		}
	}
	var stopped []string
	for _, g := range t.stopped {
		stopped = append(stopped, g.Name)
	}
	switch {
	case len(stopped) > 0:
		out = append(out, "Block Public Access also stops what is not public in the same document: "+strings.Join(few(stopped), ", "))
	case restricts && c.target.Scope == exposure.BucketScope && (!c.now.PolicySeen || c.now.Verdict.Error != ""):
		out = append(out, "RestrictPublicBuckets also stops grants of the bucket policy to other accounts while the policy is public")
	}
	for _, w := range t.writes {
		if !w.Before.Known {
			out = append(out, "it cannot be undone from here: what "+w.Call+" replaces is not known in full")
			break
		}
	}
	return out
}

// accountCosts warn of grants to other accounts that end with the account's block.
func (c *closing) accountCosts(after State) []string {
	var stopped []string
	c.buckets(after, func(name string, before, then exposure.Standing) {
		for _, g := range then.Verdict.Grants {
			worked := slices.ContainsFunc(before.Verdict.Grants, func(o exposure.Grant) bool {
				return o.Path == g.Path && o.Name == g.Name && o.Live != exposure.No
			})
			if !g.Public && g.Live == exposure.No && worked {
				stopped = append(stopped, g.Name+" in "+name)
			}
		}
	})
	if len(stopped) == 0 {
		return nil
	}
	return []string{"RestrictPublicBuckets also stops grants to other accounts in policies that are public: " + strings.Join(few(stopped), ", ")}
}

func (c *closing) accountEffect(p Plan) string {
	text := "Block Public Access of account " + c.state.Account.ID + " is on: " + flagsOf(p.Writes[0].After.Text)
	closed := 0
	c.buckets(Apply(c.state, p), func(_ string, before, then exposure.Standing) {
		if before.Open && !then.Open {
			closed++
		}
	})
	if closed > 0 {
		text += fmt.Sprintf("; public access of %d known %s ends", closed, plural(closed, "bucket"))
	}
	return text
}

// buckets visits every known bucket of the account as it stands and as it would.
func (c *closing) buckets(after State, visit func(name string, before, then exposure.Standing)) {
	names := make([]string, 0, len(c.state.Buckets))
	for name := range c.state.Buckets {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t := Target{Scope: exposure.BucketScope, Bucket: name}
		visit(name, c.state.resource(t).Now(), after.resource(t).Now())
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// flagsOf names the flags of a block that are on.
func flagsOf(text string) string {
	block, err := exposure.ParseBlock([]byte(text))
	if err != nil || block == (exposure.Block{}) {
		return "none"
	}
	if block == exposure.BlockAll() {
		return "all four settings"
	}
	var on []string
	for flag := range (exposure.Flags{}) {
		if block.Has(exposure.Flag(flag)) {
			on = append(on, exposure.Flag(flag).String())
		}
	}
	return strings.Join(on, ", ")
}

// few are the first of many, and how many more there are.
func few(all []string) []string {
	all = slices.Compact(all)
	if len(all) <= mostNamed {
		return all
	}
	return append(slices.Clone(all[:mostNamed-1]), fmt.Sprintf("%d more", len(all)-mostNamed+1))
}

func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// clip shortens a name for a sentence.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
