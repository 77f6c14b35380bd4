package history

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Keep tells the book that its pages are saved: evicted actors are then not forgotten but asked for again by
// Missing. Partial says that the store holds actors the book was not given with Restore.
func (b *Book) Keep(partial bool) { b.stored, b.partial = true, b.partial || partial }

// Missing appends to dst the ids of the actors an event concerns that may be in the store alone. Whoever looks
// at the event next restores them first, as far as the store has them.
func (b *Book) Missing(h *cloudtrail.Header, dst []ID) []ID {
	if !b.partial {
		return dst
	}
	b.key = h.AppendActorKey(b.key[:0])
	if a, _, id := b.find(b.key); a == nil {
		dst = append(dst, id)
	}
	b.subject.h = h
	if a, _, id, ok := b.peers(); ok && a == nil {
		dst = append(dst, id)
	}
	return dst
}

// Restore gives an actor back as it was saved. One that is in memory already stays as it is. Errors wrap
// ErrPage; the actor is then unknown.
func (b *Book) Restore(p Page) error {
	if b.ids[p.ID] != nil {
		return nil
	}
	a, err := b.read(p.Value)
	if err != nil {
		return fmt.Errorf("actor %x: %w", p.ID, err)
	}
	a.id, a.revision = p.ID, p.Revision
	b.enter(a)
	return nil
}

// Full reports whether the book has reached its limit, so that more actors are better not restored ahead of use.
func (b *Book) Full() bool { return b.Bytes() >= b.limit }

// Stuck reports whether the book is beyond its limit and nothing more can leave memory before something is saved.
func (b *Book) Stuck() bool { return b.full }

// Changed takes the pages of all actors that have changed since the last call. They stay in memory until they
// are Saved.
func (b *Book) Changed() []Page {
	pages := make([]Page, len(b.dirty))
	for i, a := range b.dirty {
		b.scratch = b.write(b.scratch[:0], a)
		pages[i] = Page{ID: a.id, Revision: a.revision, Value: slices.Clone(b.scratch)}
		a.dirty, a.saving = false, true
	}
	clear(b.dirty)
	b.dirty = b.dirty[:0]
	slices.SortFunc(pages, func(x, y Page) int { return bytes.Compare(x.ID[:], y.ID[:]) })
	return pages
}

// Saved tells that a changed page is stored, and as which revision.
func (b *Book) Saved(id ID, revision uint64) {
	if a := b.ids[id]; a != nil {
		a.revision, a.saving = revision, false
		b.full = false
	}
}
