package s3log

import (
	"io"
	"sync"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// maxKeptHeaders is how many headers a chunk keeps for its next use.
const maxKeptHeaders = 1024

// Chunk holds some hundred records and their headers apart from the reader, so that they may be handed to
// another goroutine.
type Chunk struct {
	buf     []byte
	records []span
	headers []cloudtrail.Header
}

// span is a place in the chunk's buffer.
type span struct{ from, to int }

// Len is how many records the chunk holds.
func (c *Chunk) Len() int { return len(c.records) }

// Record is the i-th record, valid until the chunk is put back.
func (c *Chunk) Record(i int) (raw []byte, h *cloudtrail.Header) {
	at := c.records[i]
	return c.buf[at.from:at.to:at.to], &c.headers[i]
}

// room is the buffer behind the last record.
func (c *Chunk) room() []byte {
	if n := len(c.records); n > 0 {
		return c.buf[c.records[n-1].to:]
	}
	return c.buf
}

// Pool keeps chunks for their next use. Its zero value is ready, and it may be shared.
type Pool struct{ chunks sync.Pool }

// Put gives a chunk back; its records are no longer valid.
func (p *Pool) Put(c *Chunk) {
	if cap(c.headers) > maxKeptHeaders {
		c.headers = nil
	}
	c.records = c.records[:0]
	c.headers = c.headers[:0]
	p.chunks.Put(c)
}

func (p *Pool) get() *Chunk {
	if c, ok := p.chunks.Get().(*Chunk); ok {
		return c
	}
	return &Chunk{}
}

// Chunks reads one object after another, as Reader.Read does, for another goroutine to do the visiting: records
// come in chunks, of which one may hold the end of an object and the beginning of the next.
type Chunks struct {
	reader *Reader
	sink   chunker
}

// Chunks begins a series of objects. Their records come in chunks taken from the pool, which emit owns until it
// gives them back with Pool.Put. The Reader serves the series alone until its Flush.
func (r *Reader) Chunks(pool *Pool, emit func(*Chunk) error) *Chunks {
	return &Chunks{reader: r, sink: chunker{pool: pool, emit: emit}}
}

// Read reads an object. Records of a chunk that is not full are held back for the next object, or for Flush. The
// errors are those of Reader.Read and of emit; after a fault of the object its records before that count as well.
func (c *Chunks) Read(object io.Reader, name string, quarantine Quarantine) (Stats, error) {
	r := c.reader
	if err := r.unpacker.reset(object, name, r.limits.MaxObjectBytes); err != nil {
		return Stats{}, err
	}
	c.sink.fresh = true
	s := splitter{quarantine: quarantine, name: name}
	return s.run(&r.unpacker, &c.sink, r.limits)
}

// Flush hands on what Read held back.
func (c *Chunks) Flush() error {
	last := c.sink.chunk
	c.sink.chunk = nil
	switch {
	case last == nil:
		return nil
	case len(last.records) == 0:
		c.sink.pool.Put(last)
		return nil
	}
	return c.sink.emit(last)
}

// leastRoom is how much of a chunk's buffer has to be left for another object to begin there.
const leastRoom = firstWindow / 4

// chunker is the sink that gathers records in chunks: the splitter reads right into a chunk's buffer, and
// whenever that is full the chunk is handed on and the next one taken.
type chunker struct {
	pool  *Pool
	emit  func(*Chunk) error
	chunk *Chunk
	fresh bool // an object begins
}

func (c *chunker) slot() *cloudtrail.Header {
	n := len(c.chunk.records)
	if n == cap(c.chunk.headers) {
		c.chunk.headers = append(c.chunk.headers[:n], cloudtrail.Header{})
	}
	c.chunk.headers = c.chunk.headers[:n+1]
	return &c.chunk.headers[n]
}

func (c *chunker) take(raw []byte) error {
	from := cap(c.chunk.buf) - cap(raw) // raw is a part of buf
	c.chunk.records = append(c.chunk.records, span{from, from + len(raw)})
	return nil
}

func (c *chunker) turn(rest []byte, size int) ([]byte, error) {
	full := c.chunk
	if c.fresh && full != nil {
		if room := full.room(); len(room) >= leastRoom {
			c.fresh = false
			return room, nil
		}
	}
	c.fresh = false
	if full == nil || len(full.records) > 0 {
		c.chunk = c.pool.get()
	}
	if cap(c.chunk.buf) < size {
		grown := make([]byte, size)
		copy(grown, rest)
		c.chunk.buf = grown
	} else {
		copy(c.chunk.buf[:cap(c.chunk.buf)], rest)
	}
	c.chunk.buf = c.chunk.buf[:cap(c.chunk.buf)]
	if full != nil && full != c.chunk {
		if err := c.emit(full); err != nil {
			return nil, err
		}
	}
	return c.chunk.buf, nil
}
