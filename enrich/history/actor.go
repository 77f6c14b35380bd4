package history

// actor is what is remembered of one actor, or of the sessions of one role together.
type actor struct {
	id       ID
	hot      uint64   // its key in Book.hot
	revision uint64   // of its page in the store; 0 for none
	applied  Position // of the last event it has taken in
	at       int      // its place in Book.all

	first, last      int64 // Unix milliseconds
	events, failures uint64
	hours            uint32 // of the day, UTC, a bit each
	weekdays         uint8  // a bit each, Sunday first
	days             uint16 // on which it was active

	habits
	moments []moment
	tides   *[burstKinds]tide
	spot    spot
	leap    leap

	used   bool // since the eviction last came by
	dirty  bool // changed since its last page was taken
	saving bool // a page was taken and is not saved yet
}

// The costs of memory that actors are charged with: the struct and its entries in the book's tables; a tally; a
// moment; the tides.
const (
	actorCost  = 400
	tallyCost  = 12
	momentCost = 24
	tidesCost  = 160
)

func (a *actor) bytes() int64 {
	n := actorCost + tallyCost*cap(a.tallies) + momentCost*cap(a.moments)
	if a.tides != nil {
		n += tidesCost
	}
	return int64(n)
}

// forget makes a of nobody known, keeping its place in the store and the stream. Its moments must have been
// released.
func (a *actor) forget() {
	*a = actor{
		id: a.id, hot: a.hot, revision: a.revision, applied: a.applied, at: a.at,
		used: a.used, dirty: a.dirty, saving: a.saving,
	}
}

// count takes in when an event happened and how it ended.
func (a *actor) count(ms int64, failed bool) {
	if a.events == 0 {
		a.first, a.last, a.days = ms, ms, 1
	}
	if ms/msPerDay > a.last/msPerDay && a.days < 1<<16-1 {
		a.days++
	}
	a.first, a.last = min(a.first, ms), max(a.last, ms)
	a.events++
	if failed {
		a.failures++
	}
	a.hours |= hourBit(ms)
	a.weekdays |= 1 << ((ms/msPerDay + 4) % 7) // the Unix epoch was a Thursday
}

const (
	msPerHour = 3600 * 1000
	msPerDay  = 24 * msPerHour
)

func hourBit(ms int64) uint32 { return 1 << (ms / msPerHour % 24) }
