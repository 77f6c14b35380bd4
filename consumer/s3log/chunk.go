package s3log

import (
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

// chunker is the sink that gathers records in chunks: the splitter reads right into a chunk's buffer, and
// whenever that is full the chunk is handed on and the next one taken.
type chunker struct {
	pool  *Pool
	emit  func(*Chunk) error
	chunk *Chunk
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

// finish hands on the last chunk. The records before a fault count as well.
func (c *chunker) finish(err error) error {
	switch {
	case c.chunk == nil:
		return err
	case len(c.chunk.records) == 0:
		c.pool.Put(c.chunk)
		return err
	}
	if emitErr := c.emit(c.chunk); emitErr != nil && err == nil {
		return emitErr
	}
	return err
}
