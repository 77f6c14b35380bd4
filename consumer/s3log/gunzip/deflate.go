package gunzip

import (
	"encoding/binary"
	"io"
)

// block reads the head of a block.
func (r *Reader) block() error {
	if err := r.refill(); err != nil {
		return err
	}
	r.final = r.take(1) == 1
	kind := r.take(2)
	if r.beyond() {
		return io.ErrUnexpectedEOF
	}
	switch kind {
	case 0:
		return r.storedBlock()
	case 1:
		r.codes = r.fixed
	case 2:
		r.codes = r.dynamic
		if err := r.dynamicCodes(); r.beyond() {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
	default:
		return ErrCorrupt
	}
	r.step = (*Reader).decode
	return nil
}

// blockEnd goes on behind a block.
func (r *Reader) blockEnd() {
	if r.step = (*Reader).block; r.final {
		r.step = (*Reader).trailer
	}
}

func (r *Reader) storedBlock() error {
	r.giveBack()
	var b [4]byte
	if err := r.bytes(b[:]); err != nil {
		return err
	}
	n, inverse := binary.LittleEndian.Uint16(b[:]), binary.LittleEndian.Uint16(b[2:])
	if n != ^inverse {
		return ErrCorrupt
	}
	r.left = int(n)
	r.step = (*Reader).stored
	return nil
}

// stored passes on bytes as they are.
func (r *Reader) stored() error {
	if r.left == 0 {
		r.blockEnd()
		return nil
	}
	if r.at >= min(r.have, r.end) {
		if err := r.fill(); err != nil {
			return err
		}
	}
	from := r.buf[r.at:min(r.have, r.end)]
	n := copy(r.window[r.fresh:], from[:min(len(from), r.left)])
	r.at += n
	r.left -= n
	r.fresh += n
	return nil
}

// dynamicCodes reads the codes of a block, whose lengths are coded themselves.
func (r *Reader) dynamicCodes() error {
	literals, distances, coded := int(r.take(5))+257, int(r.take(5))+1, int(r.take(4))+4
	if literals > maxLiterals || distances > maxDistances {
		return ErrCorrupt
	}
	var short [19]uint8
	for i, at := range [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		if i == coded {
			break
		}
		if i%8 == 0 {
			if err := r.refill(); err != nil {
				return err
			}
		}
		short[at] = uint8(r.take(3))
	}
	if !build(r.dynamic.distances[:], distanceBits, short[:], r.meanings.lengths[:]) {
		return ErrCorrupt
	}
	if err := r.codeLengths(r.lengths[:literals+distances]); err != nil {
		return err
	}
	if !build(r.dynamic.literals[:], literalBits, r.lengths[:literals], r.meanings.literals[:]) ||
		!build(r.dynamic.distances[:], distanceBits, r.lengths[literals:literals+distances], r.meanings.distances[:]) {
		return ErrCorrupt
	}
	return nil
}

// codeLengths reads the lengths of all codes by the codes in distances.
func (r *Reader) codeLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		if err := r.refill(); err != nil {
			return err
		}
		e := r.dynamic.distances[r.bits&(1<<distanceBits-1)]
		if e&kindBad != 0 {
			return ErrCorrupt
		}
		r.take(uint(e & 0xff))
		symbol, repeat, value := e>>16, 1, uint8(0)
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value, repeat = lengths[i-1], 3+int(r.take(2))
		case 17:
			repeat = 3 + int(r.take(3))
		case 18:
			repeat = 11 + int(r.take(7))
		default:
			value = uint8(symbol)
		}
		if repeat > len(lengths)-i {
			return ErrCorrupt
		}
		for range repeat {
			lengths[i] = value
			i++
		}
	}
	return nil
}
