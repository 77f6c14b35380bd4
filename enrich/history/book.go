package history

import (
	"bytes"
	"hash/maphash"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// Declare replaces the principals the settings declare.
func (b *Book) Declare(principals []Principal) { b.principals = principals }

// Book is the history of one shard's actors. It is not safe for concurrent use.
type Book struct {
	retention, learning, dormant int64 // milliseconds
	limit                        int64 // bytes
	principals                   []Principal

	seed  maphash.Seed
	hot   map[uint64]*actor // by the seeded hash of the key: the way of nearly every event
	ids   map[ID]*actor
	all   []*actor
	hand  int // of the eviction, in all
	texts texts
	bytes int64

	stored  bool // somebody saves and restores
	partial bool // some actors are in the store alone
	full    bool // nothing can be evicted until something is saved
	dirty   []*actor

	began, newest int64 // Unix milliseconds of the installation's first event and the latest one learnt; 0 before any
	arrival       int64 // when the event at hand came in, Unix milliseconds; 0 if nobody knows

	key, role, scratch []byte
	subject            subject
}

// NewBook makes an empty book that may use its shard's part of the memory the settings allow.
func NewBook(cfg Config, principals []Principal, shards int) *Book {
	ms := func(d Duration) int64 { return time.Duration(d).Milliseconds() }
	return &Book{
		retention: ms(cfg.Retention), learning: ms(cfg.Learning), dormant: ms(cfg.Dormant),
		limit:      cfg.MaxBytes / int64(max(shards, 1)),
		principals: principals,
		seed:       maphash.MakeSeed(),
		hot:        map[uint64]*actor{},
		ids:        map[ID]*actor{},
		texts:      newTexts(),
	}
}

// subject is the event that was looked at last.
type subject struct {
	h        *cloudtrail.Header
	origin   Origin
	position Position
	ms       int64 // of the event, Unix milliseconds

	actor   *actor // nil for a new one
	id      ID     // of a new one
	hot     uint64
	expired bool // the actor was not seen for longer than the retention
	applied bool // the actor has taken the event in before

	marks [kinds]mark
	first uint16
	burst burstKind // whose tide it moves
	tide  tide      // after the event
}

// mark is one thing an event shows: its hash, 0 for none, and its tally, -1 for none.
type mark struct {
	hash uint32
	at   int32
}

// Sight is what a first look at an event tells.
type Sight struct {
	// Applied is set when the actor has taken in this event already, before a restart.
	Applied bool
	// Burst is set when the event crosses the amount of its kind that is unusual for the actor, or doubles it.
	Burst bool
	// Moved is set when the actor was never seen in the event's network or autonomous system before.
	Moved bool
}

// places are the marks of where an actor is.
const places = 1<<networks | 1<<asns

// Look finds the actor of an event and makes the event the subject of Snapshot and Learn. It keeps h until
// then, and changes nothing.
func (b *Book) Look(h *cloudtrail.Header, origin Origin, position Position) Sight {
	s := &b.subject
	*s = subject{h: h, origin: origin, position: position, burst: noBurst}
	s.ms = b.timeOf(h)
	b.key = h.AppendActorKey(b.key[:0])
	s.actor, s.hot, s.id = b.find(b.key)
	if a := s.actor; a != nil {
		s.applied = !position.After(a.applied)
		s.expired = a.last+b.retention < s.ms
	}
	s.mark()
	s.compare(b.oldestDay(s.ms))
	return Sight{Applied: s.applied, Burst: !s.applied && s.rise(), Moved: !s.applied && s.first&places != 0}
}

// Arrive says when the next events came in, Unix milliseconds; 0 if nobody knows, as in replay.
func (b *Book) Arrive(unixMilli int64) { b.arrival = unixMilli }

// timeOf is the event's time in the range that is kept: for an event without, when it came in, or the newest time known.
func (b *Book) timeOf(h *cloudtrail.Header) int64 {
	ms, ok := h.Time()
	switch {
	case ok:
	case b.arrival > 0:
		ms = b.arrival
	default:
		ms = b.newest
	}
	return min(max(ms, 0), 1<<32*1000-1)
}

func (b *Book) oldestDay(ms int64) uint16 { return uint16(max(ms-b.retention, 0) / msPerDay) }

// find gives the actor of a key, nil if it is not in memory, with its seeded hash; and for one that is not
// found by that, its id.
func (b *Book) find(key []byte) (*actor, uint64, ID) {
	hot := maphash.Bytes(b.seed, key)
	if a := b.hot[hot]; a != nil {
		return a, hot, a.id
	}
	id := identify(key)
	a := b.ids[id]
	if a != nil {
		a.hot = hot
		b.hot[hot] = a
	}
	return a, hot, id
}

// mark names what the event shows.
func (s *subject) mark() {
	h := s.h
	service := hash(0, h.EventSource)
	s.marks[calls].hash = fold(hash(service, h.EventName))
	s.marks[services].hash = fold(service)
	s.marks[buckets].hash = textHash(h.Bucket)
	s.marks[countries].hash = uint32(s.origin.Country[0])<<8 | uint32(s.origin.Country[1])
	if kind := s.origin.Kind; kind != "" && kind != network.Unknown && kind != network.VPCEndpoint {
		s.marks[networks].hash = uint32(len(kind))<<8 | uint32(kind[0])
	}
	s.marks[asns].hash = s.origin.ASN
	s.marks[agents].hash = textHash(h.UserAgent)
	s.marks[regions].hash = textHash(h.Region)
	s.marks[accounts].hash = textHash(h.Account())
}

func textHash(text []byte) uint32 {
	if len(text) == 0 {
		return 0
	}
	return fold(hash(0, text))
}

// fold makes 32 bits of 64, but never 0.
func fold(h uint64) uint32 { return max(uint32(h^h>>32), 1) }

// compare finds what the event shows among the actor's habits.
func (s *subject) compare(oldest uint16) {
	a := s.actor
	if a == nil || s.expired || a.events == 0 {
		s.first = firstActor | firstHour
		for k, m := range s.marks {
			s.marks[k].at = -1
			if m.hash != 0 {
				s.first |= 1 << k
			}
		}
		return
	}
	from := 0
	for k := range s.marks {
		m, n := &s.marks[k], int(a.n[k])
		m.at = -1
		if m.hash != 0 {
			m.at = int32(a.find(from, n, m.hash))
			known := m.at >= 0 && a.tallies[m.at].day >= oldest
			if !known && a.forgot&(1<<k) == 0 { // of what was forgotten nobody can say it is new
				s.first |= 1 << k
			}
		}
		from += n
	}
	if a.hours&hourBit(s.ms) == 0 {
		s.first |= firstHour
	}
}

// rise moves the tide of the event's kind, without saving it, and reports whether it is to be told.
func (s *subject) rise() bool {
	var weight uint32
	s.burst, weight = burstKindOf(s.h.EventSource, s.h.EventName)
	if len(s.h.ErrorCode) > 0 && refusedData(s.h) {
		s.burst, weight = refusals, 1
	}
	if s.burst == noBurst {
		return false
	}
	if a := s.actor; a != nil && a.tides != nil && !s.expired {
		s.tide = a.tides[s.burst]
	}
	return s.tide.add(s.burst, weight, s.moved(), s.ms)
}

// moved reports whether the actor is known, and is in a network or autonomous system only since yesterday.
func (s *subject) moved() bool {
	a := s.actor
	return a != nil && a.events > 0 && !s.expired && (s.first|s.lately(a))&places != 0
}

// Learn takes in the event that was looked at.
func (b *Book) Learn() {
	s := &b.subject
	if b.began == 0 || s.ms < b.began {
		b.began = s.ms
	}
	b.newest = max(b.newest, s.ms)
	if !s.applied {
		b.teach(s)
	}
	b.teachPeers(s)
	if !b.stored {
		b.Evict()
	}
}

// teach adds the subject to its actor.
func (b *Book) teach(s *subject) {
	a := s.actor
	if a == nil {
		a = b.enter(&actor{id: s.id, hot: s.hot})
		s.actor = a
	}
	if s.expired {
		b.release(a)
		b.bytes -= a.bytes()
		a.forget()
		b.bytes += a.bytes()
	}
	before := a.bytes()
	a.count(s.ms, s.h.Failed())
	day, oldest := uint16(s.ms/msPerDay), b.oldestDay(s.ms)
	for k := kind(kinds); k > 0; k-- { // backwards: a new tally moves those of later kinds
		if m := s.marks[k-1]; m.hash != 0 {
			a.add(k-1, int(m.at), m.hash, day, oldest)
		}
	}
	if s.burst != noBurst {
		if a.tides == nil {
			a.tides = new([burstKinds]tide)
		}
		a.tides[s.burst] = s.tide
	}
	a.move(s.origin, s.ms)
	b.note(a, s)
	b.touched(a, s.position)
	b.bytes += a.bytes() - before
}

// move takes in where the actor is.
func (a *actor) move(o Origin, ms int64) {
	here, ok := spotOf(o, ms)
	if !ok {
		return
	}
	if l, ok := a.spot.leapTo(here); ok {
		a.leap = l
	}
	if here.at >= a.spot.at {
		a.spot = here
	}
}

// note adds the event to the actor's moments.
func (b *Book) note(a *actor, s *subject) {
	var last moment // often much the same
	if n := len(a.moments); n > 0 {
		last = a.moments[n-1]
	}
	after, out, full := place(a.moments, moment{
		at: uint32(s.ms / 1000), country: s.origin.Country, first: s.first,
		name: b.texts.hold(s.h.EventName, last.name), bucket: b.texts.hold(s.h.Bucket, last.bucket),
		fault: b.texts.hold(s.h.ErrorCode, last.fault), ip: b.texts.hold(s.h.SourceIP, last.ip),
	})
	a.moments = after
	if full {
		b.releaseMoment(out)
	}
}

// teachPeers adds the subject's call to what the sessions of its role do together.
func (b *Book) teachPeers(s *subject) {
	a, hot, id, ok := b.peers()
	if !ok {
		return
	}
	if a == nil {
		a = b.enter(&actor{id: id, hot: hot})
	}
	if !s.position.After(a.applied) && a.events > 0 {
		return
	}
	before := a.bytes()
	a.count(s.ms, s.h.Failed())
	call := s.marks[calls].hash
	at := a.find(a.from(calls), int(a.n[calls]), call)
	a.add(calls, at, call, uint16(s.ms/msPerDay), b.oldestDay(s.ms))
	b.touched(a, s.position)
	b.bytes += a.bytes() - before
}

// peers finds what the sessions of the subject's role do together. A key beyond its role's is of one person
// among several who take the role; others have no peers, and ok is false.
func (b *Book) peers() (a *actor, hot uint64, id ID, ok bool) {
	role := b.subject.h.IssuerARN
	if len(role) == 0 || len(b.key) <= len(role) || !bytes.HasPrefix(b.key, role) {
		return nil, 0, ID{}, false
	}
	b.role = append(append(b.role[:0], "sessions of "...), role...) // no actor has a key like it
	a, hot, id = b.find(b.role)
	return a, hot, id, true
}

func (b *Book) touched(a *actor, position Position) {
	a.applied = position
	a.used = a.events > 1 // who came once only is the first to go
	if !a.dirty {
		a.dirty = true
		if b.stored {
			b.dirty = append(b.dirty, a)
		}
	}
}
