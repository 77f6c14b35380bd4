package enrich

import "math/bits"

// seen remembers the latest eventIDs, by 64 bits of their hash, in two generations: when the younger is full,
// the older is forgotten. Two different ids among a million are taken for one with a probability of 10^-13.
type seen struct {
	young, old idSet
	most       int // ids of a generation
}

// newSeen remembers at least half of most ids and at most all.
func newSeen(most int) *seen { return &seen{most: max(most/2, 1)} }

// add remembers an id; fresh is false if it was there.
func (s *seen) add(id uint64) (fresh bool) {
	if id == 0 {
		id = 1 // 0 marks a free slot
	}
	if s.old.has(id) || !s.young.add(id) {
		return false
	}
	if s.young.n >= s.most {
		s.old, s.young = s.young, idSet{}
	}
	return true
}

// idSet is a set of numbers other than 0, open-addressed and at most three quarters full.
type idSet struct {
	slots []uint64 // a power of two of them
	n     int
}

func (s *idSet) has(id uint64) bool {
	return len(s.slots) > 0 && s.slots[s.slot(id)] == id
}

func (s *idSet) add(id uint64) (fresh bool) {
	if 4*s.n >= 3*len(s.slots) {
		s.grow()
	}
	at := s.slot(id)
	if s.slots[at] == id {
		return false
	}
	s.slots[at] = id
	s.n++
	return true
}

// slot is where an id is or belongs.
func (s *idSet) slot(id uint64) uint64 {
	high, _ := bits.Mul64(id*0x9e3779b97f4a7c15, uint64(len(s.slots)))
	for s.slots[high] != 0 && s.slots[high] != id {
		high = (high + 1) & uint64(len(s.slots)-1)
	}
	return high
}

func (s *idSet) grow() {
	before := s.slots
	s.slots = make([]uint64, max(1024, 2*len(before)))
	for _, id := range before {
		if id != 0 {
			s.slots[s.slot(id)] = id
		}
	}
}
