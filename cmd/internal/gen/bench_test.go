package gen_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// logFile is a log file of so many generated records, packed and unpacked.
func logFile(tb testing.TB, records int) (packed, plain []byte) {
	tb.Helper()
	var out, zipped bytes.Buffer
	if err := gen.New(gen.DefaultConfig()).Write(&out, records); err != nil {
		tb.Fatal(err)
	}
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(out.Bytes()); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return zipped.Bytes(), out.Bytes()
}

// BenchmarkGunzip is what everything else is measured against.
func BenchmarkGunzip(b *testing.B) {
	packed, plain := logFile(b, 10_000)
	b.SetBytes(int64(len(plain)))
	b.ReportMetric(float64(len(plain))/float64(len(packed)), "compression")
	z := new(gzip.Reader)
	for b.Loop() {
		if err := z.Reset(bytes.NewReader(packed)); err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGunzipSplit unpacks and splits; its time over BenchmarkGunzip's is the price of reading.
func BenchmarkGunzipSplit(b *testing.B) {
	packed, plain := logFile(b, 10_000)
	b.SetBytes(int64(len(plain)))
	r := s3log.NewReader(s3log.Limits{})
	for b.Loop() {
		if _, err := r.Read(bytes.NewReader(packed), "", discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGunzipAhead is BenchmarkGunzipSplit with the unpacking in a goroutine of its own.
func BenchmarkGunzipAhead(b *testing.B) {
	packed, plain := logFile(b, 10_000)
	b.SetBytes(int64(len(plain)))
	unpacks, splits := s3log.NewReader(s3log.Limits{}), s3log.NewReader(s3log.Limits{})
	var pool s3log.Pool
	for b.Loop() {
		ahead := s3log.NewAhead(&pool)
		done := make(chan error)
		go func() {
			err := unpacks.Unpack(b.Context(), bytes.NewReader(packed), "", ahead)
			done <- errors.Join(err, ahead.Close(b.Context()))
		}()
		_, err := splits.ReadAhead(ahead, "", discard, nil)
		if err := errors.Join(err, <-done); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSmallFiles is BenchmarkGunzipSplit over files of five records, as quiet trails write them.
func BenchmarkSmallFiles(b *testing.B) {
	packed, plain := logFile(b, 5)
	b.SetBytes(int64(len(plain)))
	r := s3log.NewReader(s3log.Limits{})
	for b.Loop() {
		if _, err := r.Read(bytes.NewReader(packed), "", discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSplit splits what is unpacked already.
func BenchmarkSplit(b *testing.B) {
	_, plain := logFile(b, 10_000)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		if _, err := s3log.Split(bytes.NewReader(plain), s3log.Limits{}, discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func discard([]byte, *cloudtrail.Header) error { return nil }
