package exposure

// gateDiff is what one record did to the gates.
type gateDiff struct {
	removed, restored []string
	unread            bool // the record set flags that it does not show
}

// gates compares the gates a record set itself with what was before. What was never seen may have been closed,
// so opening it counts as removing. A bucket being made removes nothing.
func (d *differ) gates() gateDiff {
	var out gateDiff
	if d.makes() || d.scope == ObjectScope || d.scope == AccessPointScope {
		return out
	}
	if d.scope == AccountScope {
		out.level("account", d, &d.a.Block)
		out.level("organization", d, &d.a.Organization)
		return out
	}
	if d.effect {
		return out
	}
	out.level("bucket", d, &d.b.Block)
	e, ok := d.b.Ownership.At(d.mark)
	if !ok || e.Mark != d.mark || e.Proof {
		return out
	}
	before, seen := d.b.Ownership.Before(d.mark)
	name := "Object Ownership " + string(BucketOwnerEnforced)
	switch was := before.Value == BucketOwnerEnforced; {
	case e.Value != BucketOwnerEnforced && (was || !seen):
		out.removed = append(out.removed, name)
	case e.Value == BucketOwnerEnforced && !was:
		out.restored = append(out.restored, name)
	}
	return out
}

func (g *gateDiff) level(name string, d *differ, f *Flags) {
	for flag := range flags {
		e, ok := f[flag].At(d.mark)
		if !ok || e.Mark != d.mark || e.Proof || d.present && len(f[flag]) > 0 && f[flag][0].Mark != d.mark && !f[flag][0].Proof {
			continue
		}
		_, _, birth := d.moment(false).birth()
		if name != "bucket" {
			birth = Mark{}
		}
		before := d.moment(false).flag(*f, flag, birth)
		switch {
		case e.Value == Maybe:
			g.unread = true
		case e.Value == No && before != No && (name != "organization" || before == Yes):
			g.removed = append(g.removed, name+" "+flag.String())
		case e.Value == Yes && before != Yes:
			g.restored = append(g.restored, name+" "+flag.String())
		}
	}
}
