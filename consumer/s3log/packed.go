package s3log

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxLayers is how often an object may be packed: uploads that set Content-Encoding pack twice.
const maxLayers = 3

// isGzip and isZstd tell by the first bytes.
func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }
func isZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

// members reads the members of a gzip stream one after the other. Zeros behind a member are padding, as gzip(1) has it.
type members struct {
	gzip *gzip.Reader
	src  *bufio.Reader
}

func (m *members) reset(src *bufio.Reader) (err error) {
	m.src = src
	if m.gzip == nil {
		m.gzip, err = gzip.NewReader(src)
	} else {
		err = m.gzip.Reset(src)
	}
	if err == nil {
		m.gzip.Multistream(false)
	}
	return err
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.gzip.Read(p)
		if n > 0 && errors.Is(err, io.EOF) {
			err = nil // the next call finds it again
		}
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

// next goes to the next member; io.EOF if there is none.
func (m *members) next() error {
	for {
		c, err := m.src.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			break
		}
	}
	if err := m.src.UnreadByte(); err != nil {
		return err
	}
	err := m.reset(m.src)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// peel unpacks what was packed with gzip more than once.
func (u *unpacker) peel() error {
	for range maxLayers - 1 {
		head := make([]byte, 2)
		n, err := io.ReadFull(u.plain, head)
		u.head = head[:n]
		switch {
		case isGzip(u.head):
		case n == len(head), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
		layer := &bounded{src: io.MultiReader(bytes.NewReader(u.head), u.plain), name: u.name, limit: u.limit}
		inner := &members{}
		if err := inner.reset(bufio.NewReaderSize(layer, packedBuffer)); err != nil {
			return err
		}
		u.plain, u.head = inner, nil
	}
	return nil
}

// bounded fails once more than limit bytes came, 0 for no limit: a layer that unpacks to nothing has to end too.
type bounded struct {
	src         io.Reader
	name        string
	read, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	if b.read += int64(n); b.limit > 0 && b.read > b.limit {
		return 0, &TooLargeError{Name: b.name, Limit: b.limit}
	}
	return n, err
}
