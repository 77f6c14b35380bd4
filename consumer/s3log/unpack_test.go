package s3log_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

func gz(tb testing.TB, text string) string {
	tb.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func zst(tb testing.TB, text string) string {
	tb.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	return string(w.EncodeAll([]byte(text), nil))
}

func TestUnpack(t *testing.T) {
	text := `{"Records":[` + strings.Repeat(rec("a")+",", 500) + rec("z") + `]}`
	packed := gz(t, text)
	for name, test := range map[string]struct {
		name, in string
		limit    int64
		want     string
		fails    any
	}{
		"gzip":               {in: packed, want: text},
		"zstd":               {in: zst(t, text), want: text},
		"plain":              {in: text, want: text},
		"plain with space":   {in: "\n \t" + text, want: "\n \t" + text},
		"byte order mark":    {in: "\xef\xbb\xbf" + text, want: "\xef\xbb\xbf" + text},
		"list":               {in: "[]", want: "[]"},
		"two members":        {in: gz(t, text) + gz(t, "more"), want: text + "more"},
		"packed twice":       {in: gz(t, packed), want: text},
		"packed thrice":      {in: gz(t, gz(t, packed)), want: text},
		"gzip in zstd":       {in: zst(t, packed), want: text},
		"two in one":         {in: gz(t, packed+gz(t, "more")), want: text + "more"},
		"twice, cut":         {in: gz(t, packed[:len(packed)-20]), fails: new(*s3log.TruncatedError)},
		"twice, over":        {in: gz(t, packed), limit: int64(len(text)) - 1, want: text[:len(text)-1], fails: new(*s3log.TooLargeError)},
		"twice, bomb inside": {in: gz(t, strings.Repeat(gz(t, ""), 50_000)), limit: 100_000, fails: new(*s3log.TooLargeError)},
		"one byte packed":    {in: gz(t, " "), want: " "},
		"nothing packed":     {in: gz(t, "")},
		"zeros behind":       {in: packed + strings.Repeat("\x00", 70_000), want: text},
		"zeros between":      {in: packed + "\x00\x00" + gz(t, "more"), want: text + "more"},
		"zeros and garbage":  {in: packed + "\x00\x00garbage garbage", want: text, fails: new(*s3log.FormatError)},
		"member cut":         {in: packed + gz(t, "more")[:4], want: text, fails: new(*s3log.TruncatedError)},
		"CloudWatch export":  {in: "2026-11-20T10:00:00.000Z " + rec("a") + "\n", want: "2026-11-20T10:00:00.000Z " + rec("a") + "\n"},
		"nothing":            {in: ""},
		"nothing named gzip": {name: "x.json.gz", in: "", fails: new(*s3log.TruncatedError)},
		"just at the limit":  {in: packed, limit: int64(len(text)), want: text},
		"over the limit":     {in: packed, limit: int64(len(text)) - 1, want: text[:len(text)-1], fails: new(*s3log.TooLargeError)},
		"plain over":         {in: text, limit: 10, want: text[:10], fails: new(*s3log.TooLargeError)},
		"bomb":               {in: gz(t, strings.Repeat(" ", 50<<20)), limit: 1 << 20, want: strings.Repeat(" ", 1<<20), fails: new(*s3log.TooLargeError)},
		"a date and garbage": {in: "2026-11-20T10:00:00.000Z START RequestId", fails: new(*s3log.FormatError)},
		"garbage":            {in: "hello", fails: new(*s3log.FormatError)},
		"cut header":         {in: packed[:5], fails: new(*s3log.TruncatedError)},
		"cut":                {in: packed[:len(packed)-20], fails: new(*s3log.TruncatedError)},
		"no checksum":        {in: packed[:len(packed)-8], want: text, fails: new(*s3log.TruncatedError)},
		"wrong checksum":     {in: packed[:len(packed)-8] + "12345678", want: text, fails: new(*s3log.FormatError)},
		"garbage behind":     {in: packed + "garbage garbage", want: text, fails: new(*s3log.FormatError)},
		"gzip of garbage":    {in: "\x1f\x8b garbage garbage", fails: new(*s3log.FormatError)},
		"cut zstd":           {in: zst(t, text)[:30], fails: new(*s3log.TruncatedError)},
		"zstd of garbage":    {in: "\x28\xb5\x2f\xfd\xff\xff\xff\xff garbage", fails: new(*s3log.FormatError)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unpack(test.in, test.name, test.limit)
			if test.want != "" && got != test.want {
				t.Errorf("%d bytes, want %d", len(got), len(test.want))
			}
			switch {
			case test.fails == nil && err != nil:
				t.Errorf("error %v", err)
			case test.fails != nil && !errors.As(err, test.fails):
				t.Errorf("error %v, want a %T", err, test.fails)
			}
		})
	}
}

func unpack(in, name string, limit int64) (string, error) {
	r, err := s3log.Unpack(strings.NewReader(in), name, limit)
	if err != nil {
		return "", err
	}
	got, err := io.ReadAll(r)
	return string(got), errors.Join(err, r.Close())
}

// TestUnpackSourceFails checks that a connection that breaks is told from an object that is broken.
func TestUnpackSourceFails(t *testing.T) {
	cut := errors.New("connection reset")
	packed := gz(t, strings.Repeat(rec("a"), 1000))
	for name, r := range map[string]io.Reader{
		"at once":    iotest.ErrReader(cut),
		"in header":  io.MultiReader(strings.NewReader(packed[:4]), iotest.ErrReader(cut)),
		"later":      io.MultiReader(strings.NewReader(packed[:600]), iotest.ErrReader(cut)),
		"http's own": io.MultiReader(strings.NewReader(packed[:600]), iotest.ErrReader(io.ErrUnexpectedEOF)),
		"plain":      io.MultiReader(strings.NewReader(`{"Records":[`+rec("a")), iotest.ErrReader(cut)),
	} {
		t.Run(name, func(t *testing.T) {
			var got result
			_, err := s3log.NewReader(s3log.Limits{}).Read(r, "obj", got.visit, got.park)
			var truncated *s3log.TruncatedError
			if err == nil || errors.As(err, &truncated) || !errors.Is(err, cut) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestReaderAgain checks that nothing of one object is left for the next.
func TestReaderAgain(t *testing.T) {
	r := s3log.NewReader(s3log.Limits{MaxObjectBytes: 1 << 20})
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	whole := `{"Records":[` + rec("a") + `,` + rec("b") + `]}`
	for i, test := range []struct{ in, ids string }{
		{gz(t, whole), "a b"},
		{gz(t, whole)[:40], ""},
		{zst(t, whole), "a b"},
		{"hello", ""},
		{gz(t, strings.Repeat(" ", 2<<20)), ""},
		{whole, "a b"},
		{zst(t, whole)[:20], ""},
		{zst(t, whole), "a b"},
		{gz(t, whole), "a b"},
	} {
		var got result
		stats, err := r.Read(strings.NewReader(test.in), "obj", got.visit, got.park)
		if ids := strings.Join(got.IDs, " "); ids != test.ids || (err == nil) != (test.ids != "") {
			t.Errorf("object %d: visited %q, %v", i, ids, err)
		}
		if err == nil && stats.Bytes != int64(len(whole)) {
			t.Errorf("object %d: %+v", i, stats)
		}
	}
}
