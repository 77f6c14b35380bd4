package cloudtrail

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// ErrShort says that the buffer ended inside a value: more bytes are needed to tell whether it is sound.
var ErrShort = errors.New("value goes on beyond the buffer")

// SyntaxError says where and why bytes are not JSON.
type SyntaxError struct {
	Offset int // bytes from the start of the buffer
	Reason string
}

// Error says what is wrong and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no valid JSON at byte %d: %s", e.Offset, e.Reason)
}

// fault is why reading stopped; functions of this file return the index where they stopped beside it.
type fault uint8

const (
	sound fault = iota
	short
	badValue
	badName
	badColon
	badComma
	badString
	badEscape
	badNumber
	badLiteral
	badDepth
)

// maxDepth is how deep values may be nested; encoding/json stops at the same depth.
const maxDepth = 10000

func (f fault) reason() string {
	switch f {
	case badValue:
		return "no value begins here"
	case badName:
		return "no quoted member name"
	case badColon:
		return "no colon after the member name"
	case badComma:
		return "no comma or closing bracket after a value"
	case badString:
		return "control character in a string"
	case badEscape:
		return "unknown escape in a string"
	case badNumber:
		return "malformed number"
	case badLiteral:
		return "neither true, false nor null"
	case badDepth:
		return "nested too deeply"
	default:
		return "unreadable"
	}
}

// err is the public form of a fault met at index i.
func (f fault) err(i int) error {
	switch f {
	case sound:
		return nil
	case short:
		return ErrShort
	default:
		return &SyntaxError{Offset: i, Reason: f.reason()}
	}
}

// space returns the index of the first byte at or after i that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && isSpace(b[i]) {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops marks the bytes of a word that end a run of plain text: quote, backslash and control characters. The
// lowest mark is exact, those above it may be false.
func stops(w uint64) uint64 {
	low := w ^ (ones * 0x02) // moves the quote next to the control characters, and nothing else there
	slash := w ^ (ones * '\\')
	return ((low-ones*0x21)&^low | (slash-ones)&^slash) & highs
}

// text reads the string whose opening quote is at i. It returns the index after the closing quote.
//
// Two words are looked at together: most names end within them, and a loop that mostly runs once is one the
// processor foresees.
func text(b []byte, i int) (end int, escaped bool, f fault) {
	i++
	for i+16 <= len(b) {
		words := b[i : i+16]
		low, high := stops(binary.LittleEndian.Uint64(words)), stops(binary.LittleEndian.Uint64(words[8:]))
		if low|high == 0 {
			i += 16
			continue
		}
		if low == 0 {
			low = high
			i += 8
		}
		i += bits.TrailingZeros64(low) >> 3
		if i < len(b) && b[i] == '"' {
			return i + 1, false, sound
		}
		break
	}
	return unusualText(b, i)
}

// unusualText goes on with a string that holds escapes, or ends within the last word of the buffer. The bytes
// before i are known to be plain or begin the string.
func unusualText(b []byte, i int) (end int, escaped bool, f fault) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped, sound
		case c == '\\':
			escaped = true
			if i, f = escape(b, i); f != sound {
				return i, escaped, f
			}
		case c < 0x20:
			return i, escaped, badString
		default:
			i++
		}
	}
	return i, escaped, short
}

// escape reads the escape whose backslash is at i.
func escape(b []byte, i int) (end int, f fault) {
	if i+1 >= len(b) {
		return i, short
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, sound
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(b) {
				return i, short
			}
			if hexDigit(b[j]) < 0 {
				return j, badEscape
			}
		}
		return i + 6, sound
	default:
		return i, badEscape
	}
}

// value reads any value, leading white space included. A number that ends with the buffer is sound.
func value(b []byte, i, depth int) (end int, f fault) {
	if i = space(b, i); i >= len(b) {
		return i, short
	}
	switch b[i] {
	case '"':
		end, _, f = text(b, i)
		return end, f
	case '{':
		return object(b, i, depth+1)
	case '[':
		return array(b, i, depth+1)
	case 't':
		return literal(b, i, "true")
	case 'f':
		return literal(b, i, "false")
	case 'n':
		return literal(b, i, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return number(b, i)
	default:
		return i, badValue
	}
}

// object reads the object whose opening bracket is at i.
func object(b []byte, i, depth int) (end int, f fault) {
	if depth > maxDepth {
		return i, badDepth
	}
	i++
	for first := true; ; first = false {
		var name []byte
		if name, i, f = member(b, i, first); name == nil {
			return i, f
		}
		if i, f = value(b, i, depth); f != sound {
			return i, f
		}
	}
}

// member reads on to the value of an object's next member. i is the index after the opening bracket (first) or
// after the last value. It returns the name and the index of the value; the name is nil at the end of the
// object, where next is the index after its closing bracket, and on a fault.
func member(b []byte, i int, first bool) (name []byte, next int, f fault) {
	if i = space(b, i); i >= len(b) {
		return nil, i, short
	}
	if b[i] == '}' {
		return nil, i + 1, sound
	}
	if !first {
		if b[i] != ',' {
			return nil, i, badComma
		}
		if i = space(b, i+1); i >= len(b) {
			return nil, i, short
		}
	}
	if b[i] != '"' {
		return nil, i, badName
	}
	end, escaped, f := text(b, i)
	if f != sound {
		return nil, end, f
	}
	name = b[i+1 : end-1]
	if escaped {
		name = unescape(make([]byte, 0, len(name)), name)
	}
	if i = space(b, end); i >= len(b) {
		return nil, i, short
	}
	if b[i] != ':' {
		return nil, i, badColon
	}
	return name, i + 1, sound
}

// array reads the array whose opening bracket is at i.
func array(b []byte, i, depth int) (end int, f fault) {
	if depth > maxDepth {
		return i, badDepth
	}
	i++
	for first := true; ; first = false {
		more := false
		if more, i, f = element(b, i, first); !more {
			return i, f
		}
		if i, f = value(b, i, depth); f != sound {
			return i, f
		}
	}
}

// element reads on to an array's next value, as member does for objects.
func element(b []byte, i int, first bool) (more bool, next int, f fault) {
	if i = space(b, i); i >= len(b) {
		return false, i, short
	}
	switch {
	case b[i] == ']':
		return false, i + 1, sound
	case first:
		return true, i, sound
	case b[i] != ',':
		return false, i, badComma
	}
	if i = space(b, i+1); i < len(b) && b[i] == ']' {
		return false, i, badValue
	}
	return true, i, sound
}

func literal(b []byte, i int, word string) (end int, f fault) {
	rest := b[i:]
	if len(rest) >= len(word) {
		if string(rest[:len(word)]) == word {
			return i + len(word), sound
		}
		return i, badLiteral
	}
	if string(rest) == word[:len(rest)] {
		return len(b), short
	}
	return i, badLiteral
}

func number(b []byte, i int) (end int, f fault) {
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i, f = digits(b, i); f != sound {
		return i, f
	}
	if i < len(b) && b[i] == '.' {
		if i, f = digits(b, i+1); f != sound {
			return i, f
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return digits(b, i)
	}
	return i, sound
}

func digits(b []byte, i int) (end int, f fault) {
	if i >= len(b) {
		return i, short
	}
	if b[i] < '0' || b[i] > '9' {
		return i, badNumber
	}
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i, sound
}
