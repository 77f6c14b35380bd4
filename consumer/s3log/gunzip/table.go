package gunzip

import "math/bits"

// A table leads from the next bits of the input to what they stand for. Its first part is looked up by as many
// bits as most codes have; a longer code leads on to a part of its own, by the bits that follow. An entry is
//
//	value << 16 | kind | length of the code << 8 | bits to take, those that follow the code included
//
// where the value is a literal, the least length or distance, or where a further part begins.
const (
	kindLiteral = 1 << 12
	kindFurther = 1 << 13 // the bits to take are those of the further part
	kindEnd     = 1 << 14 // of the block
	kindBad     = 1 << 15 // no code
)

const (
	literalBits  = 10
	distanceBits = 8
	longestCode  = 15

	// Powers of two that hold the first part and the most further parts there can be: one for two codes.
	literalSlots  = 8 << 10 // over 1<<10 + 286/2 * 1<<5
	distanceSlots = 4 << 10 // over 1<<8 + 30/2 * 1<<7

	literalCodes  = 288
	distanceCodes = 32
	maxLiterals   = 286 // that may be used
	maxDistances  = 30
)

// literal is the entry of a literal or length, without the length of its code.
func literal(symbol int) uint32 {
	switch {
	case symbol < 256:
		return uint32(symbol)<<16 | kindLiteral
	case symbol == 256:
		return kindEnd
	case symbol < 265:
		return uint32(symbol-254) << 16
	case symbol < 285:
		extra := (symbol - 261) >> 2
		return uint32((4+(symbol-1)&3)<<extra+3)<<16 | uint32(extra)
	case symbol == 285:
		return longest << 16
	default:
		return kindBad
	}
}

// distance is the entry of a distance, without the length of its code.
func distance(symbol int) uint32 {
	switch {
	case symbol < 4:
		return uint32(symbol+1) << 16
	case symbol < maxDistances:
		extra := symbol>>1 - 1
		return uint32((2+symbol&1)<<extra+1)<<16 | uint32(extra)
	default:
		return kindBad
	}
}

// build makes the table of the codes of these lengths, 0 for none. It reports whether they are a sound set: one
// that leaves no bits without meaning, but for a single code.
func build(table []uint32, first uint, lengths []uint8, meaning []uint32) bool {
	var offset, counts [longestCode + 2]int
	for _, n := range lengths {
		counts[n]++
	}
	counts[0] = 0
	longest, room := 0, 1
	for n := 1; n <= longestCode; n++ {
		offset[n+1] = offset[n] + counts[n]
		if room = 2*room - counts[n]; room < 0 {
			return false
		}
		if counts[n] > 0 {
			longest = n
		}
	}
	if room > 0 && longest > 1 {
		return false
	}
	var sorted [literalCodes]uint16 // symbols by the length of their codes
	for symbol, n := range lengths {
		if n > 0 {
			sorted[offset[n]] = uint16(symbol)
			offset[n]++
		}
	}
	b := builder{table: table, first: first, symbols: sorted[:offset[longestCode]], meaning: meaning}
	b.short(counts[:first+1])
	b.long(counts[first+1:longestCode+1], uint(max(longest, int(first)))-first)
	return true
}

// builder fills a table code by code.
type builder struct {
	table   []uint32
	first   uint // bits of the first part
	symbols []uint16
	meaning []uint32 // of symbols, without the length of their code
	code    uint16   // the next one
}

// next gives the next code of n bits, in the order of the input, and its entry.
func (b *builder) next(n uint) (code, entry uint32) {
	entry = b.meaning[b.symbols[0]] + uint32(n<<8|n)
	code = uint32(bits.Reverse16(b.code) >> (16 - n))
	b.symbols = b.symbols[1:]
	b.code++
	return code, entry
}

// short enters the codes that the first part holds; counts are by their length. Before each length the part is
// doubled: for the shorter codes the new bit makes no difference.
func (b *builder) short(counts []int) {
	b.table[0] = kindBad
	for n := uint(1); n < uint(len(counts)); n++ {
		size := 1 << (n - 1)
		copy(b.table[size:2*size], b.table[:size])
		b.code <<= 1
		for range counts[n] {
			code, entry := b.next(n)
			b.table[code] = entry
		}
	}
}

// long enters the codes in parts that are looked up by so many further bits.
func (b *builder) long(counts []int, further uint) {
	end := uint32(1) << b.first
	mask := end - 1
	for i, count := range counts {
		b.code <<= 1
		for range count {
			code, entry := b.next(b.first + uint(i) + 1)
			part := &b.table[code&mask]
			if *part&kindFurther == 0 {
				*part = end<<16 | kindFurther | uint32(further)
				end += 1 << further
			}
			for at := code >> b.first; at < 1<<further; at += 2 << i {
				b.table[*part>>16+at] = entry
			}
		}
	}
}

// codes are the tables of a block.
type codes struct {
	literals  [literalSlots]uint32
	distances [distanceSlots]uint32
}

// literal looks up the code that the bits begin with.
func (c *codes) literal(held uint64) uint32 {
	e := c.literals[held&(1<<literalBits-1)]
	if e&kindFurther != 0 {
		e = c.literals[further(e, held>>literalBits)&(literalSlots-1)]
	}
	return e
}

// distance looks up the code that the bits begin with.
func (c *codes) distance(held uint64) uint32 {
	e := c.distances[held&(1<<distanceBits-1)]
	if e&kindFurther != 0 {
		e = c.distances[further(e, held>>distanceBits)&(distanceSlots-1)]
	}
	return e
}

// further is where the entry of a long code is.
func further(e uint32, held uint64) uint32 { return e>>16 + uint32(held)&(1<<(e&31)-1) }

// value adds the bits that follow a code to the least value of its entry.
func value(e uint32, held uint64) int { return int(e>>16 + uint32(held)&(1<<(e&31)-1)>>(e>>8&15)) }

// fixed are the codes of blocks that bring none of their own.
func fixed(m *meanings) *codes {
	var lengths [literalCodes]uint8
	for symbol := range lengths {
		switch {
		case symbol < 144, symbol >= 280:
			lengths[symbol] = 8
		case symbol < 256:
			lengths[symbol] = 9
		default:
			lengths[symbol] = 7
		}
	}
	c := &codes{}
	build(c.literals[:], literalBits, lengths[:], m.literals[:])
	for i := range distanceCodes {
		lengths[i] = 5
	}
	build(c.distances[:], distanceBits, lengths[:distanceCodes], m.distances[:])
	return c
}

// meanings lists the entries of all symbols, without the length of their codes.
type meanings struct {
	literals  [literalCodes]uint32
	distances [distanceCodes]uint32
	lengths   [19]uint32
}

func newMeanings() *meanings {
	m := &meanings{}
	for i := range m.literals {
		m.literals[i] = literal(i)
	}
	for i := range m.distances {
		m.distances[i] = distance(i)
	}
	for i := range m.lengths {
		m.lengths[i] = uint32(i) << 16
	}
	return m
}
