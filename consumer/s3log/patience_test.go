package s3log_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// paced is an answer of S3 that comes in parts, each after a pause; after the last it stalls, or ends.
type paced struct {
	ctx    context.Context
	pause  time.Duration
	part   int // bytes
	parts  int
	stalls bool
}

func (p *paced) Read(b []byte) (int, error) {
	if p.parts == 0 {
		if !p.stalls {
			return 0, io.EOF
		}
		<-p.ctx.Done()
		return 0, p.ctx.Err()
	}
	select {
	case <-time.After(p.pause):
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
	n := min(p.part, len(b))
	copy(b, bytes.Repeat([]byte("{"), n))
	p.parts--
	return n, nil
}

func (p *paced) Close() error { return nil }

// transport answers every request with a body, or not at all.
type transport struct{ body *paced }

func (t transport) Do(r *http.Request) (*http.Response, error) {
	if t.body == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	t.body.ctx = r.Context()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Amz-Request-Id": {"1"}, "Etag": {`"e1"`}}, ContentLength: -1, Body: t.body, Request: r}, nil
}

// TestFetchDoesNotWaitForEver checks that a read of S3 ends when the first byte or the rest of them do not come, however
// S3 fails to send them, and that none ends that only the reader holds up.
func TestFetchDoesNotWaitForEver(t *testing.T) {
	serve(t, http.NotFoundHandler()) // for the settings; nothing is asked there
	for name, test := range map[string]struct {
		body        *paced
		work        time.Duration // of the reader, after each part
		stalls      bool
		least, most time.Duration // from the call to the error, or the end
	}{
		"no answer":                     {stalls: true, least: 10 * time.Second, most: 10 * time.Second},
		"no body":                       {body: &paced{stalls: true}, stalls: true, least: 10 * time.Second, most: 10 * time.Second},
		"a body that stalls":            {body: &paced{part: 8 << 10, parts: 100, stalls: true}, stalls: true, least: 30 * time.Second, most: 31 * time.Second},
		"a byte in half a second":       {body: &paced{part: 1, parts: 1e6, pause: time.Second / 2}, stalls: true, least: 30 * time.Second, most: 42 * time.Second},
		"slow, and fast enough":         {body: &paced{part: 4 << 10, parts: 200, pause: time.Second}, least: 200 * time.Second, most: 200 * time.Second},
		"small, and slow":               {body: &paced{part: 100, parts: 20, pause: time.Second}, least: 20 * time.Second, most: 20 * time.Second},
		"a reader that works for hours": {body: &paced{part: 1 << 10, parts: 100}, work: 10 * time.Minute, least: 1000 * time.Minute, most: 1020 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, err := s3log.NewFetcher(t.Context(), s3log.Access{}, func(o *s3.Options) {
					o.HTTPClient, o.Retryer = transport{test.body}, aws.NopRetryer{}
				})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				err = readAll(t, f, test.work)
				if stalled, ok := errors.AsType[*s3log.StalledError](err); ok != test.stalls || ok && stalled.Key != "k" {
					t.Errorf("error %v", err)
				}
				if took := time.Since(start); took < test.least || took > test.most {
					t.Errorf("it took %s, want %s to %s", took, test.least, test.most)
				}
			})
		})
	}
}

func readAll(t *testing.T, f *s3log.Fetcher, work time.Duration) error {
	object, err := f.Fetch(t.Context(), "b", "k", "")
	if err != nil {
		return err
	}
	if object.ETag != `"e1"` {
		t.Errorf("ETag %q", object.ETag)
	}
	buf := make([]byte, 32<<10)
	for {
		_, err := object.Read(buf)
		if work > 0 {
			<-time.After(work)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			continue
		}
		return errors.Join(err, object.Close())
	}
}
