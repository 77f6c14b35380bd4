package history

import (
	"cmp"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Snapshot tells what was known before the event that was looked at last, which rec is in full.
func (b *Book) Snapshot(rec *cloudtrail.Record) Snapshot {
	s, who := &b.subject, rec.Actor()
	beginning := b.began == 0 || s.ms-b.began < b.learning
	snap := Snapshot{First: firsts(s.first), Learning: beginning, Beginning: beginning}
	known := s.actor
	if known != nil && (s.expired || known.events == 0) {
		known = nil
	}
	snap.Nature = nature(who, known)
	if p, ok := declared(b.principals, who.ARN); ok {
		snap.Declared, snap.Expected = p.Match, p.expects(rec.EventName)
		if p.Kind != "" {
			snap.Nature = p.Kind
		}
	}
	if known != nil {
		b.tell(&snap, known)
	}
	snap.PeerCalls = b.peerCalls(snap.Calls)
	snap.Burst = b.bursts(known)
	return snap
}

// tell fills in what is remembered of a known actor.
func (b *Book) tell(snap *Snapshot, a *actor) {
	s := &b.subject
	snap.Known = true
	snap.First = firsts(s.first | s.lately(a))
	snap.Learning = snap.Learning || s.ms-a.first < b.learning
	snap.FirstSeen, snap.LastSeen = timeOf(a.first), timeOf(a.last)
	snap.Events, snap.Failures = a.events, a.failures
	snap.Calls = a.count64(calls, s)
	snap.ServiceCalls = a.count64(services, s)
	snap.BucketCalls = a.count64(buckets, s)
	snap.Countries = countryNames(a)
	if silence := s.ms - a.last; silence >= b.dormant {
		snap.Dormant = time.Duration(silence) * time.Millisecond
	}
	snap.Travel = s.travel(a)
	for _, m := range a.moments {
		snap.Recent = append(snap.Recent, b.momentOf(m))
	}
}

// lately marks what the actor shows only since yesterday, though it is older itself: whoever took it over an hour ago
// is no more usual than with their first call.
func (s *subject) lately(a *actor) uint16 {
	var marks uint16
	today, began := uint16(s.ms/msPerDay), uint16(a.first/msPerDay)
	for k, m := range s.marks {
		if m.at < 0 {
			continue
		}
		if since := a.tallies[m.at].since; since+1 >= today && since > began+1 {
			marks |= 1 << k
		}
	}
	return marks
}

// count64 is how often the actor showed what the subject shows of a kind.
func (a *actor) count64(k kind, s *subject) uint64 {
	if s.marks[k].hash == 0 || s.marks[k].at < 0 || s.first&(1<<k) != 0 {
		return 0
	}
	return uint64(a.tallies[s.marks[k].at].count)
}

func countryNames(a *actor) []string {
	own := slices.Clone(a.of(countries))
	slices.SortFunc(own, func(x, y tally) int {
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.hash, y.hash))
	})
	var names []string
	for _, t := range own {
		names = append(names, countryText([2]byte{byte(t.hash >> 8), byte(t.hash)}))
	}
	return names
}

// travel is the impossible way to this event, or the one its actor made shortly before to the same country.
func (s *subject) travel(a *actor) *Travel {
	if here, ok := spotOf(s.origin, s.ms); ok {
		if l, ok := a.spot.leapTo(here); ok {
			return l.travel()
		}
	}
	since := s.ms/1000 - int64(a.leap.at)
	if a.leap.km > 0 && since >= 0 && since <= int64(leapMemory/time.Second) && a.leap.to == s.origin.Country {
		return a.leap.travel()
	}
	return nil
}

func (b *Book) momentOf(m moment) Moment {
	return Moment{
		Time: timeOf(int64(m.at) * 1000), Name: b.texts.of(m.name), Bucket: b.texts.of(m.bucket),
		Error: b.texts.of(m.fault), IP: b.texts.of(m.ip), Country: countryText(m.country), First: firsts(m.first),
	}
}

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// peerCalls is how often others of the subject's role made the call; own is how often its actor did.
func (b *Book) peerCalls(own uint64) uint64 {
	a, _, _, ok := b.peers()
	if !ok || a == nil {
		return 0
	}
	all := a.habits.count(calls, b.subject.marks[calls].hash)
	return all - min(own, all)
}

// bursts lists the kinds of call whose amount is unusual at the subject's time.
func (b *Book) bursts(a *actor) []Burst {
	s := &b.subject
	var tides [burstKinds]tide
	if a != nil && a.tides != nil {
		tides = *a.tides
	}
	if s.burst != noBurst {
		tides[s.burst] = s.tide
	}
	var list []Burst
	for k, t := range tides {
		k := burstKind(k)
		if sum := t.sum(s.ms); sum >= t.threshold(k) || s.moved() && t.early(k, sum) {
			list = append(list, Burst{
				Kind: k.String(), Count: uint64(sum), Window: burstWindow, Usual: t.usual(), Buckets: b.burstBuckets(a, k),
			})
		}
	}
	return list
}

// burstBuckets lists the buckets among the actor's last moments, and the subject's, that a burst went to.
func (b *Book) burstBuckets(a *actor, k burstKind) []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	s := &b.subject
	if a != nil {
		for _, m := range a.moments {
			recent := int64(m.at)*1000 > s.ms-burstWindow.Milliseconds()
			of, _ := burstKindOf([]byte("s3"), []byte(b.texts.of(m.name)))
			if recent && (of == k || k == refusals && m.fault != 0) {
				add(b.texts.of(m.bucket))
			}
		}
	}
	if s.burst == k {
		add(string(s.h.Bucket))
	}
	return names
}
