package s3log

import (
	"bytes"
	"errors"
	"io"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const byteOrderMark = "\xef\xbb\xbf"

// splitter finds records in a window that slides over a stream.
type splitter struct {
	window

	quarantine Quarantine
	name       string
	stats      Stats
	vain       int64 // bytes looked through for a list of Records where none was
	digest     bool  // a digest was passed by
}

// run reads the stream to its end.
func (s *splitter) run(r io.Reader, to *visitor, limits Limits) (Stats, error) {
	s.window = window{src: r, visitor: to, max: limits.MaxRecordBytes}
	if s.max <= 0 {
		s.max = DefaultMaxRecordBytes
	}
	err := s.document()
	s.stats.Bytes = s.read
	return s.stats, err
}

// document reads whatever stands at the top: lists of records, or records after each other.
func (s *splitter) document() error {
	if _, err := s.peek(); err == nil {
		s.at += len(s.rest()) - len(bytes.TrimPrefix(s.rest(), []byte(byteOrderMark)))
	}
	for {
		c, err := s.peek()
		switch {
		case errors.Is(err, io.EOF):
			return s.judge()
		case err != nil:
			return err
		case c == ',' || c == ']' || c == '}': // left over from a broken record
			s.at++
		case c == '[':
			s.at++
			err = s.list()
		case c == '{' && s.wraps():
			s.at++
			err = s.wrapper()
		case c == '{':
			err = s.object()
		case '0' <= c && c <= '9' && s.passStamp():
		default:
			err = s.brokenLine(errors.New("no JSON object"))
		}
		if err != nil {
			return err
		}
	}
}

// judge says at the end what the document was: one of digests alone is ignored as a whole.
func (s *splitter) judge() error {
	if s.digest && s.stats.Records+s.stats.Quarantined == 0 {
		return &IgnoredError{Kind: Digest}
	}
	return nil
}

// wraps reports whether the object that begins here has a list of Records, as far as it is in sight.
func (s *splitter) wraps() bool {
	if s.end-s.at < 512 {
		_ = s.more() // a fault shows again where it is met
	}
	name := firstMember(s.rest())
	return isRecords(name) || holdsList(name) && hasRecords(s.rest())
}

// object reads one object of the top: a record, or a wrapper whose records come after other members.
func (s *splitter) object() error {
	for {
		h := &s.visitor.header
		n, err := h.Scan(s.rest())
		if err == nil {
			return s.record(n)
		}
		if s.holdsRecords() {
			s.at++
			return s.wrapper()
		}
		switch {
		case errors.Is(err, cloudtrail.ErrNotRecord):
			return s.notRecord(n)
		case !errors.Is(err, cloudtrail.ErrShort):
			return s.brokenLine(err)
		}
		if err := s.more(); err != nil {
			if errors.Is(err, errFull) && isDigest(s.rest()) { // of an hour with thousands of log files
				s.digest = true
				return s.passed()
			}
			return s.endless(err)
		}
	}
}

// passed passes by the value that begins here; a stream that ends within it was cut short.
func (s *splitter) passed() error {
	if err := s.pass(); err != nil {
		return s.ended(err)
	}
	return nil
}

// holdsRecords reports whether the object that begins here has a list of Records further on. It looks through a small
// multiple of the stream in all, lest a stream of brackets takes hours.
func (s *splitter) holdsRecords() bool {
	if s.vain > resyncBudget*max(s.read, firstWindow) {
		return false
	}
	if hasRecords(s.rest()) {
		return true
	}
	s.vain += int64(len(s.rest()))
	return false
}

// wrapper reads the members of the object around the records, from behind its opening bracket.
func (s *splitter) wrapper() error {
	for {
		c, err := s.peek()
		if err != nil {
			return s.ended(err)
		}
		switch c {
		case '}':
			s.at++
			return nil
		case ',':
			s.at++
		case '"':
			err = s.wrapperMember()
		case '{': // the list ended early
			err = s.list()
		default:
			err = s.astray("no member begins here")
		}
		if err != nil {
			return err
		}
	}
}

// astray goes on after something that cannot stand in a wrapper: a record so broken that it seemed to end the
// list. Other records may follow.
func (s *splitter) astray(reason string) error {
	if err := s.broken(errors.New(reason)); err != nil {
		return err
	}
	return s.list()
}

func (s *splitter) wrapperMember() error {
	name, err := s.memberName()
	if err != nil {
		return err
	}
	c, err := s.peek()
	if err == nil && c == ':' {
		s.at++
		c, err = s.peek()
	} else if err == nil {
		return s.astray("no colon after the member name")
	}
	records := isRecords(name)
	switch {
	case err != nil:
		return s.ended(err)
	case records && c == '{':
		return s.element()
	case c == '[' && holdsList(name):
		s.at++
		if s.onlyInsights() {
			return &IgnoredError{Kind: Insight}
		}
		return s.list()
	case records && c != 'n':
		return s.scalar()
	}
	return s.passed()
}

// memberName reads a member's name.
func (s *splitter) memberName() ([]byte, error) {
	for {
		if n, err := cloudtrail.Skip(s.rest()); err == nil {
			name := bytes.Clone(s.buf[s.at+1 : s.at+n-1])
			s.at += n
			return name, nil
		}
		if err := s.more(); err != nil {
			return nil, s.ended(err)
		}
	}
}

// list reads a list of records from behind its opening bracket.
func (s *splitter) list() error {
	for {
		c, err := s.peek()
		if err != nil {
			return s.ended(err)
		}
		switch c {
		case ']':
			s.at++
			return nil
		case ',', '}', ':': // one too many of these harms nothing
			s.at++
		case '{':
			err = s.element()
		default:
			err = s.scalar()
		}
		if err != nil {
			return err
		}
	}
}

// element reads the record that begins here.
func (s *splitter) element() error {
	for {
		h := &s.visitor.header
		n, err := h.Scan(s.rest())
		switch {
		case err == nil:
			return s.record(n)
		case errors.Is(err, cloudtrail.ErrNotRecord):
			return s.otherThanRecord(n)
		case !errors.Is(err, cloudtrail.ErrShort):
			return s.broken(err)
		}
		if err := s.more(); err != nil {
			return s.endless(err)
		}
	}
}

// record hands on the n bytes just scanned.
func (s *splitter) record(n int) error {
	if n > s.max {
		return s.park(n, s.tooLarge())
	}
	raw := s.buf[s.at : s.at+n]
	s.at += n
	if doubtful(&s.visitor.header) {
		if known, err := s.unwrap(raw, 0); known {
			return err
		}
	}
	s.stats.Records++
	return s.visitor.visit(raw, &s.visitor.header)
}

// otherThanRecord judges the n bytes just scanned, an object that is no record: it may hold some.
func (s *splitter) otherThanRecord(n int) error {
	raw := s.buf[s.at : s.at+n]
	s.at += n
	if known, err := s.unwrap(raw, 0); known {
		return err
	}
	return s.hold(raw, cloudtrail.ErrNotRecord.Error())
}

// ended is the error for a stream that ended inside a record or list.
func (s *splitter) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return &TruncatedError{Name: s.name, Bytes: s.read}
	}
	if errors.Is(err, errFull) {
		return &FormatError{Name: s.name, Err: errors.New("a member name without end")}
	}
	return err
}
