package s3log

import (
	"bytes"
	"errors"
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const (
	maxWraps = 4   // wrappers within each other
	maxStamp = 512 // bytes before the record in a line of a CloudWatch Logs export
)

// doubtful reports whether the record just scanned lacks what every record of CloudTrail has: it may be what another
// program wrapped a record in, and took some names from.
func doubtful(h *cloudtrail.Header) bool {
	return len(h.EventSource) == 0 || bytes.HasPrefix(h.EventID, []byte("sha256-"))
}

// unwrap takes the records out of an object of the forms in which AWS hands records on:
//
//   - an entry of `aws cloudtrail lookup-events`, whose CloudTrailEvent is the record as text,
//   - an event of EventBridge, whose detail is the record,
//   - an event of CloudWatch Logs, whose message is the record as text, or a subscription's list of them,
//
// and each of them in another. known is false when the object is none of these.
func (s *splitter) unwrap(raw []byte, depth int) (known bool, err error) {
	v, err := cloudtrail.ParseValue(raw)
	if err != nil || depth >= maxWraps {
		return false, nil // who asked says what is wrong with it
	}
	if kind := v.Get("detail-type"); kind.IsText() {
		return s.eventBridge(v, kind.Text(), depth)
	}
	if v.Get("messageType").Text() == "CONTROL_MESSAGE" {
		s.ignore("CloudWatch Logs control message")
		return true, nil
	}
	if events := v.Get("logEvents"); events.IsList() {
		for _, event := range events.List() {
			if _, err := s.wrapped(event.Get("message"), depth); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	for _, name := range [...]string{"CloudTrailEvent", "message", "@message"} {
		if known, err := s.wrapped(v.Get(name), depth); known {
			return true, err
		}
	}
	if v.Get("logStreamName").IsText() && v.Get("message").IsText() {
		return true, s.hold(raw, "a line of another log")
	}
	return false, nil
}

func (s *splitter) eventBridge(v cloudtrail.Value, kind string, depth int) (known bool, err error) {
	if finding, ok := cloudtrail.Finding(v.Get("source").Text(), kind); ok {
		s.ignore(finding)
		return true, nil
	}
	if kind == "AWS Insight via CloudTrail" {
		s.ignore("Insight event")
		return true, nil
	}
	if !strings.HasSuffix(kind, " via CloudTrail") {
		return false, nil
	}
	return s.wrapped(v.Get("detail"), depth)
}

// wrapped takes in what was found in a wrapper: a record, as an object or as text, or another wrapper.
func (s *splitter) wrapped(v cloudtrail.Value, depth int) (known bool, err error) {
	raw := v.Raw()
	if v.IsText() {
		raw = []byte(v.Text())
	}
	if raw = bytes.Trim(raw, white); len(raw) == 0 || raw[0] != '{' {
		return false, nil
	}
	var h cloudtrail.Header
	n, err := h.Scan(raw)
	switch {
	case errors.Is(err, cloudtrail.ErrShort):
		return true, s.hold(raw, "a record without end")
	case err != nil && !errors.Is(err, cloudtrail.ErrNotRecord):
		return true, s.hold(raw, err.Error())
	case n < len(raw):
		return true, s.hold(raw, "more text after the record")
	}
	if err != nil || doubtful(&h) {
		if known, fault := s.unwrap(raw, depth+1); known {
			return true, fault
		}
	}
	switch {
	case err != nil:
		return true, s.hold(raw, err.Error())
	case n > s.max:
		return true, s.hold(raw, s.tooLarge())
	}
	s.stats.Records++
	return true, s.visitor.visit(raw, &h)
}

// ignore counts what is known and of no interest here.
func (s *splitter) ignore(kind string) {
	if s.stats.Ignored == nil {
		s.stats.Ignored = map[string]int{}
	}
	s.stats.Ignored[kind]++
}

// holdsList reports whether a member of this name may be a list of records, or of what they are wrapped in.
func holdsList(name []byte) bool {
	switch string(name) {
	case "Events", "events", "logEvents":
		return true
	default:
		return isRecords(name)
	}
}

// isRecords takes the name in any case: exports change it.
func isRecords(name []byte) bool { return bytes.EqualFold(name, []byte("Records")) }

// stamped is how many bytes of a line of a CloudWatch Logs export stand before its record: the time, and what else
// has no bracket. It is 0 for other lines.
func stamped(line []byte) int {
	line, _, _ = bytes.Cut(line[:min(len(line), maxStamp)], []byte("\n"))
	at := bytes.IndexByte(line, '{')
	end := bytes.IndexAny(line, " \t")
	if at < 0 || end < 0 || end > at {
		return 0
	}
	h := cloudtrail.Header{EventTime: line[:end]}
	if _, ok := h.Time(); !ok {
		return 0
	}
	return at
}

// passStamp moves behind what stands before the record in a line of a CloudWatch Logs export.
func (s *splitter) passStamp() bool {
	for s.end-s.at < maxStamp && bytes.IndexByte(s.rest(), '\n') < 0 {
		if s.more() != nil {
			break // a fault shows again where it is met
		}
	}
	n := stamped(s.rest())
	s.at += n
	return n > 0
}
