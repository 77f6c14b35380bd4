package cloudtrail

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
)

// Value is one JSON value of a record, read only as far as it is asked for. The zero Value is an absent one:
// everything may be asked of it, and the answers are empty. Values are immutable and cheap to copy.
//
// Questions are forgiving, since CloudTrail's own shapes vary: a list of one stands for its element, and a
// member is found under either capitalisation when its exact name is absent.
type Value struct {
	raw []byte // sound JSON without white space around it; nil if absent
}

// ParseValue reads one JSON value that takes all of raw. Errors are *SyntaxError and ErrShort. The value keeps
// raw, which must not change afterwards.
func ParseValue(raw []byte) (Value, error) {
	from := space(raw, 0)
	end, f := value(raw, from, 0)
	if f != sound {
		return Value{}, f.err(end)
	}
	if rest := space(raw, end); rest < len(raw) {
		return Value{}, &SyntaxError{Offset: rest, Reason: "more text after the value"}
	}
	return Value{raw[from:end]}, nil
}

// Exists reports whether the value was there at all; null exists.
func (v Value) Exists() bool { return v.raw != nil }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.kind() == 'n' }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return v.kind() == '{' }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.kind() == '[' }

// IsText reports whether the value is a string.
func (v Value) IsText() bool { return v.kind() == '"' }

// Raw is the value as JSON; nil if absent. It must not be changed.
func (v Value) Raw() []byte { return v.raw }

// Get walks down by member names and returns what is there, an absent Value if nothing is. A list of one is
// entered as if it were its element. Each name is looked for exactly first, then without regard to case; of a
// member given twice the last one counts.
func (v Value) Get(path ...string) Value {
	for _, name := range path {
		v = v.member(name)
	}
	return v
}

func (v Value) member(name string) Value {
	var exact, folded Value
	for key, val := range v.bare().pairs() {
		switch {
		case string(key) == name:
			exact = val
		case bytes.EqualFold(key, []byte(name)):
			folded = val
		}
	}
	if exact.Exists() {
		return exact
	}
	return folded
}

// Members yields the members of an object, or of the object that is a list's only element, in their order and
// with repeated names as often as they come. Other values have none.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for key, val := range v.bare().pairs() {
			if !yield(string(key), val) {
				return
			}
		}
	}
}

// List is the elements of a list; any other value is a list of itself, and an absent or null one is empty.
func (v Value) List() []Value {
	switch v.kind() {
	case 0, 'n':
		return nil
	case '[':
		var list []Value
		for e := range v.elements() {
			list = append(list, e)
		}
		return list
	default:
		return []Value{v}
	}
}

// Index is the i-th element of List, absent if there is none.
func (v Value) Index(i int) Value {
	if list := v.List(); i >= 0 && i < len(list) {
		return list[i]
	}
	return Value{}
}

// Text is a string, or a number or truth value as text, or the same as the only element of a list. It is empty
// for everything else. Bytes that are no UTF-8 are left as they are.
func (v Value) Text() string {
	v = v.bare()
	switch v.kind() {
	case 0, 'n', '{', '[':
		return ""
	case '"':
		inside := v.raw[1 : len(v.raw)-1]
		if bytes.IndexByte(inside, '\\') < 0 {
			return string(inside)
		}
		return string(unescape(make([]byte, 0, len(inside)), inside))
	default:
		return string(v.raw)
	}
}

// Texts is the texts of a list, or of a single value, without those that are no text.
func (v Value) Texts() []string {
	var texts []string
	for _, e := range v.List() {
		switch e.kind() {
		case '{', '[', 'n':
		default:
			texts = append(texts, e.Text())
		}
	}
	return texts
}

// Bool is a truth value, written as such or as text in any case; ok is false for everything else.
func (v Value) Bool() (value, ok bool) {
	switch strings.ToLower(v.Text()) {
	case "true":
		return true, true
	case "false":
		return false, true
	default:
		return false, false
	}
}

// Int is a whole number, written as such or as text; ok is false for everything else.
func (v Value) Int() (n int64, ok bool) {
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	return n, err == nil
}

// DuplicateKeys reports whether any object in the value names a member twice. Readers differ in which one they
// take, so such a value cannot be judged.
func (v Value) DuplicateKeys() bool {
	switch v.kind() {
	case '{':
		seen := map[string]bool{}
		for key, val := range v.pairs() {
			if seen[string(key)] || val.DuplicateKeys() {
				return true
			}
			seen[string(key)] = true
		}
	case '[':
		for e := range v.elements() {
			if e.DuplicateKeys() {
				return true
			}
		}
	}
	return false
}

// kind is the first byte of the value, 0 if absent.
func (v Value) kind() byte {
	if len(v.raw) == 0 {
		return 0
	}
	return v.raw[0]
}

// bare is the only element of a list of one, else the value itself.
func (v Value) bare() Value {
	if e, ok := v.only(); ok {
		return e
	}
	return v
}

// only is the element of a list of one.
func (v Value) only() (element Value, ok bool) {
	count := 0
	for e := range v.elements() {
		if count++; count > 1 {
			return Value{}, false
		}
		element = e
	}
	return element, count == 1
}

func (v Value) elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.kind() != '[' {
			return
		}
		for i, first := 1, true; ; first = false {
			more, at, _ := element(v.raw, i, first)
			if !more {
				return
			}
			end, _ := value(v.raw, at, 0)
			if !yield(Value{v.raw[at:end]}) {
				return
			}
			i = end
		}
	}
}

func (v Value) pairs() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		if v.kind() != '{' {
			return
		}
		for i, first := 1, true; ; first = false {
			name, at, _ := member(v.raw, i, first)
			if name == nil {
				return
			}
			at = space(v.raw, at)
			end, _ := value(v.raw, at, 0)
			if !yield(name, Value{v.raw[at:end]}) {
				return
			}
			i = end
		}
	}
}
