package gunzip

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// The faults of a file. One that ends too early gives io.ErrUnexpectedEOF; what the source fails with is passed on.
var (
	ErrHeader   = errors.New("no gzip header where one must be")
	ErrCorrupt  = errors.New("malformed deflate data")
	ErrChecksum = errors.New("checksum does not match")
)

const (
	farthest   = 32 << 10 // the largest distance a match may reach back
	longest    = 258      // bytes of a match
	slack      = 8        // bytes that may be written behind a match
	windowSize = 96 << 10
)

// Reader unpacks one gzip file of any number of members. It serves one goroutine.
type Reader struct {
	input

	window [windowSize]byte
	begin  int // where the member's data begins in the window: nothing may refer to what is before
	read   int // window[read:fresh] is to be handed out
	fresh  int // where the next byte goes

	step  func(r *Reader) error // what comes next in the file
	err   error
	final bool   // the block at hand is its member's last
	left  int    // bytes of a stored block to come
	sum   uint32 // of the member so far, or of its header
	size  uint32

	head     [10]byte // of a member
	meanings *meanings
	codes    *codes // of the block at hand: one of the next two
	fixed    *codes
	dynamic  *codes
	lengths  [literalCodes + distanceCodes]uint8
}

// New returns a Reader that waits for Reset.
func New() *Reader {
	m := newMeanings()
	return &Reader{err: io.EOF, meanings: m, fixed: fixed(m), dynamic: &codes{}}
}

// Reset begins with another file and reads its header. The error is io.EOF if there is nothing at all.
func (r *Reader) Reset(src io.Reader) error {
	r.input.reset(src)
	r.begin, r.read, r.fresh = 0, 0, 0
	r.err = r.header()
	return r.err
}

// Read hands out unpacked bytes. All that stand before a fault are given before its error is. After io.EOF
// every checksum was right.
func (r *Reader) Read(p []byte) (int, error) {
	for r.read == r.fresh {
		if r.err != nil {
			return 0, r.err
		}
		r.slide()
		r.err = r.step(r)
		fresh := r.window[r.read:r.fresh]
		r.sum = crc32.Update(r.sum, crc32.IEEETable, fresh)
		r.size += uint32(len(fresh))
	}
	n := copy(p, r.window[r.read:r.fresh])
	r.read += n
	return n, nil
}

// slide makes room in a window that is nearly full.
func (r *Reader) slide() {
	if r.fresh <= windowSize-longest-slack {
		return
	}
	by := r.fresh - farthest
	copy(r.window[:farthest], r.window[by:r.fresh])
	r.begin, r.read, r.fresh = max(r.begin-by, 0), farthest, farthest
}

// The flags of a member's header.
const (
	flagHeaderSum = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
)

// header reads the header of a member. The error is io.EOF if the file ends before it.
func (r *Reader) header() error {
	head := r.head[:]
	if err := r.bytes(head[:1]); err != nil {
		if r.at == r.input.end {
			return io.EOF
		}
		return err
	}
	if err := r.bytes(head[1:]); err != nil {
		return err
	}
	if head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 {
		return ErrHeader
	}
	r.sum = crc32.ChecksumIEEE(head)
	if err := r.options(head[3]); err != nil {
		return err
	}
	r.sum, r.size, r.begin, r.step = 0, 0, r.fresh, (*Reader).block
	return nil
}

// options passes by what a header holds beyond its fixed part, as its flags say.
func (r *Reader) options(flags byte) error {
	if flags&flagExtra != 0 {
		n, err := r.short()
		for ; err == nil && n > 0; n-- {
			_, err = r.octet()
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range [...]byte{flagName, flagComment} {
		for more := flags&flag != 0; more; {
			c, err := r.octet()
			if err != nil {
				return err
			}
			more = c != 0
		}
	}
	if flags&flagHeaderSum == 0 {
		return nil
	}
	want := uint16(r.sum)
	got, err := r.short()
	if err == nil && got != want {
		err = ErrHeader
	}
	return err
}

// octet reads one byte of a header.
func (r *Reader) octet() (byte, error) {
	b := r.head[:1] // whose part is done
	err := r.bytes(b)
	r.sum = crc32.Update(r.sum, crc32.IEEETable, b)
	return b[0], err
}

func (r *Reader) short() (uint16, error) {
	low, err := r.octet()
	if err != nil {
		return 0, err
	}
	high, err := r.octet()
	return uint16(high)<<8 | uint16(low), err
}

// trailer checks a member against its checksum and goes on with the next one.
func (r *Reader) trailer() error {
	r.giveBack()
	var b [8]byte
	if err := r.bytes(b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != r.sum || binary.LittleEndian.Uint32(b[4:]) != r.size {
		return ErrChecksum
	}
	return r.header()
}
