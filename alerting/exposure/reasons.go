package exposure

import "strings"

// maxReasons bounds the sentences of one change; a policy can have hundreds of statements.
const maxReasons = 12

// reasons say in words what the record did and what is not known.
func (d *differ) reasons(c Change, fresh []Grant) []string {
	var out []string
	for _, g := range fresh {
		out = append(out, g.Reason)
	}
	if len(c.Woken) > 0 {
		out = append(out, "it existed before and was blocked until "+c.EventName)
	}
	if c.Kind == Closed || c.Kind == Narrowed {
		for _, g := range d.gone() {
			out = append(out, c.EventName+" removed: "+g.Reason)
		}
	}
	if len(c.Gates) > 0 {
		out = append(out, c.EventName+" turned off "+strings.Join(c.Gates, ", "))
	}
	if len(c.Restored) > 0 {
		out = append(out, c.EventName+" turned on "+strings.Join(c.Restored, ", "))
	}
	if d.after.verdict.Error != "" {
		out = append(out, "could not be evaluated: "+d.after.verdict.Error)
	}
	if len(fresh) == 0 && c.After != Private && c.After != Unknown {
		out = append(out, d.after.verdict.Reasons...)
	}
	for _, b := range c.Blocks {
		out = append(out, "public access is blocked by "+b)
	}
	if c.Kind == Weakened && c.After == Unknown && c.Scope == BucketScope {
		out = append(out, "unconfirmed: the bucket policy and the ACL have not been seen yet; whether the bucket is public is unknown")
	}
	if len(c.Unseen) > 0 {
		out = append(out, "unconfirmed: not seen yet, and may still block it: "+strings.Join(c.Unseen, ", "))
	}
	if len(out) > maxReasons {
		out = out[:maxReasons]
	}
	return out
}

// unseen names the gates on the paths of public grants that may be closed for all that is known.
func (d *differ) unseen() []string {
	m := d.at
	g := m.gates()
	if p := d.a.AccessPoints[d.key]; d.scope == AccessPointScope && p != nil {
		g.point = m.flags(p.Block, Mark{})
	}
	var out []string
	seen := map[string]bool{}
	for _, grant := range d.after.verdict.Grants {
		for _, gate := range g.on(grant.Path) {
			if grant.Public && gate.closed == Maybe && !seen[gate.name] {
				seen[gate.name] = true
				out = append(out, gate.name)
			}
		}
	}
	return out
}
