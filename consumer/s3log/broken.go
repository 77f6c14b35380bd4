package s3log

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// resyncBudget is how many times its own size a window is scanned in search of the next record.
const resyncBudget = 16

// park quarantines the next n bytes.
func (s *splitter) park(n int, reason string) error {
	raw := s.buf[s.at : s.at+n]
	s.at += n
	return s.hold(raw, reason)
}

// hold quarantines bytes that were passed by.
func (s *splitter) hold(raw []byte, reason string) error {
	s.stats.Quarantined++
	if s.quarantine == nil {
		return nil
	}
	return s.quarantine(raw, reason)
}

func (s *splitter) tooLarge() string {
	return fmt.Sprintf("record larger than %d bytes (max_record_bytes)", s.max)
}

// endless judges a record that goes on when more of it cannot be had: it is too large, or the stream is cut
// short, or it lacks a closing bracket and has others after it.
func (s *splitter) endless(err error) error {
	full := errors.Is(err, errFull)
	switch {
	case (full || errors.Is(err, io.EOF)) && s.recordWithin(s.end-s.at):
		return s.resync(errors.New("a record without end"))
	case full:
		return s.oversize()
	default:
		return s.ended(err)
	}
}

// oversize quarantines the beginning of a record that fills the window and passes by the rest.
func (s *splitter) oversize() error {
	var skip cloudtrail.Skipper
	skip.Skip(s.rest())
	if err := s.park(s.end-s.at, s.tooLarge()); err != nil {
		return err
	}
	for {
		if err := s.more(); err != nil {
			return s.ended(err)
		}
		n, done := skip.Skip(s.rest())
		s.at += n
		if done {
			return nil
		}
	}
}

// scalar quarantines an element of a list that begins as no object does.
func (s *splitter) scalar() error {
	cause := errors.New("a record is an object")
	for {
		n, err := cloudtrail.Skip(s.rest())
		if err == nil {
			if _, err := cloudtrail.ParseValue(s.rest()[:n]); err != nil {
				return s.broken(cause)
			}
			if next := bytes.TrimLeft(s.rest()[n:], white); len(next) > 0 {
				if next[0] == ',' || next[0] == ']' {
					return s.park(n, cause.Error())
				}
				return s.broken(cause)
			}
		}
		if err := s.more(); err != nil {
			return s.endless(err)
		}
	}
}

// notRecord judges an object of the top that takes n bytes and is no record.
func (s *splitter) notRecord(n int) error {
	if isDigest(s.buf[s.at : s.at+n]) {
		s.digest = true
		s.at += n
		return nil
	}
	return s.otherThanRecord(n)
}

// onlyInsights reports whether the list that begins here holds Insights events alone. It looks as far as the
// window reaches, which is far beyond an Insight file.
func (s *splitter) onlyInsights() bool {
	if head := s.rest(); !bytes.Contains(head[:min(len(head), 4<<10)], []byte(`"Insight"`)) {
		return false
	}
	var h cloudtrail.Header
	for at := 0; ; {
		rest := bytes.TrimLeft(s.rest()[at:], ", \t\r\n")
		if len(rest) > 0 && rest[0] == ']' {
			return at > 0
		}
		n, err := h.Scan(rest)
		switch {
		case err == nil && string(h.EventCategory) == "Insight":
			at = len(s.rest()) - len(rest) + n
		case errors.Is(err, cloudtrail.ErrShort) && s.more() == nil:
		default:
			return false
		}
	}
}

// brokenLine quarantines an unreadable object of the top up to the next line that begins with a bracket, or to
// the next sound record if that comes before.
func (s *splitter) brokenLine(cause error) error {
	from := 0
	for {
		rest := s.rest()
		for i, c := range rest[from:] {
			if c == '\n' && s.beginsLine(from+i+1) {
				return s.parkLine(from+i, cause)
			}
		}
		from = max(0, len(rest)-1)
		switch err := s.more(); {
		case errors.Is(err, io.EOF):
			return s.parkLine(s.end-s.at, cause)
		case errors.Is(err, errFull):
			return s.lostLine(cause)
		case err != nil:
			return err
		}
	}
}

func (s *splitter) parkLine(n int, cause error) error {
	if s.recordWithin(n) {
		return s.resync(cause)
	}
	return s.park(n, cause.Error())
}

// beginsLine reports whether an object or list begins at i of what is in sight. The end of sight counts as no.
func (s *splitter) beginsLine(i int) bool {
	rest := s.rest()
	return i < len(rest) && (rest[i] == '{' || rest[i] == '[')
}

// lostLine quarantines the beginning of an unreadable object that fills the window and passes by its line.
func (s *splitter) lostLine(cause error) error {
	if s.recordWithin(s.end - s.at) {
		return s.resync(cause)
	}
	if err := s.park(s.end-s.at, cause.Error()); err != nil {
		return err
	}
	for {
		if i := bytes.IndexByte(s.rest(), '\n'); i >= 0 {
			s.at += i
			return nil
		}
		s.at = s.end
		if err := s.more(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// broken quarantines an unreadable element of a list and finds the way to what follows it: by the balance of
// its brackets if that leads to another element or the end of the list and no sound record lies within, else
// by looking for the next place where a sound record begins.
func (s *splitter) broken(cause error) error {
	for {
		n, err := cloudtrail.Skip(s.rest())
		if err == nil {
			if plausible, known := s.follows(n); known {
				if plausible && !s.recordWithin(n) {
					return s.park(n, cause.Error())
				}
				return s.resync(cause)
			}
		}
		if err := s.more(); errors.Is(err, io.EOF) || errors.Is(err, errFull) {
			return s.resync(cause)
		} else if err != nil {
			return err
		}
	}
}

// recordWithin reports whether a sound record begins within the first n bytes in sight, but not with them.
func (s *splitter) recordWithin(n int) bool {
	budget := resyncBudget * n
	for i := 1; i < n; i++ {
		next := bytes.IndexByte(s.rest()[i:n], '{')
		if next < 0 {
			return false
		}
		i += next
		if sound, _ := s.soundAt(i, &budget); sound {
			return true
		}
	}
	return false
}

// follows reports whether an element or the end of the list follows the first n bytes in sight; known is false
// when that is beyond sight.
func (s *splitter) follows(n int) (plausible, known bool) {
	rest := bytes.TrimLeft(s.rest()[n:], white)
	if len(rest) == 0 {
		return false, false
	}
	if rest[0] == ']' {
		return true, true
	}
	if rest[0] != ',' {
		return false, true
	}
	rest = bytes.TrimLeft(rest[1:], white)
	if len(rest) == 0 {
		return false, false
	}
	return rest[0] == '{' || bytes.HasPrefix([]byte("null"), rest[:min(4, len(rest))]), true
}

// resync looks for the next sound record and quarantines all before it as one.
func (s *splitter) resync(cause error) error {
	parked := false
	budget := resyncBudget * max(len(s.rest()), firstWindow)
	giveUp := func(n int) error {
		budget += resyncBudget * n
		if parked {
			s.at += n
			return nil
		}
		parked = true
		return s.park(n, cause.Error())
	}
	for from := 1; ; {
		next := bytes.IndexByte(s.rest()[min(from, s.end-s.at):], '{')
		if next >= 0 {
			from += next
			sound, beyond := s.soundAt(from, &budget)
			switch {
			case sound:
				return giveUp(from)
			case !beyond:
				from++
				continue
			}
		} else {
			from = s.end - s.at
		}
		switch err := s.more(); {
		case err == nil:
		case errors.Is(err, errFull):
			if err := giveUp(max(from, 1)); err != nil {
				return err
			}
			from = 0
		case errors.Is(err, io.EOF):
			return s.endOfList(giveUp)
		default:
			return err
		}
	}
}

// soundAt reports whether a sound record begins at i of what is in sight, or whether that cannot be told from
// what is in sight. Bytes scanned count against the budget; with nothing left no record begins anywhere.
func (s *splitter) soundAt(i int, budget *int) (sound, beyond bool) {
	rest := s.rest()[i:]
	if *budget <= 0 {
		return false, false
	}
	var h cloudtrail.Header
	n, err := h.Scan(rest)
	var syntax *cloudtrail.SyntaxError
	switch {
	case errors.Is(err, cloudtrail.ErrShort):
		*budget -= len(rest)
		return false, true
	case errors.As(err, &syntax):
		*budget -= syntax.Offset
		return false, false
	default:
		*budget -= n
		return err == nil && len(h.EventName) > 0 && len(h.EventTime) > 0, false
	}
}

// endOfList gives up all that is left of the stream, but for the brackets that end list and wrapper.
func (s *splitter) endOfList(giveUp func(n int) error) error {
	rest := s.rest()
	if i := bytes.LastIndexByte(rest, ']'); i >= 0 && len(bytes.Trim(rest[i:], "]} \t\r\n")) == 0 {
		return giveUp(i)
	}
	if err := giveUp(len(rest)); err != nil {
		return err
	}
	return s.ended(io.EOF)
}
