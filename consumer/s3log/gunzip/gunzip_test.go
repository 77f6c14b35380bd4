package gunzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/s3log/gunzip"
)

// pack makes one member with the library's writer.
func pack(tb testing.TB, level int, data []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&out, level)
	if err != nil {
		tb.Fatal(err)
	}
	w.Name, w.Comment, w.Extra = "log.json", "a comment", []byte("extra")
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// events is text that repeats itself as log files do.
func events(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, `{"eventVersion":"1.08","eventID":"%016x","eventName":"GetObject%d","awsRegion":"eu-west-1"},`, random.Uint64(), random.IntN(30))
	}
	return b.Bytes()[:n]
}

func noise(n int) []byte {
	random := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = random.Read(b) // never fails
	return b
}

func unpack(src io.Reader) ([]byte, error) {
	r := gunzip.New()
	if err := r.Reset(src); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestReader(t *testing.T) {
	long := bytes.Repeat([]byte("a run longer than any window "), 20_000)
	for name, data := range map[string][]byte{
		"nothing": {}, "one byte": {'x'}, "text": events(3 << 20), "short text": events(700), "noise": noise(300 << 10),
		"one letter": bytes.Repeat([]byte{'a'}, 1<<20), "runs": long, "far": append(append(noise(32<<10), events(9)...), noise(32<<10)...),
	} {
		for _, level := range []int{stdgzip.NoCompression, stdgzip.BestSpeed, stdgzip.BestCompression, stdgzip.HuffmanOnly} {
			packed := pack(t, level, data)
			for how, src := range map[string]io.Reader{
				"whole": bytes.NewReader(packed), "half": iotest.HalfReader(bytes.NewReader(packed)),
				"end with data": iotest.DataErrReader(bytes.NewReader(packed)),
				"two members":   io.MultiReader(bytes.NewReader(packed), bytes.NewReader(packed)),
			} {
				want := data
				if how == "two members" {
					want = append(append([]byte(nil), data...), data...)
				}
				if got, err := unpack(src); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, level %d, %s: %d bytes of %d, %v", name, level, how, len(got), len(want), err)
				}
			}
		}
	}
}

// TestFaults checks what comes of files that are not as they should be.
func TestFaults(t *testing.T) {
	data := events(100 << 10)
	packed := pack(t, stdgzip.DefaultCompression, data)
	head := packed[:10]
	with := func(flags byte, rest ...byte) []byte {
		h := append([]byte(nil), head...)
		h[3] = flags
		return append(h, rest...)
	}
	small := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}
	for name, test := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":               {nil, io.EOF},
		"no gzip":               {[]byte("plain text, not gzip"), gunzip.ErrHeader},
		"other method":          {[]byte{0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0}, gunzip.ErrHeader},
		"garbage behind":        {append(bytes.Clone(packed), "garbage garbage"...), gunzip.ErrHeader},
		"one byte behind":       {append(bytes.Clone(packed), 0), io.ErrUnexpectedEOF},
		"wrong sum":             {append(bytes.Clone(packed[:len(packed)-8]), make([]byte, 8)...), gunzip.ErrChecksum},
		"wrong header sum":      {with(2, 1, 2), gunzip.ErrHeader},
		"extra cut":             {with(4, 200, 0, 1, 2), io.ErrUnexpectedEOF},
		"name cut":              {with(8, 'n', 'a'), io.ErrUnexpectedEOF},
		"comment cut":           {with(16, 'n', 'a'), io.ErrUnexpectedEOF},
		"header sum cut":        {with(2, 1), io.ErrUnexpectedEOF},
		"no block":              {small, io.ErrUnexpectedEOF},
		"unknown block":         {append(bytes.Clone(small), 0x07), gunzip.ErrCorrupt},
		"stored length":         {append(bytes.Clone(small), 0x01, 1, 0, 1, 0), gunzip.ErrCorrupt},
		"stored cut":            {append(bytes.Clone(small), 0x01, 4, 0, 0xfb, 0xff, 'a'), io.ErrUnexpectedEOF},
		"before the beginning":  {append(bytes.Clone(small), 0x03, 0x02, 0, 0, 0, 0, 0, 0, 0, 0), gunzip.ErrCorrupt},
		"too many codes":        {append(bytes.Clone(small), 0xfd, 0xff, 0xff), gunzip.ErrCorrupt},
		"lengths oversubscribe": {append(bytes.Clone(small), 0x05, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), gunzip.ErrCorrupt},
	} {
		if _, err := unpack(bytes.NewReader(test.in)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// TestCut checks that of a file that ends anywhere, what is whole is given and nothing is made up.
func TestCut(t *testing.T) {
	data := append(events(4000), noise(100)...)
	packed := append(pack(t, stdgzip.BestCompression, data), pack(t, stdgzip.NoCompression, data)...)
	both := append(bytes.Clone(data), data...)
	most := 0
	for n := 1; n < len(packed); n++ {
		got, err := unpack(bytes.NewReader(packed[:n]))
		if !bytes.HasPrefix(both, got) || len(got) < most || len(got) < len(data) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %d bytes, %v", n, len(got), err)
		}
		most = len(got)
	}
	if most != len(both) {
		t.Errorf("%d bytes before the last one, want %d", most, len(both))
	}
}

// TestSourceFails checks that a source's own error is passed on, even where the file might end.
func TestSourceFails(t *testing.T) {
	packed := pack(t, stdgzip.DefaultCompression, events(50_000))
	for _, fault := range []error{errors.New("connection reset"), io.ErrUnexpectedEOF} {
		for _, n := range []int{0, 5, 200, len(packed) - 4, len(packed)} {
			_, err := unpack(io.MultiReader(bytes.NewReader(packed[:n]), iotest.ErrReader(fault)))
			if !errors.Is(err, fault) {
				t.Errorf("after %d bytes: %v, want %v", n, err, fault)
			}
		}
	}
	if _, err := unpack(idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("idle source: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestAgain checks that nothing of one file is left for the next.
func TestAgain(t *testing.T) {
	r := gunzip.New()
	data := events(5000)
	packed := pack(t, stdgzip.DefaultCompression, data)
	for i, in := range [][]byte{packed, packed[:300], packed, []byte("garbage"), packed} {
		err := r.Reset(bytes.NewReader(in))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(r)
		}
		if whole := len(in) == len(packed); whole && (err != nil || !bytes.Equal(got, data)) || !whole && err == nil {
			t.Errorf("file %d: %d bytes, %v", i, len(got), err)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	packed := pack(t, stdgzip.DefaultCompression, events(200<<10))
	r, src, buf := gunzip.New(), bytes.NewReader(nil), make([]byte, 32<<10)
	n := testing.AllocsPerRun(10, func() {
		src.Reset(packed)
		err := r.Reset(src)
		for err == nil {
			_, err = r.Read(buf)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a file", n)
	}
}

// TestMatches builds streams of literals and matches that no writer makes: every length and distance.
func TestMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "text")
		times := rapid.IntRange(1, 400).Draw(t, "times")
		data := bytes.Repeat(text, times)
		var out bytes.Buffer
		w, err := gzip.NewWriterLevel(&out, rapid.IntRange(-3, 9).Draw(t, "level"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(data)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(iotest.HalfReader(&out)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes of %d, %v", len(got), len(data), err)
		}
	})
}

// FuzzReader checks that every file is unpacked to the same bytes as by the standard library, or refused by both.
func FuzzReader(f *testing.F) {
	for _, level := range []int{0, 1, 9, -2} {
		f.Add(pack(f, level, events(900)))
	}
	f.Add(append(pack(f, 6, events(90)), pack(f, 6, noise(50))...))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x03\x02"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := unpack(bytes.NewReader(in))
		want, wantErr := standard(in)
		if len(want) > 8<<20 {
			t.Skip("grows too much")
		}
		if (err == nil) != (wantErr == nil) && !strings.Contains(fmt.Sprint(wantErr), "invalid header") || !bytes.Equal(got, want) && wantErr == nil {
			t.Errorf("%d bytes, %v; standard library: %d bytes, %v", len(got), err, len(want), wantErr)
		}
		if wantErr != nil && !bytes.HasPrefix(got, want) && !bytes.HasPrefix(want, got) {
			t.Error("not the same bytes before the fault")
		}
	})
}

func standard(in []byte) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// BenchmarkReader compares the reader with the library it stands for, over a large file and over one of five events.
func BenchmarkReader(b *testing.B) {
	for _, size := range []int{4 << 20, 6 << 10} {
		data := events(size)
		packed := pack(b, stdgzip.DefaultCompression, data)
		buf, src := make([]byte, 64<<10), bytes.NewReader(nil)
		for name, r := range map[string]interface {
			io.Reader
			Reset(src io.Reader) error
		}{"here": gunzip.New(), "klauspost": new(gzip.Reader)} {
			b.Run(fmt.Sprintf("%d KiB/%s", size>>10, name), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					src.Reset(packed)
					if err := r.Reset(src); err != nil {
						b.Fatal(err)
					}
					for {
						if _, err := r.Read(buf); err != nil {
							break
						}
					}
				}
			})
		}
	}
}
