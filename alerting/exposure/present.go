package exposure

import "slices"

// change tells what the record did. Where more is known of a later time than the record's, as when records come out of
// order, it is judged twice: by the facts of its own time, and by what is different now because of it. A gate that was
// removed before a grant was set, and is heard of after it, opens nothing at its own time, and everything now.
func (d *differ) change() Change {
	c := d.between(d.moment(false), d.moment(true))
	c.Superseded, c.later = d.later, d.later
	if d.rec.Failed() || d.newer(d.mark) == nil {
		return c
	}
	if c.Superseded == nil && c.Kind.rank() >= SharedOut.rank() && c.Now != Public && c.Now != Shared {
		c.Superseded = d.closer()
	}
	now := *d
	now.present = true
	for _, proofs := range []bool{true, false} {
		p := now.between(d.known(false, proofs), d.known(true, proofs))
		p.later = d.later
		if p.Kind.rank() > c.Kind.rank() {
			c = p
		}
	}
	return c
}

// rank orders kinds by how much they matter to somebody who hears of the record late.
func (k Kind) rank() int {
	switch k {
	case Opened, Widened:
		return 4
	case SharedOut:
		return 3
	case Slept, Unclear, Weakened:
		return 2
	case Closed, Narrowed:
		return 1
	default:
		return 0
	}
}

// newer is the oldest event after m that set something of the resource, or of the gates before it; nil if none is known.
func (d *differ) newer(m Mark) *Mark {
	b := d.b
	newer := b.Ownership.next(m, b.Policy.next(m, b.ACL.next(m, b.Exists.next(m, b.Objects[d.key].next(m, nil)))))
	for flag := range flags {
		newer = d.a.Organization[flag].next(m, d.a.Block[flag].next(m, b.Block[flag].next(m, newer)))
	}
	if p := d.a.AccessPoints[d.key]; p != nil {
		newer = p.Policy.next(m, p.VPCOnly.next(m, newer))
	}
	return newer
}

// closer is the first event after the record that left nothing open; nil if none is known.
func (d *differ) closer() *Mark {
	for m := d.newer(d.mark); m != nil; m = d.newer(*m) {
		if v := d.view(moment{b: d.b, a: d.a, mark: *m, after: true, own: d.own}); !v.holds && !v.shares {
			return m
		}
	}
	return nil
}

// known is what is known now, or would be had the record never come; with what the success of other calls has proven or
// without, for it stands for records that were missed, such as this one may be.
func (d *differ) known(record, proofs bool) moment {
	drop := unwanted{d.mark, !record, !proofs}
	b := &Bucket{
		Name: d.b.Name, Account: d.b.Account, Exists: without(d.b.Exists, drop), ACL: without(d.b.ACL, drop), Policy: without(d.b.Policy, drop),
		Block: d.b.Block.without(drop), Ownership: without(d.b.Ownership, drop), Objects: map[string]Fact[ACL]{d.key: without(d.b.Objects[d.key], drop)},
	}
	a := &Account{ID: d.a.ID, Block: d.a.Block.without(drop), Organization: d.a.Organization.without(drop)}
	if p := d.a.AccessPoints[d.key]; p != nil {
		a.AccessPoints = map[string]*AccessPoint{d.key: {
			Name: p.Name, Bucket: without(p.Bucket, drop), VPCOnly: without(p.VPCOnly, drop), Block: p.Block.without(drop), Policy: without(p.Policy, drop),
		}}
	}
	return newest(b, a, d.own)
}

// unwanted is which entries are left out of a fact: those of an event, proofs, or both.
type unwanted struct {
	Mark
	event, proofs bool
}

func without[T any](f Fact[T], drop unwanted) Fact[T] {
	dropped := func(e Entry[T]) bool { return drop.proofs && e.Proof || drop.event && e.Mark == drop.Mark }
	if !slices.ContainsFunc(f, dropped) {
		return f
	}
	return slices.DeleteFunc(slices.Clone(f), dropped)
}

func (f Flags) without(drop unwanted) Flags {
	for flag := range f {
		f[flag] = without(f[flag], drop)
	}
	return f
}
