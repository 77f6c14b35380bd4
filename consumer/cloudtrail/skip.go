package cloudtrail

// Skip passes by the value at the start of buf, leading white space included, by the balance of its brackets
// alone, and returns the bytes it takes. It is how a reader finds its way again after a record that is no
// valid JSON. ErrShort when the value goes on beyond buf.
func Skip(buf []byte) (n int, err error) {
	var s Skipper
	n, done := s.Skip(buf)
	if !done {
		return 0, ErrShort
	}
	return n, nil
}

// Skipper is Skip for a value that comes in pieces. Its zero value is ready for one value.
type Skipper struct {
	depth    int
	begun    bool
	inString bool
	escaped  bool
}

// Skip goes on with the next piece. It returns how many of its bytes belong to the value, and whether the
// value ended with them. A value without brackets or quotes ends before the comma, bracket or white space
// that follows it.
func (s *Skipper) Skip(piece []byte) (n int, done bool) {
	for i, c := range piece {
		switch {
		case s.inString:
			if s.string(c) {
				return i + 1, true
			}
		case c == '"':
			s.begun, s.inString = true, true
		case c == '{' || c == '[':
			s.begun = true
			s.depth++
		case c == '}' || c == ']':
			if s.depth <= 0 {
				return i, true
			}
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		case s.depth == 0 && s.begun && (c == ',' || isSpace(c)):
			return i, true
		case s.depth == 0 && !isSpace(c):
			s.begun = true
		}
	}
	return len(piece), false
}

// string takes one byte of a string and tells whether a value that is a string ends with it.
func (s *Skipper) string(c byte) bool {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.inString = false
		return s.depth == 0
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
