package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// job is files that one goroutine unpacks: a large one, or as many small ones as are worth the hand-over.
type job struct {
	files    []input
	unpacked *s3log.Ahead
}

const (
	jobBytes = 256 << 10 // on disk
	jobFiles = 256
	alike    = 8 // files side by side that are taken for as large as the first of them
)

// next cuts the next job off the files.
func (r *replay) next(files []input) (j *job, rest []input) {
	n, each, size := 0, int64(0), int64(0)
	for ; n < min(len(files), jobFiles); n++ {
		if n%alike == 0 {
			each = files[n].size()
		}
		if n > 0 && size+each > jobBytes {
			break
		}
		size += each
	}
	return &job{files: files[:n], unpacked: s3log.NewAhead(&r.pool)}, files[n:]
}

// run unpacks as many jobs ahead as there are processors, and takes their records in in the order of the files.
func (r *replay) run(ctx context.Context, files []input) error {
	readers := max(runtime.GOMAXPROCS(0), 2)
	todo, ahead := make(chan *job), make(chan *job, readers-1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ahead)
		defer close(todo)
		return r.divide(ctx, files, todo, ahead)
	})
	for range readers {
		g.Go(func() error {
			reader := s3log.NewReader(r.limits)
			for j := range todo {
				if err := r.unpack(ctx, reader, j); err != nil {
					return err
				}
			}
			return reader.Close()
		})
	}
	g.Go(func() error {
		reader := s3log.NewReader(r.limits)
		for j := range ahead {
			for _, f := range j.files {
				stats, err := r.take(reader, j, f)
				r.settle(stats, err)
			}
		}
		return reader.Close()
	})
	return g.Wait()
}

// divide hands every job to a goroutine that unpacks, and then to the one that takes in.
func (r *replay) divide(ctx context.Context, files []input, todo, ahead chan<- *job) error {
	var j *job
	for len(files) > 0 {
		j, files = r.next(files)
		for _, to := range []chan<- *job{todo, ahead} {
			select {
			case to <- j:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// unpack unpacks a job's files until ctx ends.
func (r *replay) unpack(ctx context.Context, reader *s3log.Reader, j *job) (err error) {
	defer func() { err = errors.Join(err, j.unpacked.Close(ctx)) }()
	for _, f := range j.files {
		if err := r.unpackFile(ctx, reader, f, j.unpacked); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) unpackFile(ctx context.Context, reader *s3log.Reader, f input, to *s3log.Ahead) error {
	if f.path == "-" {
		return reader.Unpack(ctx, &counted{r.stdin, r}, f.path, to)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return to.Fail(ctx, fmt.Errorf("open %s: %w", f.path, unwrapPath(err)))
	}
	defer func() { _ = file.Close() }() // read only
	return reader.Unpack(ctx, &counted{file, r}, f.path, to)
}

// counted tells how far the reading of all inputs has come.
type counted struct {
	io.Reader
	r *replay
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.r.read.Add(int64(n))
	return n, err
}
