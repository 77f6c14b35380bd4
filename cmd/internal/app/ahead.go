package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// job is files that one goroutine reads: a large one, or as many small ones as are worth the hand-over.
type job struct {
	files  []input
	chunks chan *s3log.Chunk
	done   []result // of the files; valid once chunks is closed
}

// result is how reading a file ended.
type result struct {
	stats s3log.Stats
	err   error
}

const (
	jobBytes = 256 << 10 // on disk
	jobFiles = 256
)

// next cuts the next job off the files.
func next(files []input) (j *job, rest []input) {
	n, size := 0, int64(0)
	for n < len(files) && (n == 0 || n < jobFiles && size+files[n].size <= jobBytes) {
		size += files[n].size
		n++
	}
	return &job{files: files[:n], chunks: make(chan *s3log.Chunk, 2)}, files[n:]
}

// run reads as many jobs ahead as there are processors, and takes their records in in the order of the files.
func (r *replay) run(ctx context.Context, files []input) error {
	readers := max(runtime.GOMAXPROCS(0), 2)
	todo, ahead := make(chan *job), make(chan *job, readers-1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ahead)
		defer close(todo)
		var j *job
		for len(files) > 0 {
			j, files = next(files)
			for _, to := range []chan<- *job{todo, ahead} {
				select {
				case to <- j:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		return nil
	})
	for range readers {
		g.Go(func() error {
			reader := s3log.NewReader(r.limits)
			for j := range todo {
				r.scan(ctx, reader, j)
			}
			return reader.Close()
		})
	}
	g.Go(func() error {
		for j := range ahead {
			r.take(j)
		}
		return nil
	})
	return g.Wait()
}

// scan reads a job's files. When ctx ends first, some records are left out.
func (r *replay) scan(ctx context.Context, reader *s3log.Reader, j *job) {
	defer close(j.chunks)
	chunks := reader.Chunks(&r.pool, func(c *s3log.Chunk) error {
		select {
		case j.chunks <- c:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	for _, f := range j.files {
		stats, err := r.scanFile(chunks, f)
		j.done = append(j.done, result{stats, err})
	}
	_ = chunks.Flush() // fails when ctx has ended
}

func (r *replay) scanFile(chunks *s3log.Chunks, f input) (s3log.Stats, error) {
	src := r.stdin
	if f.path != "-" {
		file, err := os.Open(f.path)
		if err != nil {
			return s3log.Stats{}, fmt.Errorf("open %s: %w", f.path, unwrapPath(err))
		}
		defer func() { _ = file.Close() }() // read only
		src = file
	}
	return chunks.Read(&counted{src, r}, f.path, func(_ []byte, reason string) error {
		r.log.Warn("record quarantined", zap.String("stage", "consumer"), zap.String("file", f.path), zap.String("reason", reason))
		return nil
	})
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
