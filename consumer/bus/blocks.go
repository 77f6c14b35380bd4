package bus

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/minio/highwayhash"
)

// The files of the embedded server's streams: msgs/<n>.blk holds records one after the other, each with a checksum that
// is keyed by the stream's name and n. A server that meets a record with a wrong one gives up the rest of the block; here
// the rest is found again. The form is that of nats-server 2.12 to 2.15 without compression and encryption (filestore.go),
// and a test holds the version in go.mod to it.
//
//	length u32 (highest bit: has headers) | sequence u64 | time i64 | subject length u16 | subject | [header length u32, headers] | data | checksum u64
const (
	recordHead = 22 // bytes
	recordSum  = 8
	recordMost = 32 << 20

	bitHeaders   = 1 << 31
	bitErased    = 1 << 63 // of the sequence: the message was deleted in place
	bitTombstone = 1 << 62 // of the sequence: the record says that the message was deleted
)

// record is one record of a block.
type record struct {
	at, size  int    // in the block
	length    int    // as its head says; 0 for none that is possible
	sequence  uint64 // 0 where it cannot be known
	time      int64  // Unix nanoseconds
	subject   string
	tombstone bool
	erased    bool
}

// block is what is in a block file.
type block struct {
	path    string
	data    []byte
	records []record
	damaged []record // stretches that hold no whole record, with what can still be read of their heads
}

// last is the highest sequence that the block tells of.
func (b *block) last() (sequence uint64, time int64) {
	for _, r := range b.records {
		if r.sequence >= sequence {
			sequence, time = r.sequence, r.time
		}
	}
	return sequence, time
}

// repaired is the block without what is damaged.
func (b *block) repaired() []byte {
	var out []byte
	for _, r := range b.records {
		out = append(out, b.data[r.at:r.at+r.size]...)
	}
	return out
}

// readBlock reads a block file.
func readBlock(path, stream string) (*block, error) {
	number, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ".blk"), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%s is not named like a block: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, number))
	sum, err := highwayhash.New64(key[:])
	if err != nil {
		return nil, err
	}
	return parseBlock(path, data, sum), nil
}

func parseBlock(path string, data []byte, sum hash.Hash64) *block {
	b := &block{path: path, data: data}
	for at := 0; at < len(data); {
		if r, ok := readRecord(data, at, sum); ok {
			b.records = append(b.records, r)
			at += r.size
			continue
		}
		lost := headOf(data, at)
		next := at + 1
		if end := at + lost.size; lost.size > 0 && end <= len(data) {
			if _, ok := readRecord(data, end, sum); ok || end == len(data) {
				next = end // its length is whole
			}
		}
		for ; next < len(data); next++ {
			if _, ok := readRecord(data, next, sum); ok {
				break
			}
		}
		lost.size = next - at
		b.damaged = append(b.damaged, lost)
		at = next
	}
	return b
}

// headOf reads what it can of a record's head, whatever it says.
func headOf(data []byte, at int) record {
	r := record{at: at}
	if len(data)-at < recordHead {
		return r
	}
	length := binary.LittleEndian.Uint32(data[at:]) &^ bitHeaders
	if length >= recordHead+recordSum && length <= recordMost {
		r.size, r.length = int(length), int(length)
	}
	sequence := binary.LittleEndian.Uint64(data[at+4:])
	r.tombstone, r.erased = sequence&bitTombstone != 0, sequence&bitErased != 0
	r.sequence = sequence &^ (bitTombstone | bitErased)
	r.time = int64(binary.LittleEndian.Uint64(data[at+12:]))
	if n := int(binary.LittleEndian.Uint16(data[at+20:])); n <= len(data)-at-recordHead {
		r.subject = string(data[at+recordHead : at+recordHead+n])
	}
	return r
}

// readRecord reads the record that begins at a place; ok is false unless it is whole.
func readRecord(data []byte, at int, sum hash.Hash64) (r record, ok bool) {
	r = headOf(data, at)
	rest := data[at:]
	if r.size == 0 || r.size > len(rest) {
		return r, false
	}
	subject := int(binary.LittleEndian.Uint16(rest[20:]))
	body := recordHead + subject
	if binary.LittleEndian.Uint32(rest)&bitHeaders != 0 {
		body += 4
	}
	if body > r.size-recordSum {
		return r, false
	}
	sum.Reset()
	_, _ = sum.Write(rest[4:20])
	_, _ = sum.Write(rest[recordHead : recordHead+subject])
	_, _ = sum.Write(rest[body : r.size-recordSum])
	return r, bytes.Equal(sum.Sum(nil), rest[r.size-recordSum:r.size])
}

// inspection is what is in the files of a stream.
type inspection struct {
	stream   string
	dir      string
	blocks   int
	last     uint64   // highest sequence
	lastTime int64    // Unix nanoseconds
	damaged  []*block // those that hold damage
	lost     []record // what is damaged and was still of use
	torn     *record  // damage at the very end, by an interrupted write or a cut
}

// inspect reads the files of a stream, which may be in use. It gives nil for a stream that has no folder.
func inspect(dir, stream string) (*inspection, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	number := func(path string) int {
		n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".blk"))
		return n
	}
	slices.SortFunc(paths, func(a, b string) int { return number(a) - number(b) })
	in := &inspection{stream: stream, dir: filepath.Dir(paths[0]), blocks: len(paths)}
	for _, path := range paths {
		b, err := readBlock(path, stream)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if sequence, time := b.last(); sequence >= in.last {
			in.last, in.lastTime = sequence, time
		}
		if len(b.damaged) > 0 {
			in.damaged = append(in.damaged, b)
		}
	}
	if len(in.damaged) > 0 {
		return in, in.judge(paths)
	}
	return in, nil
}

// judge finds out which of what is damaged was still of use: a message that was deleted since, or whose key has a newer
// value, is no loss.
func (in *inspection) judge(paths []string) error {
	w, err := readWhole(paths, in.stream)
	if err != nil {
		return err
	}
	for _, b := range in.damaged {
		for _, r := range b.damaged {
			if r.tombstone && r.length == recordHead+recordSum {
				continue // without it a deleted message comes again
			}
			in.believe(b, &r)
			switch {
			case w.useless(r):
			case b.path == paths[len(paths)-1] && r.at+r.size == len(b.data):
				in.torn = &r
			default:
				in.lost = append(in.lost, r)
			}
		}
	}
	return nil
}

// believe keeps of a damaged record's head what can be true.
func (in *inspection) believe(b *block, r *record) {
	before, after := in.around(b, *r)
	if r.sequence <= before || after > 0 && r.sequence >= after {
		r.sequence, r.time, r.tombstone, r.erased = 0, 0, false, false
	}
	if s, err := streamOf(r.subject); err != nil || s != in.stream || !utf8.ValidString(r.subject) {
		r.subject = ""
	}
}

// whole is what the whole records of a stream say of others.
type whole struct {
	bucket  bool              // each subject keeps its latest message alone
	deleted map[uint64]bool   // sequences
	newest  map[string]uint64 // sequences, by subject
}

func readWhole(paths []string, stream string) (*whole, error) {
	w := &whole{bucket: strings.HasPrefix(stream, "KV_"), deleted: map[uint64]bool{}, newest: map[string]uint64{}}
	for _, path := range paths {
		b, err := readBlock(path, stream)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		for _, r := range b.records {
			if r.tombstone || r.erased {
				w.deleted[r.sequence] = true
			} else {
				w.newest[r.subject] = max(w.newest[r.subject], r.sequence)
			}
		}
	}
	return w, nil
}

// useless tells whether a record was of no use any more.
func (w *whole) useless(r record) bool {
	return r.sequence > 0 && (r.tombstone || r.erased || w.deleted[r.sequence] || w.bucket && w.newest[r.subject] > r.sequence)
}

// around gives the sequences before and after a damaged stretch; 0 for none.
func (in *inspection) around(b *block, damaged record) (before, after uint64) {
	for _, r := range b.records {
		switch {
		case r.tombstone: // tells of any message before it
		case r.at < damaged.at:
			before = r.sequence
		case after == 0:
			after = r.sequence
		}
	}
	return before, after
}

// repair takes the damaged records out of a stopped stream's files, as the server does with deleted ones, so that it finds the
// others. The files as they were are kept in keep.
func (in *inspection) repair(keep string) error {
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return err
	}
	for _, b := range in.damaged {
		if err := os.WriteFile(filepath.Join(keep, in.stream+"-"+filepath.Base(b.path)), b.data, 0o600); err != nil {
			return err
		}
		if err := replace(b.path, b.repaired()); err != nil {
			return err
		}
	}
	// The index tells of the blocks as they were: without it the server reads them.
	if err := os.Remove(filepath.Join(in.dir, "index.db")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// replace writes a file in one step.
func replace(path string, data []byte) error {
	if len(data) == 0 {
		return os.Remove(path)
	}
	next := path + ".tmp"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, path)
}
