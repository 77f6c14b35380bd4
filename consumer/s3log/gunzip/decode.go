package gunzip

import (
	"encoding/binary"
	"io"
)

// decode decodes codes until the block ends or the window is nearly full.
//
// What it works with is held in variables of its own, for the compiler to keep in registers.
//
//nolint:funlen,gocognit // the innermost loop: calls that are not inlined would cost more than what they do.
func (r *Reader) decode() error {
	c, w, p := r.codes, &r.window, r.fresh
	held, count, at := r.bits, r.count, r.at
	e := uint32(0)
	var err error
	for p <= windowSize-longest-slack {
		if at+8 > r.have {
			r.at = at
			if err = r.fill(); err != nil {
				break
			}
			at = r.at
			continue
		}
		held |= binary.LittleEndian.Uint64(r.buf[at:]) << (count & 63)
		at += int(63-count) >> 3
		count |= 56

		e = c.literal(held)
		before := held
		held >>= e & 63
		count -= uint(e & 63)
		if at > r.end && 8*at-int(count) > 8*r.end {
			err = io.ErrUnexpectedEOF
			break
		}
		if e&kindLiteral != 0 {
			w[p] = byte(e >> 16)
			p++
			if e = c.literals[held&(1<<literalBits-1)]; e&kindLiteral != 0 && at <= r.end { // literals come in runs
				held >>= e & 63
				count -= uint(e & 63)
				w[p] = byte(e >> 16)
				p++
			}
			continue
		}
		if e&(kindEnd|kindBad) != 0 {
			break
		}
		length := value(e, before)

		e = c.distance(held)
		before = held
		held >>= e & 63
		count -= uint(e & 63)
		from := p - value(e, before)
		if at > r.end && 8*at-int(count) > 8*r.end {
			err = io.ErrUnexpectedEOF
			break
		}
		if e&kindBad != 0 || from < r.begin {
			e = kindBad
			break
		}
		repeat(w, p, from, length)
		p += length
	}
	r.fresh, r.bits, r.count, r.at = p, held, count, at
	switch {
	case err == nil && e&kindBad != 0:
		return ErrCorrupt
	case err == nil && e&kindEnd != 0:
		r.blockEnd()
	}
	return err
}

// repeat copies length bytes of the window, which may be among those it writes. It may write up to slack bytes
// more.
func repeat(w *[windowSize]byte, to, from, length int) {
	switch distance := to - from; {
	case distance >= length && length > 32:
		copy(w[to:to+length], w[from:from+length])
	case distance >= 8:
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(w[to+i:], binary.LittleEndian.Uint64(w[from+i:]))
		}
	default:
		for i := range length {
			w[to+i] = w[from+i]
		}
	}
}
