package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Page is what is stored of one actor.
type Page struct {
	ID ID
	// Revision is of the page in the store that this one replaces, or was read as; 0 for none.
	Revision uint64
	Value    []byte
}

// ErrPage is what the errors of Restore wrap: the bytes are no page.
var ErrPage = errors.New("not an actor's page")

const pageVersion = 1

// write appends the stored form of an actor.
func (b *Book) write(dst []byte, a *actor) []byte {
	dst = append(dst, pageVersion)
	for _, v := range []uint64{
		a.applied.Sequence, uint64(a.applied.Index), uint64(a.first), uint64(a.last), a.events, a.failures,
		uint64(a.hours), uint64(a.weekdays), uint64(a.days), uint64(a.forgot),
	} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = append(dst, a.n[:]...)
	for _, t := range a.tallies {
		dst = binary.LittleEndian.AppendUint32(dst, t.hash)
		dst = binary.AppendUvarint(dst, uint64(t.count))
		dst = binary.LittleEndian.AppendUint16(dst, t.since)
		dst = binary.LittleEndian.AppendUint16(dst, t.day)
	}
	dst = append(dst, byte(len(a.moments)))
	for _, m := range a.moments {
		dst = binary.LittleEndian.AppendUint32(dst, m.at)
		dst = append(dst, m.country[:]...)
		dst = binary.LittleEndian.AppendUint16(dst, m.first)
		for _, n := range [...]uint32{m.name, m.bucket, m.fault, m.ip} {
			text := b.texts.of(n)
			dst = append(append(dst, byte(len(text))), text...)
		}
	}
	return writeMotion(dst, a)
}

// writeMotion appends what moves: the tides, the last place, the last leap.
func writeMotion(dst []byte, a *actor) []byte {
	switch number := tidesKept(a.tides); number {
	case 0:
		dst = append(dst, 0)
	default:
		// 1 stands for the kinds that there were at first, so that pages without others are as they always were.
		dst = append(dst, byte(1+number-oldBurstKinds))
		for _, t := range a.tides[:number] {
			for _, v := range [...]uint32{t.window, t.count, t.before, t.next, t.total, t.windows} {
				dst = binary.AppendUvarint(dst, uint64(v))
			}
		}
	}
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(a.spot.latitude))
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(a.spot.longitude))
	dst = binary.LittleEndian.AppendUint32(dst, a.spot.at)
	dst = append(dst, a.spot.country[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, a.leap.at)
	dst = binary.LittleEndian.AppendUint32(dst, a.leap.between)
	dst = binary.LittleEndian.AppendUint16(dst, a.leap.km)
	return append(append(dst, a.leap.from[:]...), a.leap.to[:]...)
}

// tidesKept is how many tides a page needs: those of later kinds are left out if there never was such a call.
func tidesKept(tides *[burstKinds]tide) int {
	if tides == nil {
		return 0
	}
	number := burstKinds
	for number > oldBurstKinds && tides[number-1] == (tide{}) {
		number--
	}
	return number
}

// pageReader reads a page from the front; after the first fault it gives zeros.
type pageReader struct {
	rest []byte
	bad  bool
}

func (r *pageReader) take(n int) []byte {
	if len(r.rest) < n {
		r.rest, r.bad = nil, true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// uvarint reads a number up to a limit, in the shortest spelling.
func (r *pageReader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > limit || n > 1 && r.rest[n-1] == 0 {
		r.rest, r.bad = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *pageReader) u8() uint8          { return r.take(1)[0] }
func (r *pageReader) u16() uint16        { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *pageReader) u32() uint32        { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *pageReader) country() [2]byte   { return [2]byte(r.take(2)) }
func (r *pageReader) count32() uint32    { return uint32(r.uvarint(math.MaxUint32)) }
func (r *pageReader) degrees() float32   { return math.Float32frombits(r.u32()) }
func (r *pageReader) millisecond() int64 { return int64(r.uvarint(1<<32*1000 - 1)) }

// read reads what write wrote. It takes nothing else, and holds no texts when it fails.
func (b *Book) read(page []byte) (*actor, error) {
	r := &pageReader{rest: page}
	if v := r.u8(); v != pageVersion {
		return nil, fmt.Errorf("%w: version %d is unknown", ErrPage, v)
	}
	a := &actor{
		applied: Position{Sequence: r.uvarint(math.MaxUint64), Index: r.count32()},
		first:   r.millisecond(), last: r.millisecond(),
		events: r.uvarint(math.MaxUint64), failures: r.uvarint(math.MaxUint64),
		hours:    uint32(r.uvarint(1<<24 - 1)),
		weekdays: uint8(r.uvarint(1<<7 - 1)),
		days:     uint16(r.uvarint(math.MaxUint16)),
	}
	a.forgot = uint16(r.uvarint(1<<kinds - 1))
	r.readTallies(a)
	b.readMoments(r, a)
	r.readMotion(a)
	if r.bad || len(r.rest) > 0 || a.events == 0 || a.last < a.first {
		b.release(a)
		return nil, fmt.Errorf("%w: %d bytes, malformed", ErrPage, len(page))
	}
	return a, nil
}

func (r *pageReader) readTallies(a *actor) {
	total := 0
	for k := range a.n {
		n := int(r.u8())
		if n > kind(k).limit() {
			r.rest, r.bad = nil, true
			return
		}
		a.n[k] = uint8(n)
		total += n
	}
	if len(r.rest) < 9*total { // before memory is set aside for them
		r.rest, r.bad = nil, true
		return
	}
	a.tallies = make([]tally, total)
	for i := range a.tallies {
		a.tallies[i] = tally{hash: r.u32(), count: r.count32(), since: r.u16(), day: r.u16()}
	}
}

func (b *Book) readMoments(r *pageReader, a *actor) {
	n := int(r.u8())
	if n > maxMoments {
		r.rest, r.bad = nil, true
		return
	}
	a.moments = make([]moment, n)
	for i := range a.moments {
		m := moment{at: r.u32(), country: r.country(), first: r.u16()}
		for _, text := range [...]*uint32{&m.name, &m.bucket, &m.fault, &m.ip} {
			if length := int(r.u8()); length <= maxText {
				*text = b.texts.hold(r.take(length), 0)
			} else {
				r.rest, r.bad = nil, true
			}
		}
		a.moments[i] = m
	}
	if !slices.IsSortedFunc(a.moments, func(x, y moment) int { return int(int64(x.at) - int64(y.at)) }) {
		r.bad = true
	}
}

func (r *pageReader) readMotion(a *actor) {
	switch form := int(r.u8()); {
	case form == 0:
	case form <= 1+burstKinds-oldBurstKinds:
		a.tides = new([burstKinds]tide)
		for k := range oldBurstKinds + form - 1 {
			a.tides[k] = tide{
				window: r.count32(), count: r.count32(), before: r.count32(),
				next: r.count32(), total: r.count32(), windows: r.count32(),
			}
		}
	default:
		r.bad = true
	}
	a.spot = spot{latitude: r.degrees(), longitude: r.degrees(), at: r.u32(), country: r.country()}
	if !(math.Abs(float64(a.spot.latitude)) <= 90 && math.Abs(float64(a.spot.longitude)) <= 180) {
		r.bad = true
	}
	a.leap = leap{at: r.u32(), between: r.u32(), km: r.u16(), from: r.country(), to: r.country()}
}
