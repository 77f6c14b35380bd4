package enrich

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// segment is a stretch of the eventIDs a shard has seen, in stream order: for each message its sequence and
// the hashes of its records that were no duplicates. The last segment is written again and again until it is
// full; a reader takes of it only what lies before the checkpoint.
type segment struct {
	number   uint64
	revision uint64 // in the store
	count    int    // of ids; they themselves are dropped when they are full and stored
	changed  bool   // since it was last written
	full     bool
	groups   []group
	ids      []uint64
}

// group is the ids of one message.
type group struct {
	sequence uint64
	ids      int
}

// segmentIDs is how many ids fill a segment.
const segmentIDs = 16 << 10

// wakeSegments is how many full segments are worth saving out of turn: what waits to be saved takes memory.
const wakeSegments = 4

// maxSegments bounds their number where every start of a worker leaves a short one.
const maxSegments = 1024

var errSegment = errors.New("not a segment of eventIDs")

// end ends the group of a message, and fills the segment if it is long enough.
func (s *segment) end(sequence uint64) {
	if n := len(s.ids) - s.count; n > 0 {
		s.groups = append(s.groups, group{sequence: sequence, ids: n})
		s.count, s.changed = len(s.ids), true
	}
	s.full = s.count >= segmentIDs
}

// encode gives the stored form: a version, then for each group its sequence, its length and its ids.
func (s *segment) encode() []byte {
	dst := make([]byte, 0, 1+12*len(s.groups)+8*len(s.ids))
	dst = append(dst, 1)
	ids := s.ids
	for _, g := range s.groups {
		dst = binary.AppendUvarint(dst, g.sequence)
		dst = binary.AppendUvarint(dst, uint64(g.ids))
		for _, id := range ids[:g.ids] {
			dst = binary.LittleEndian.AppendUint64(dst, id)
		}
		ids = ids[g.ids:]
	}
	return dst
}

// decodeSegment calls visit for the ids of all groups up to a sequence.
func decodeSegment(data []byte, upto uint64, visit func(id uint64)) error {
	if len(data) == 0 || data[0] != 1 {
		return fmt.Errorf("%w: unknown version", errSegment)
	}
	for data = data[1:]; len(data) > 0; {
		sequence, n := binary.Uvarint(data)
		if n <= 0 {
			return fmt.Errorf("%w: malformed sequence", errSegment)
		}
		ids, m := binary.Uvarint(data[n:])
		if m <= 0 || ids > math.MaxInt32 || uint64(len(data)-n-m) < 8*ids {
			return fmt.Errorf("%w: malformed length", errSegment)
		}
		data = data[n+m:]
		for ; ids > 0; ids-- {
			if sequence <= upto {
				visit(binary.LittleEndian.Uint64(data))
			}
			data = data[8:]
		}
	}
	return nil
}
