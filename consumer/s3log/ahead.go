package s3log

import (
	"context"
	"errors"
	"io"
	"sync"
)

const (
	pieceBytes  = 128 << 10 // unpacked, handed over at a time
	piecesAhead = 4         // waiting to be split
)

// Ahead carries objects from the goroutine that unpacks them to the one that splits them, in order. What one object
// leaves free of a piece the next one takes, so that many small objects cost no more hand-overs than a large one.
type Ahead struct {
	pool    *Pool
	pieces  chan *piece
	filling *piece // of the goroutine that unpacks

	taking   *piece // of the one that splits, as the rest
	at, ends int    // in taking: bytes, and ends of objects, that are done with
}

// piece is a stretch of unpacked bytes.
type piece struct {
	buf  [pieceBytes]byte
	n    int
	ends []end
}

// end is where an object ends, and how.
type end struct {
	at  int
	err error
}

// Pool keeps the buffers of Aheads for their next use. Its zero value is ready, and it may be shared.
type Pool struct{ pieces sync.Pool }

func (p *Pool) get() *piece {
	if q, ok := p.pieces.Get().(*piece); ok {
		q.n, q.ends = 0, q.ends[:0]
		return q
	}
	return &piece{}
}

// NewAhead returns an Ahead without objects. Its memory is bounded, whatever is unpacked.
func NewAhead(pool *Pool) *Ahead {
	return &Ahead{pool: pool, pieces: make(chan *piece, piecesAhead)}
}

// Unpack unpacks an object. A fault of it is found by ReadAhead; the error is that of ctx.
func (r *Reader) Unpack(ctx context.Context, object io.Reader, name string, to *Ahead) error {
	fault := r.unpacker.reset(object, name, r.limits.MaxObjectBytes)
	for fault == nil {
		p, err := to.room(ctx)
		if err != nil {
			return err
		}
		var n int
		n, fault = r.unpacker.Read(p.buf[p.n:])
		p.n += n
	}
	return to.Fail(ctx, fault)
}

// Fail ends an object that could not be unpacked further, or not at all.
func (a *Ahead) Fail(ctx context.Context, fault error) error {
	p, err := a.room(ctx)
	if err == nil {
		p.ends = append(p.ends, end{p.n, fault})
	}
	return err
}

// room gives a piece that is not full.
func (a *Ahead) room(ctx context.Context) (*piece, error) {
	if a.filling != nil && a.filling.n == pieceBytes {
		if err := a.flush(ctx); err != nil {
			return nil, err
		}
	}
	if a.filling == nil {
		a.filling = a.pool.get()
	}
	return a.filling, nil
}

func (a *Ahead) flush(ctx context.Context) error {
	select {
	case a.pieces <- a.filling:
		a.filling = nil
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close says that no more objects come. What was unpacked is handed over, unless ctx ends first.
func (a *Ahead) Close(ctx context.Context) error {
	defer close(a.pieces)
	if a.filling == nil {
		return nil
	}
	return a.flush(ctx)
}

// ReadAhead is Read for the next object of an Ahead. name is the one it was unpacked by.
func (r *Reader) ReadAhead(from *Ahead, name string, visit Visit, quarantine Quarantine) (Stats, error) {
	defer from.skip()
	return r.split(from, name, visit, quarantine)
}

var errClosed = errors.New("unpacking was given up")

// front is what is in sight of the object, or how it ended.
func (a *Ahead) front() ([]byte, error) {
	for {
		if p := a.taking; p != nil {
			stop := p.n
			if a.ends < len(p.ends) {
				stop = p.ends[a.ends].at
			}
			if a.at < stop {
				return p.buf[a.at:stop], nil
			}
			if a.ends < len(p.ends) {
				return nil, p.ends[a.ends].err
			}
			a.pool.pieces.Put(p)
		}
		a.taking, a.at, a.ends = <-a.pieces, 0, 0
		if a.taking == nil {
			return nil, errClosed
		}
	}
}

// Read reads the object to its end.
func (a *Ahead) Read(p []byte) (int, error) {
	front, err := a.front()
	n := copy(p, front)
	a.at += n
	return n, err
}

// skip goes to the next object.
func (a *Ahead) skip() {
	for {
		front, err := a.front()
		if err != nil {
			a.ends++
			return
		}
		a.at += len(front)
	}
}
