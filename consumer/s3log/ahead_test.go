package s3log_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// unpackAll unpacks objects in a goroutine of its own; the result is told when it has ended.
func unpackAll(ctx context.Context, to *s3log.Ahead, objects ...string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		r := s3log.NewReader(s3log.Limits{})
		var errs []error
		for i, object := range objects {
			errs = append(errs, r.Unpack(ctx, strings.NewReader(object), fmt.Sprint(i), to))
		}
		errs = append(errs, to.Close(ctx), r.Close())
		ended <- errors.Join(errs...)
	}()
	return ended
}

// TestAheadAgrees checks that objects unpacked ahead give the same records as objects read at once, each once and in
// order, wherever the edges fall.
func TestAheadAgrees(t *testing.T) {
	var pool s3log.Pool
	ahead, direct := s3log.NewReader(s3log.Limits{}), s3log.NewReader(s3log.Limits{})
	rapid.Check(t, func(t *rapid.T) {
		objects := make([]string, rapid.IntRange(1, 5).Draw(t, "objects"))
		var want, plain, got []string
		for o := range objects {
			var doc strings.Builder
			doc.WriteString(`{"Records":[`)
			for i := range rapid.IntRange(0, 8).Draw(t, "records") {
				if i > 0 {
					doc.WriteByte(',')
				}
				size := rapid.SampledFrom([]int{0, 1, 900, 9_000, 70_000, 200_000}).Draw(t, "size")
				fmt.Fprintf(&doc, `{"eventID":"%d-%d","eventName":"N","pad":"%s","errorCode":"e\u0021%d"}`, o, i, strings.Repeat("x", size), i)
				want = append(want, fmt.Sprintf("%d-%d e!%d", o, i, i))
			}
			doc.WriteString(`]}`)
			objects[o] = doc.String()
		}
		into := func(list *[]string) s3log.Visit {
			return func(raw []byte, h *cloudtrail.Header) error {
				*list = append(*list, checked(t, raw, h))
				return nil
			}
		}
		to := s3log.NewAhead(&pool)
		ended := unpackAll(t.Context(), to, objects...)
		for o, object := range objects {
			stats, err := direct.Read(strings.NewReader(object), "", into(&plain), nil)
			if err != nil || stats.Bytes != int64(len(object)) {
				t.Fatalf("read at once: %+v, %v", stats, err)
			}
			same, err := ahead.ReadAhead(to, fmt.Sprint(o), into(&got), nil)
			if err != nil || !reflect.DeepEqual(same, stats) {
				t.Fatalf("read ahead: %+v, want %+v; %v", same, stats, err)
			}
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plain) + cmp.Diff(plain, got); diff != "" {
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

// TestAheadFaults checks that every object keeps its own fault, and that none reaches the next object.
func TestAheadFaults(t *testing.T) {
	var pool s3log.Pool
	to := s3log.NewAhead(&pool)
	whole := `{"Records":[` + rec("a") + `]}`
	objects := []string{
		whole, `{"Records":[` + rec("a") + `,{"ev`, "no JSON at all", gz(t, whole)[:20], gz(t, whole), "",
		`{"digestStartTime":"2026-01-01T00:00:00Z","logFiles":[` + strings.Repeat(`"x",`, 100_000) + `"x"]}`, whole,
	}
	ended := unpackAll(t.Context(), to, objects...)
	r := s3log.NewReader(s3log.Limits{})
	for i := range objects {
		var got result
		_, err := r.ReadAhead(to, fmt.Sprint("object ", i), got.visit, got.park)
		var want result
		_, wantErr := s3log.NewReader(s3log.Limits{}).Read(strings.NewReader(objects[i]), fmt.Sprint("object ", i), want.visit, want.park)
		if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", wantErr) || cmp.Diff(want.IDs, got.IDs) != "" {
			t.Errorf("object %d: %v, %v; want %v, %v", i, got.IDs, err, want.IDs, wantErr)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAheadFail(t *testing.T) {
	var pool s3log.Pool
	to, missing := s3log.NewAhead(&pool), errors.New("no such file")
	if err := errors.Join(to.Fail(t.Context(), missing), to.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	r := s3log.NewReader(s3log.Limits{})
	for _, want := range []bool{true, false} {
		if _, err := r.ReadAhead(to, "x", nil, nil); err == nil || errors.Is(err, missing) != want {
			t.Errorf("error %v", err)
		}
	}
}

// TestAheadStops checks that unpacking waits for splitting, and that both end when they are told to.
func TestAheadStops(t *testing.T) {
	var pool s3log.Pool
	ctx, cancel := context.WithCancel(t.Context())
	to := s3log.NewAhead(&pool)
	ended := unpackAll(ctx, to, `{"Records":[`+strings.Repeat(rec("a")+",", 100_000)+rec("z")+`]}`)
	stop := errors.New("stop")
	_, err := s3log.NewReader(s3log.Limits{}).ReadAhead(to, "x", func([]byte, *cloudtrail.Header) error {
		cancel()
		return stop
	}, nil)
	if !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("unpacking ended with %v", err)
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
