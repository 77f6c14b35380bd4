package s3log

import (
	"errors"
	"io"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const (
	firstWindow = 128 << 10 // bytes of a window before a large record makes it grow
	leastRead   = 4 << 10   // bytes brought in sight at least, unless the stream or the window ends
)

// window is the part of a stream that is in sight: buf[at:end].
type window struct {
	src     io.Reader
	visitor *visitor
	buf     []byte
	at, end int
	max     int   // bytes the window may grow to
	read    int64 // bytes from the source
	err     error // how the source ended, io.EOF included
}

// rest is all that is in sight.
func (w *window) rest() []byte { return w.buf[w.at:w.end:w.end] }

// errFull says that the window cannot grow: one record fills it.
var errFull = errors.New("window full")

// more brings some KiB more of the stream in sight, or what is left of it. It fails with errFull, or with the
// source's last error, io.EOF included.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if w.end == len(w.buf) {
		if err := w.turn(); err != nil {
			return err
		}
	}
	before, idle := w.end, 0
	for w.err == nil && w.end < len(w.buf) && w.end-before < leastRead {
		var n int
		n, w.err = w.src.Read(w.buf[w.end:])
		w.end += n
		w.read += int64(n)
		if idle++; n > 0 {
			idle = 0
		} else if w.err == nil && idle == 100 {
			w.err = io.ErrNoProgress
		}
	}
	if w.end == before {
		return w.err
	}
	return nil
}

// turn moves what is in sight to the start of a buffer with room behind it.
func (w *window) turn() error {
	size := firstWindow
	if in := w.end - w.at; in > firstWindow/2 {
		if in >= w.max {
			return errFull
		}
		size = min(2*in, w.max)
	}
	buf := w.visitor.turn(w.rest(), size)
	w.buf, w.at, w.end = buf, 0, w.end-w.at
	return nil
}

// peek returns the next byte that is no white space and moves to it.
func (w *window) peek() (byte, error) {
	for {
		for w.at < w.end {
			switch c := w.buf[w.at]; c {
			case ' ', '\n', '\t', '\r':
				w.at++
			default:
				return c, nil
			}
		}
		if err := w.more(); err != nil {
			return 0, err
		}
	}
}

// pass moves behind the value that begins here, however long it is.
func (w *window) pass() error {
	var s cloudtrail.Skipper
	for {
		n, done := s.Skip(w.rest())
		w.at += n
		if done {
			return nil
		}
		if err := w.more(); err != nil {
			return err
		}
	}
}
