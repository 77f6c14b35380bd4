package s3log

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const (
	packedBuffer = 32 << 10 // bytes read from the source at a time
	maxFrame     = 64 << 20 // bytes a zstd frame may ask for as its window
)

// Unpack returns the unpacked bytes of r, which is gzip (of any number of members), zstd or plain by its first
// bytes; name serves for errors. limit is the most it may unpack to, 0 for no limit.
//
// Reads fail with *FormatError, *TruncatedError, *TooLargeError, or with the error of r itself. Closing
// the result does not close r.
func Unpack(r io.Reader, name string, limit int64) (io.ReadCloser, error) {
	u := &unpacker{}
	if err := u.reset(r, name, limit); err != nil {
		return nil, err
	}
	return u, nil
}

// unpacker is Unpack with buffers and decoders that serve for one stream after another.
type unpacker struct {
	name   string
	limit  int64 // 0: none
	read   int64
	source source
	packed *bufio.Reader
	gzip   members
	zstd   *zstd.Decoder
	plain  io.Reader // one of the three above, or a layer over them
	head   []byte    // read from plain already
}

// reset begins with another stream.
func (u *unpacker) reset(r io.Reader, name string, limit int64) error {
	u.name, u.limit, u.read, u.source, u.head = name, limit, 0, source{r: r}, nil
	if u.packed == nil {
		u.packed = bufio.NewReaderSize(&u.source, packedBuffer)
	} else {
		u.packed.Reset(&u.source)
	}
	head, err := u.packed.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return u.explain(err)
	}
	switch {
	case isGzip(head):
		u.plain = &u.gzip
		err = u.gzip.reset(u.packed)
	case isZstd(head):
		err = u.resetZstd()
	default:
		u.plain = u.packed
		return u.checkPlain(head)
	}
	if err == nil {
		err = u.peel()
	}
	if err != nil {
		return u.explain(err)
	}
	return nil
}

func (u *unpacker) resetZstd() (err error) {
	if u.zstd == nil {
		u.zstd, err = zstd.NewReader(u.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxFrame), zstd.WithDecoderLowmem(true))
	} else {
		err = u.zstd.Reset(u.packed)
	}
	u.plain = u.zstd
	return err
}

// checkPlain refuses what is neither packed nor JSON by its first byte.
func (u *unpacker) checkPlain(head []byte) error {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	switch {
	case len(head) == 0 && (strings.HasSuffix(u.name, ".gz") || strings.HasSuffix(u.name, ".zst")):
		return &TruncatedError{Name: u.name}
	case len(text) == 0 || text[0] == '{' || text[0] == '[' || stamped(text) > 0:
		return nil
	default:
		return &FormatError{Name: u.name, Err: fmt.Errorf("begins with %q, which is neither gzip, zstd nor JSON", text[:min(len(text), 8)])}
	}
}

// Read returns unpacked bytes until the limit.
func (u *unpacker) Read(p []byte) (n int, err error) {
	if u.limit > 0 && int64(len(p)) > u.limit-u.read+1 {
		p = p[:u.limit-u.read+1]
	}
	if len(u.head) > 0 {
		n = copy(p, u.head)
		u.head = u.head[n:]
	} else {
		n, err = u.plain.Read(p)
	}
	u.read += int64(n)
	if u.limit > 0 && u.read > u.limit {
		n -= int(u.read - u.limit)
		u.read = u.limit
		return n, &TooLargeError{Name: u.name, Limit: u.limit}
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, u.explain(err)
}

// explain gives an error of unpacking its class. An error of the source is the source's own.
func (u *unpacker) explain(err error) error {
	if u.source.err != nil && !errors.Is(u.source.err, io.EOF) {
		return fmt.Errorf("%sread: %w", prefix(u.name), u.source.err)
	}
	if large, ok := errors.AsType[*TooLargeError](err); ok {
		return large
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &TruncatedError{Name: u.name, Bytes: u.read}
	}
	return &FormatError{Name: u.name, Err: err}
}

// Close lets go of the decoders.
func (u *unpacker) Close() error {
	if u.zstd != nil {
		u.zstd.Close()
		u.zstd = nil
	}
	u.source = source{r: bytes.NewReader(nil)}
	return nil
}

// source remembers what a reader failed with, to tell it from a fault in its bytes.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err = s.r.Read(p)
	s.err = err
	return n, err
}
