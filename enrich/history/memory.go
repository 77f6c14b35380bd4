package history

// Actors is how many actors are in memory.
func (b *Book) Actors() int { return len(b.all) }

// Bytes is about how much memory they take.
func (b *Book) Bytes() int64 { return b.bytes + b.texts.bytes }

// Began is the time of the earliest event learnt, by this book or by others of the installation, Unix milliseconds, 0
// before any: how old the installation is.
func (b *Book) Began() int64 { return b.began }

// Begin tells a book how old the installation is, and what the latest event of an earlier book of its shard was.
func (b *Book) Begin(began, newest int64) { b.began, b.newest = began, newest }

// Newest is the time of the latest event learnt, Unix milliseconds, 0 before any.
func (b *Book) Newest() int64 { return b.newest }

// enter puts a new actor into memory.
func (b *Book) enter(a *actor) *actor {
	a.at = len(b.all)
	b.all = append(b.all, a)
	b.ids[a.id] = a
	if a.hot != 0 {
		b.hot[a.hot] = a
	}
	b.bytes += a.bytes()
	return a
}

// Evict makes room in a book beyond its limit: what has not been used since the eviction last came by leaves
// memory. What is not saved yet stays. A book that is not kept in a store evicts by itself, and forgets; of
// one that is, the owner chooses a moment when it is not between Missing and Learn.
func (b *Book) Evict() {
	if b.full || b.Bytes() <= b.limit {
		return
	}
	enough := b.limit - b.limit/32 // not again with the next event
	for left := 2 * len(b.all); left > 0 && b.Bytes() > enough; left-- {
		if b.hand >= len(b.all) {
			b.hand = 0
		}
		a := b.all[b.hand]
		switch {
		case b.stored && (a.dirty || a.saving):
			b.hand++
		case a.used:
			a.used = false
			b.hand++
		default:
			b.drop(a)
		}
	}
	b.full = b.stored && b.Bytes() > b.limit
}

func (b *Book) drop(a *actor) {
	b.partial = b.stored
	b.release(a)
	b.bytes -= a.bytes()
	delete(b.ids, a.id)
	if b.hot[a.hot] == a {
		delete(b.hot, a.hot)
	}
	last := len(b.all) - 1
	b.all[a.at] = b.all[last]
	b.all[a.at].at = a.at
	b.all[last] = nil
	b.all = b.all[:last]
}

// release gives back the texts of an actor's moments.
func (b *Book) release(a *actor) {
	for _, m := range a.moments {
		b.releaseMoment(m)
	}
}

func (b *Book) releaseMoment(m moment) {
	b.texts.release(m.name)
	b.texts.release(m.bucket)
	b.texts.release(m.fault)
	b.texts.release(m.ip)
}
