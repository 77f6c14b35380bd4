package exposure

// Bounds of what is kept of one account and one bucket. What was set longest ago is forgotten first.
const (
	maxPoints     = 256
	maxPointText  = 256 << 10 // bytes of their policies
	maxObjects    = 256
	maxObjectText = 128 << 10 // bytes of their keys and ACLs
)

// trim brings the bucket back within its bounds. It comes after the judgement, for which a late record needs its place.
func (b *Bucket) trim() {
	b.Exists.trim()
	b.ACL.trim()
	b.Policy.trim()
	b.Block.trim()
	b.Ownership.trim()
	b.Website.trim()
	for name, f := range b.Settings {
		f.trim()
		b.Settings[name] = f
	}
	for key, f := range b.Objects {
		f.trim()
		b.Objects[key] = f
	}
	forget(b.Objects, maxObjects, maxObjectText, func(key string, f Fact[ACL]) (last Mark, size int) {
		for i, e := range f {
			if i == 0 {
				last = e.Mark
			}
			for _, g := range e.Value.Grants {
				size += len(g.Grantee) + len(g.Permission)
			}
		}
		return last, size + len(key)
	})
}

// trim brings the account back within its bounds.
func (a *Account) trim() {
	a.Block.trim()
	a.Organization.trim()
	for _, p := range a.AccessPoints {
		p.Bucket.trim()
		p.VPCOnly.trim()
		p.Block.trim()
		p.Policy.trim()
	}
	forget(a.AccessPoints, maxPoints, maxPointText, func(_ string, p *AccessPoint) (last Mark, size int) {
		made, _ := p.Bucket.Latest()
		last = made.Mark
		for _, e := range p.Policy {
			size += len(e.Value)
			if e.Compare(last) > 0 {
				last = e.Mark
			}
		}
		return last, size
	})
}

func (f *Flags) trim() {
	for flag := range f {
		f[flag].trim()
	}
}

// forget drops what was set longest ago until no more than so many values of so many bytes are left.
func forget[V any](kept map[string]V, most, mostText int, measure func(key string, v V) (last Mark, size int)) {
	total := 0
	for key, v := range kept {
		_, size := measure(key, v)
		total += size
	}
	for len(kept) > most || total > mostText && len(kept) > 1 {
		oldest, freed := "", 0
		var first Mark
		for key, v := range kept {
			last, size := measure(key, v)
			if c := last.Compare(first); freed == 0 || c < 0 || c == 0 && key < oldest {
				oldest, first, freed = key, last, max(size, 1)
			}
		}
		_, size := measure(oldest, kept[oldest])
		total -= size
		delete(kept, oldest)
	}
}
