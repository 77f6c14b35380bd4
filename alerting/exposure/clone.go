package exposure

import "slices"

func (f Flags) clone() Flags {
	for i, fact := range f {
		f[i] = slices.Clone(fact)
	}
	return f
}

// clone copies the bucket so far that facts can be written without a trace in the original.
func (b *Bucket) clone() *Bucket {
	c := *b
	c.Exists, c.ACL, c.Policy = slices.Clone(b.Exists), slices.Clone(b.ACL), slices.Clone(b.Policy)
	c.Ownership, c.Website, c.Block = slices.Clone(b.Ownership), slices.Clone(b.Website), b.Block.clone()
	c.Settings = map[Setting]Fact[string]{}
	for name, f := range b.Settings {
		c.Settings[name] = slices.Clone(f)
	}
	c.Objects = map[string]Fact[ACL]{}
	for key, f := range b.Objects {
		c.Objects[key] = slices.Clone(f)
	}
	return &c
}

func (a *Account) clone() *Account {
	c := *a
	c.Block, c.Organization = a.Block.clone(), a.Organization.clone()
	c.AccessPoints = map[string]*AccessPoint{}
	for name, p := range a.AccessPoints {
		q := *p
		q.Bucket, q.VPCOnly, q.Policy, q.Block = slices.Clone(p.Bucket), slices.Clone(p.VPCOnly), slices.Clone(p.Policy), p.Block.clone()
		c.AccessPoints[name] = &q
	}
	return &c
}
