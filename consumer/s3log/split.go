package s3log

import (
	"io"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Limits bound what one object may cost.
type Limits struct {
	MaxObjectBytes int64 // unpacked; 0 for no limit
	MaxRecordBytes int   // larger records are quarantined; 0 for DefaultMaxRecordBytes
}

// DefaultMaxRecordBytes is four times what CloudTrail itself allows an event to be.
const DefaultMaxRecordBytes = 1 << 20

// Stats is what was found in one object.
type Stats struct {
	Records     int            // visited
	Quarantined int            // elements that could not be read as records
	Bytes       int64          // unpacked
	Ignored     map[string]int // elements known and of no interest, such as GuardDuty findings, by kind; nil for none
}

// Visit takes one record. raw and h are valid during the call only. Its error ends the reading and is returned
// as it is.
type Visit func(raw []byte, h *cloudtrail.Header) error

// Quarantine takes what could not be read as a record, or the beginning of it if it is too large, and the
// reason in words. raw is valid during the call only. Its error ends the reading and is returned as it is.
type Quarantine func(raw []byte, reason string) error

// Split visits every record of an unpacked stream in order. A nil quarantine only counts.
//
// Errors: *TruncatedError when the stream ends inside a record or list, *IgnoredError for a digest or Insight
// file, *FormatError when the stream is no list of records, and those of r, visit and quarantine.
func Split(r io.Reader, limits Limits, visit Visit, quarantine Quarantine) (Stats, error) {
	s := splitter{quarantine: quarantine}
	return s.run(r, &visitor{visit: visit}, limits)
}

// Reader reads one object after another, with buffers and decoders that stay. It serves one goroutine.
type Reader struct {
	limits   Limits
	unpacker unpacker
	visitor  visitor
}

// NewReader returns a Reader with these limits.
func NewReader(limits Limits) *Reader {
	return &Reader{limits: limits}
}

// Read unpacks an object and visits every record of it: Unpack and Split in one. name serves for errors. The
// object itself is not closed.
func (r *Reader) Read(object io.Reader, name string, visit Visit, quarantine Quarantine) (Stats, error) {
	if err := r.unpacker.reset(object, name, r.limits.MaxObjectBytes); err != nil {
		return Stats{}, err
	}
	return r.split(&r.unpacker, name, visit, quarantine)
}

func (r *Reader) split(unpacked io.Reader, name string, visit Visit, quarantine Quarantine) (Stats, error) {
	r.visitor.visit = visit
	s := splitter{quarantine: quarantine, name: name}
	return s.run(unpacked, &r.visitor, r.limits)
}

// Close lets go of the decoders.
func (r *Reader) Close() error { return r.unpacker.Close() }

// visitor visits each record at once, in the one buffer it lends the splitter.
type visitor struct {
	visit  Visit
	header cloudtrail.Header // the next record is scanned into it
	buf    []byte
}

// turn gives a buffer of at least size bytes that begins with rest, which is the end of the last one.
func (v *visitor) turn(rest []byte, size int) []byte {
	to := v.buf
	if cap(to) < size {
		to = make([]byte, size)
	}
	to = to[:cap(to)]
	copy(to, rest)
	v.buf = to
	return to
}
