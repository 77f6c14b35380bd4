package s3log

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
)

const (
	leastBytes  = 64 << 10         // of an object, or its end, within leastWithin
	leastWithin = 30 * time.Second // of waiting for S3; what the reader takes for its own work does not count
	headBytes   = 512              // of an object at most, and
	headLeast   = 4                // of it at least, that are read before it counts as opened: they tell what it is
)

// patience ends a request that S3 does not serve fast enough: the first byte must come within awsclient.AnswerWithin of
// the call, and then leastBytes in every leastWithin.
type patience struct {
	ctx    context.Context //nolint:containedctx // of the one request, which outlives the call that makes it
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newPatience(ctx context.Context, bucket, key string) *patience {
	p := &patience{}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.timer = time.AfterFunc(awsclient.AnswerWithin, func() { p.cancel(&StalledError{Bucket: bucket, Key: key}) })
	return p
}

// over is the error of a request that was ended, else nil.
func (p *patience) over() error {
	if stalled, ok := errors.AsType[*StalledError](context.Cause(p.ctx)); ok {
		return stalled
	}
	return nil
}

func (p *patience) end() {
	p.timer.Stop()
	p.cancel(nil)
}

// begin waits for the first bytes of the answer's body, which it closes on an error.
func (p *patience) begin(src io.ReadCloser) (*body, error) {
	b := &body{patience: p, src: src, left: leastWithin}
	head := make([]byte, headBytes)
	n, err := 0, error(nil)
	for n < headLeast && err == nil {
		var more int
		more, err = src.Read(head[n:])
		n += more
	}
	p.timer.Stop()
	if stalled := p.over(); stalled != nil {
		err = stalled
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, b.Close())
	}
	b.head, b.err = head[:n], err
	return b, nil
}

// body is an answer's body, read with patience.
type body struct {
	*patience

	src  io.ReadCloser
	head []byte // read already
	err  error  // that came with the head
	left time.Duration
	got  int // bytes of the current leastWithin
}

// Read reads from the head, then from S3.
func (b *body) Read(p []byte) (n int, err error) {
	if len(b.head) > 0 {
		n = copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	b.timer.Reset(b.left)
	start := time.Now()
	n, err = b.src.Read(p)
	b.timer.Stop()
	b.left -= time.Since(start)
	if b.got += n; b.got >= leastBytes {
		b.got, b.left = 0, leastWithin
	}
	if stalled := b.over(); stalled != nil && err != nil && !errors.Is(err, io.EOF) {
		err = stalled
	}
	return n, err
}

// Close ends the request.
func (b *body) Close() error {
	b.end()
	return b.src.Close()
}
