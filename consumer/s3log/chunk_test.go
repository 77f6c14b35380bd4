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
		series := chunks.Chunks(&pool, func(c *s3log.Chunk) error {
			held = append(held, c)
			return nil
		})
		stats, err = series.Read(strings.NewReader(doc.String()), "", nil)
		if err := errors.Join(err, series.Flush()); err != nil || stats.Records != n {
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
	chunks := s3log.NewReader(s3log.Limits{}).Chunks(&pool, func(*s3log.Chunk) error {
		calls++
		return full
	})
	_, err := chunks.Read(strings.NewReader(doc), "", nil)
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestChunksBeforeFault checks that records before the end of a cut object are handed on.
func TestChunksBeforeFault(t *testing.T) {
	var pool s3log.Pool
	records := 0
	chunks := s3log.NewReader(s3log.Limits{}).Chunks(&pool, func(c *s3log.Chunk) error {
		records += c.Len()
		return nil
	})
	_, err := chunks.Read(strings.NewReader(`{"Records":[`+rec("a")+`,{"ev`), "obj", nil)
	if err := chunks.Flush(); err != nil {
		t.Error(err)
	}
	var truncated *s3log.TruncatedError
	if !errors.As(err, &truncated) || truncated.Name != "obj" || records != 1 {
		t.Errorf("%d records, %v", records, err)
	}
}

// TestChunksOfManyObjects checks that small objects share a chunk, each in its own place, faulty ones among them.
func TestChunksOfManyObjects(t *testing.T) {
	var pool s3log.Pool
	var got []string
	held := 0
	chunks := s3log.NewReader(s3log.Limits{}).Chunks(&pool, func(c *s3log.Chunk) error {
		held++
		for i := range c.Len() {
			_, h := c.Record(i)
			got = append(got, string(h.EventID))
		}
		pool.Put(c)
		return nil
	})
	var want []string
	for i := range 300 {
		id := fmt.Sprint("id", i)
		doc := `{"Records":[` + rec(id) + `]}`
		switch i % 10 {
		case 3:
			doc = `{"Records":[` + rec(id) + `,{"cut`
		case 5:
			doc = `{"Records":[]}`
		case 7:
			doc = `{"Records":[{"eventID":"` + id + `","eventName":"N","pad":"` + strings.Repeat("x", 90_000) + `"}]}`
		}
		if i%10 != 5 {
			want = append(want, id)
		}
		_, err := chunks.Read(strings.NewReader(doc), id, nil)
		if (err != nil) != (i%10 == 3) {
			t.Errorf("object %d: %v", i, err)
		}
	}
	if err := chunks.Flush(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if held > 100 {
		t.Errorf("%d chunks", held)
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
