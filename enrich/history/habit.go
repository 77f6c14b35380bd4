package history

import "slices"

// kind is one of the things an actor has habits in.
type kind uint8

const (
	calls kind = iota
	services
	buckets
	countries
	networks
	asns
	agents
	regions
	accounts
	kinds = iota
)

// limit is how many different things of a kind are kept of one actor.
func (k kind) limit() int {
	return [kinds]int{calls: 120, services: 24, buckets: 48, countries: 16, networks: 7, asns: 16, agents: 16, regions: 20, accounts: 16}[k]
}

// tally is how often an actor did one thing, and on which days first and last. Its name is kept as a hash alone.
type tally struct {
	hash  uint32
	count uint32
	since uint16 // days since the Unix epoch, as day
	day   uint16
}

// habits are an actor's tallies of all kinds, one after the other in one slice: most actors do few things, and
// a million of them must fit into memory.
type habits struct {
	n       [kinds]uint8
	forgot  uint16 // kinds, one bit each, of which something had to give way
	tallies []tally
}

// from is where a kind's tallies begin.
func (h *habits) from(k kind) int {
	at := 0
	for _, n := range h.n[:k] {
		at += int(n)
	}
	return at
}

// of lists the tallies of a kind; they may be changed in place.
func (h *habits) of(k kind) []tally {
	at := h.from(k)
	return h.tallies[at : at+int(h.n[k])]
}

// find gives the index of a tally, -1 if there is none.
func (h *habits) find(from, n int, hash uint32) int {
	for i, t := range h.tallies[from : from+n] {
		if t.hash == hash {
			return from + i
		}
	}
	return -1
}

// add counts one thing. At is its tally as found before, -1 for none: the new one then takes the place of the
// least used when the kind is full. Tallies of later kinds may move.
func (h *habits) add(k kind, at int, hash uint32, day, oldest uint16) {
	if at >= 0 {
		t := &h.tallies[at]
		if t.day < oldest {
			t.count, t.since = 0, day
		}
		if t.count < 1<<32-1 {
			t.count++
		}
		t.since, t.day = min(t.since, day), max(t.day, day)
		return
	}
	fresh := tally{hash: hash, count: 1, since: day, day: day}
	own := h.of(k)
	if len(own) < k.limit() {
		end := h.from(k) + len(own)
		h.n[k]++
		h.insert(end, fresh)
		return
	}
	least := 0
	for i, t := range own {
		if t.day < oldest {
			own[i] = fresh
			return
		}
		if t.count < own[least].count || t.count == own[least].count && t.day < own[least].day {
			least = i
		}
	}
	own[least] = fresh
	h.forgot |= 1 << k
}

// insert grows by a half at most, where append would double.
func (h *habits) insert(at int, t tally) {
	if len(h.tallies) == cap(h.tallies) {
		grown := make([]tally, len(h.tallies), len(h.tallies)+max(8, len(h.tallies)/2))
		copy(grown, h.tallies)
		h.tallies = grown
	}
	h.tallies = slices.Insert(h.tallies, at, t)
}

// count is how often a thing was done, as far as it is remembered.
func (h *habits) count(k kind, hash uint32) uint64 {
	at := h.find(h.from(k), int(h.n[k]), hash)
	if at < 0 {
		return 0
	}
	return uint64(h.tallies[at].count)
}
