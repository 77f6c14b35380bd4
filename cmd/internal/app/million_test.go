package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// BenchmarkMillion lets a daemon take in one object of 200 MB and many small ones, of a million actors in all, who are
// many times what its settings let it keep in memory. It prints the most memory the process had beside what the
// settings make the bound: it fails beyond it.
func BenchmarkMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("takes minutes")
	}
	const actors, large, small = 1_000_000, 300_000, 20_000
	const programMiB = 48 // the program's own pages, beside what the garbage collector keeps to
	dir := b.TempDir()
	logs := filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		b.Fatal(err)
	}
	size := actorsFile(b, filepath.Join(logs, "0.json.gz"), 0, large)
	for from := large; from < actors; from += small {
		actorsFile(b, filepath.Join(logs, fmt.Sprintf("%d.json.gz", from)), from, min(from+small, actors))
	}
	file := settings(b, dir, "million", fmt.Sprintf(
		"data_dir: store\nhttp: {listen: \"127.0.0.1:0\"}\nconsumer: {files: [%s]}\nenrich: {history: {max_bytes: %d, event_ids: %d}}\n",
		logs, 64<<20, 1<<20))
	for b.Loop() {
		c := task{"daemon", logs, file, actors}.measure(b)
		b.ReportMetric(float64(size)/1e6, "object-MB")
		b.ReportMetric(c.mib, "MiB")
		limit := c.limitMiB + programMiB
		b.ReportMetric(limit, "limit-MiB")
		b.ReportMetric(c.cpu.Seconds(), "cpu-s")
		if c.mib > limit {
			b.Errorf("%.0f MiB, which is beyond the limit of %.0f MiB", c.mib, limit)
		}
	}
}

// actorsFile writes a log with one record each of the users from one number to another, and gives its unpacked size.
func actorsFile(b *testing.B, path string, from, to int) (size int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(z)
	put := func(format string, args ...any) {
		n, _ := fmt.Fprintf(w, format, args...) // Flush tells
		size += n
	}
	put(`{"Records":[`)
	for i := from; i < to; i++ {
		if i > from {
			put(",")
		}
		put(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA%012d","arn":"arn:aws:iam::111122223333:user/user-%[1]d",`+
			`"accountId":"111122223333","userName":"user-%[1]d"},"eventTime":"2026-03-02T08:%02d:%02dZ","eventSource":"s3.amazonaws.com",`+
			`"eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"198.51.%d.%d","userAgent":"aws-cli/2.17.0",`+
			`"requestParameters":{"bucketName":"bucket-%d","key":"objects/%[1]d"},"responseElements":null,"eventID":"00000000-0000-4000-8000-%012[1]d",`+
			`"readOnly":true,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`,
			i, i/60%60, i%60, i>>8&255, i&255, i%400)
	}
	put("]}")
	if err := errors.Join(w.Flush(), z.Close(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return size
}
