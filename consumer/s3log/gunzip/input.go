package gunzip

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	inputSize = 64 << 10
	padding   = 16 // zeros behind the end of the file, so that eight bytes can be taken anywhere
)

// input gives the file's bits, lowest first. The bits at hand are of bytes before at.
type input struct {
	src  io.Reader
	buf  [inputSize + padding]byte
	at   int // of the next byte in buf
	have int // bytes in buf, padding included
	end  int // where the file ends in buf; beyond have while it is not known

	bits  uint64
	count uint // of bits at hand; those above may be set, to what they are when they come
}

func (in *input) reset(src io.Reader) {
	in.src, in.at, in.have, in.end = src, 0, 0, len(in.buf)
	in.bits, in.count = 0, 0
}

// fill brings more of the file into the buffer. The bytes of the bits at hand stay before it.
func (in *input) fill() error {
	if in.end <= in.have {
		return io.ErrUnexpectedEOF
	}
	keep := max(in.at-8, 0)
	in.have = copy(in.buf[:], in.buf[keep:in.have])
	in.at -= keep
	for range 100 {
		n, err := in.src.Read(in.buf[in.have:inputSize])
		in.have += n
		switch {
		case errors.Is(err, io.EOF):
			in.end = in.have
			in.have += padding
			clear(in.buf[in.end:in.have])
			return nil
		case err != nil:
			return err
		case n > 0:
			return nil
		}
	}
	return io.ErrNoProgress
}

// beyond reports whether bits behind the end of the file were taken.
func (in *input) beyond() bool { return in.at > in.end && 8*in.at-int(in.count) > 8*in.end }

// refill makes at least 48 bits be at hand, which no code with all that belongs to it exceeds.
func (in *input) refill() error {
	for in.at+8 > in.have {
		if err := in.fill(); err != nil {
			return err
		}
	}
	in.bits |= binary.LittleEndian.Uint64(in.buf[in.at:]) << in.count
	in.at += int(63-in.count) >> 3
	in.count |= 56
	return nil
}

// take takes up to 16 of the bits that refill brought.
func (in *input) take(n uint) uint32 {
	v := uint32(in.bits) & (1<<n - 1)
	in.bits >>= n
	in.count -= n
	return v
}

// giveBack goes back to the first whole byte of the bits at hand.
func (in *input) giveBack() {
	in.at -= int(in.count >> 3)
	in.bits, in.count = 0, 0
}

// bytes reads whole bytes; no bits may be at hand.
func (in *input) bytes(p []byte) error {
	for len(p) > 0 {
		n := copy(p, in.buf[in.at:min(in.have, in.end)])
		in.at += n
		p = p[n:]
		if n == 0 {
			if in.at >= in.end {
				return io.ErrUnexpectedEOF
			}
			if err := in.fill(); err != nil {
				return err
			}
		}
	}
	return nil
}
