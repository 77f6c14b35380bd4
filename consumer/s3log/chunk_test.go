package s3log_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// TestChunksAgree checks that chunks and visits find the same records, each once and in order, wherever the
// window's edges fall.
func TestChunksAgree(t *testing.T) {
	var pool s3log.Pool
	chunks, visits := s3log.NewReader(s3log.Limits{}), s3log.NewReader(s3log.Limits{})
	rapid.Check(t, func(t *rapid.T) {
		var doc strings.Builder
		doc.WriteString(`{"Records":[`)
		n := rapid.IntRange(0, 60).Draw(t, "records")
		want := make([]string, 0, n)
		for i := range n {
			if i > 0 {
				doc.WriteByte(',')
			}
			size := rapid.SampledFrom([]int{0, 1, 900, 9_000, 70_000, 200_000}).Draw(t, "size")
			fmt.Fprintf(&doc, `{"eventID":"%d","eventName":"N","pad":"%s","errorCode":"e\u0021%d"}`, i, strings.Repeat("x", size), i)
			want = append(want, fmt.Sprintf("%d e!%d", i, i))
		}
		doc.WriteString(`]}`)

		var visited, gathered []string
		stats, err := visits.Read(strings.NewReader(doc.String()), "", func(raw []byte, h *cloudtrail.Header) error {
			visited = append(visited, checked(t, raw, h))
			return nil
		}, nil)
		if err != nil || stats.Records != n {
			t.Fatalf("%+v, %v", stats, err)
		}
		var held []*s3log.Chunk
		stats, err = chunks.ReadChunks(strings.NewReader(doc.String()), "", &pool, func(c *s3log.Chunk) error {
			held = append(held, c)
			return nil
		}, nil)
		if err != nil || stats.Records != n {
			t.Fatalf("%+v, %v", stats, err)
		}
		for _, c := range held {
			for i := range c.Len() {
				raw, h := c.Record(i)
				gathered = append(gathered, checked(t, raw, h))
			}
			pool.Put(c)
		}
		if diff := cmp.Diff(want, append([]string{}, visited...)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(want, append([]string{}, gathered...)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// checked names a record by its header, after checking that the header is its own.
func checked(t *rapid.T, raw []byte, h *cloudtrail.Header) string {
	var own cloudtrail.Header
	if n, err := own.Scan(raw); err != nil || n != len(raw) || string(own.EventID) != string(h.EventID) {
		t.Fatalf("%d of %d bytes, %v", n, len(raw), err)
	}
	return string(h.EventID) + " " + string(h.ErrorCode)
}

func TestChunksEmitFails(t *testing.T) {
	var pool s3log.Pool
	full := errors.New("full")
	doc := `{"Records":[` + strings.Repeat(rec("a")+",", 5000) + rec("b") + `]}`
	calls := 0
	_, err := s3log.NewReader(s3log.Limits{}).ReadChunks(strings.NewReader(doc), "", &pool, func(*s3log.Chunk) error {
		calls++
		return full
	}, nil)
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestChunksBeforeFault checks that records before the end of a cut object are handed on.
func TestChunksBeforeFault(t *testing.T) {
	var pool s3log.Pool
	records := 0
	_, err := s3log.NewReader(s3log.Limits{}).ReadChunks(strings.NewReader(`{"Records":[`+rec("a")+`,{"ev`), "obj", &pool, func(c *s3log.Chunk) error {
		records += c.Len()
		return nil
	}, nil)
	var truncated *s3log.TruncatedError
	if !errors.As(err, &truncated) || truncated.Name != "obj" || records != 1 {
		t.Errorf("%d records, %v", records, err)
	}
}

func TestVisitFails(t *testing.T) {
	stop := errors.New("stop")
	_, err := s3log.Split(strings.NewReader(`[`+rec("a")+`,`+rec("b")+`]`), s3log.Limits{}, func([]byte, *cloudtrail.Header) error { return stop }, nil)
	if !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	_, err = s3log.Split(strings.NewReader(`[1]`), s3log.Limits{}, nil, func([]byte, string) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}
