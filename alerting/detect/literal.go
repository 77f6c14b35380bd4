package detect

import (
	"slices"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Field is where a Literal stands.
type Field uint8

// The fields of a header that a Literal can be of, and the whole raw record.
const (
	EventName Field = iota
	EventSource
	Region
	EventCategory
	UserAgent
	SourceIP
	ErrorCode
	ErrorMessage
	UserType
	UserARN
	UserName
	InvokedBy
	IssuerType
	RawRecord
)

// Of is the field's text in a header; nil if the record has none. Of RawRecord it is raw.
func (f Field) Of(h *cloudtrail.Header, raw []byte) []byte {
	switch f {
	case EventName:
		return h.EventName
	case EventSource:
		return h.EventSource
	case Region:
		return h.Region
	case EventCategory:
		return h.EventCategory
	case UserAgent:
		return h.UserAgent
	case SourceIP:
		return h.SourceIP
	case ErrorCode:
		return h.ErrorCode
	case ErrorMessage:
		return h.ErrorMessage
	case UserType:
		return h.Type
	case UserARN:
		return h.ARN
	case UserName:
		return h.UserName
	case InvokedBy:
		return h.InvokedBy
	case IssuerType:
		return h.IssuerType
	default:
		return raw
	}
}

// Literal is ASCII text in lower case that a field has to hold, in any letter case.
type Literal struct {
	Field Field
	Text  string
}

const (
	// maxLiteral bounds how many rules are found by their literals; further ones are always asked.
	maxLiteral = 512
	// maxStates bounds the table of a scanner: 2 bytes for each of its characters.
	maxStates = 1 << 15
)

// marks are rules, by their places.
type marks [maxLiteral / 64]uint64

func (m *marks) set(at int) { m[at/64] |= 1 << (at % 64) }

func (m *marks) add(o *marks) {
	for i := range m {
		m[i] |= o[i]
	}
}

// scanner finds all rules that have a literal in a field by one reading of the field.
type scanner struct {
	field  Field
	class  [256]uint8 // of each byte; 0: in no literal
	states int
	width  int
	next   []uint16 // by state and class
	found  []*marks // by state; nil: no literal ends there
	all    marks    // where the text is not plain ASCII, so that a literal may be written in another way
	words  []Literal
	places []int // of the words' rules
}

// add files a literal of the rule at a place, and reports whether there was room.
func (s *scanner) add(l Literal, place int) bool {
	if s.states += len(l.Text); s.states >= maxStates {
		return false
	}
	s.words, s.places = append(s.words, l), append(s.places, place)
	s.all.set(place)
	return true
}

// build makes the table: a tree of the words, in which what does not go on falls back to the longest end that is the
// beginning of a word.
func (s *scanner) build() {
	s.classify()
	s.next, s.found = make([]uint16, s.width), make([]*marks, 1)
	for n, w := range s.words {
		s.plant(w.Text, s.places[n])
	}
	fallback := make([]uint16, len(s.found))
	queue := slices.DeleteFunc(slices.Clone(s.next[:s.width]), func(child uint16) bool { return child == 0 })
	for len(queue) > 0 {
		at := int(queue[0])
		queue = queue[1:]
		back := int(fallback[at])
		s.mark(at, s.found[back])
		for c := range s.width {
			slot := &s.next[at*s.width+c]
			if *slot == 0 {
				*slot = s.next[back*s.width+c]
				continue
			}
			fallback[*slot] = s.next[back*s.width+c]
			queue = append(queue, *slot)
		}
	}
}

// classify gives each byte that is in a word its class.
func (s *scanner) classify() {
	s.width = 1
	for _, w := range s.words {
		for i := range len(w.Text) {
			if c := w.Text[i]; s.class[c] == 0 {
				s.class[c] = uint8(s.width)
				s.width++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		s.class[c] = s.class[c|0x20]
	}
}

// mark adds rules to those that are found at a state.
func (s *scanner) mark(at int, rules *marks) {
	if rules == nil {
		return
	}
	if s.found[at] == nil {
		s.found[at] = &marks{}
	}
	s.found[at].add(rules)
}

// plant adds a word to the tree.
func (s *scanner) plant(word string, place int) {
	at := 0
	for i := range len(word) {
		slot := at*s.width + int(s.class[word[i]])
		if s.next[slot] == 0 {
			s.next[slot] = uint16(len(s.found))
			s.next, s.found = append(s.next, make([]uint16, s.width)...), append(s.found, nil)
		}
		at = int(s.next[slot])
	}
	if s.found[at] == nil {
		s.found[at] = &marks{}
	}
	s.found[at].set(place)
}

// scan marks the rules that have a literal in the text.
func (s *scanner) scan(text []byte, into *marks) {
	at := 0
	for _, c := range text {
		if c >= 0x80 || c == '\\' && s.field == RawRecord {
			into.add(&s.all)
			return
		}
		at = int(s.next[at*s.width+int(s.class[c])])
		if hit := s.found[at]; hit != nil {
			into.add(hit)
		}
	}
}

// literals finds the rules that a record may concern by text they cannot do without.
type literals struct {
	scanners []*scanner
	entries  []entry
}

// add files an entry under its literals, and reports whether it could.
func (l *literals) add(e entry, any []Literal) bool {
	place := len(l.entries)
	if len(any) == 0 || place >= maxLiteral || slices.ContainsFunc(any, func(a Literal) bool { return a.Text == "" }) {
		return false
	}
	for _, a := range any {
		at := slices.IndexFunc(l.scanners, func(s *scanner) bool { return s.field == a.Field })
		if at < 0 {
			at = len(l.scanners)
			l.scanners = append(l.scanners, &scanner{field: a.Field})
		}
		if !l.scanners[at].add(a, place) {
			return false
		}
	}
	l.entries = append(l.entries, e)
	return true
}

func (l *literals) build() {
	for _, s := range l.scanners {
		s.build()
	}
}

// pick is query.pick for the entries whose literals the record has.
func (l *literals) pick(q *query, dst []string) []string {
	if len(l.entries) == 0 {
		return dst
	}
	var candidates marks
	for _, s := range l.scanners {
		if !q.h.Plain() {
			candidates.add(&s.all)
			continue
		}
		s.scan(s.field.Of(q.h, q.raw), &candidates)
	}
	for word, bits := range candidates {
		for bit := 0; bits != 0; bit, bits = bit+1, bits>>1 {
			if bits&1 != 0 {
				dst = q.pick(l.entries[word*64+bit:word*64+bit+1], dst)
			}
		}
	}
	return dst
}
