package s3log_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// TestDamageStaysLocal checks that whatever is done to one record of a list, all others are visited.
func TestDamageStaysLocal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "records")
		damaged := rapid.IntRange(0, n-1).Draw(t, "damaged")
		records := make([]string, n)
		for i := range records {
			records[i] = fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"Root","x":[1,{"y":null}]},"eventTime":"2024-05-01T10:00:00Z",`+
				`"eventName":"N","requestParameters":{"bucketName":"b","n":%d},"eventID":"%d"}`, i, i)
		}
		records[damaged] = damage(t, records[damaged])
		var got result
		_, err := s3log.Split(strings.NewReader(`{"Records":[`+strings.Join(records, ",")+`]}`), s3log.Limits{}, got.visit, got.park)
		var format *s3log.FormatError
		var truncated *s3log.TruncatedError
		if err != nil && !errors.As(err, &format) && !errors.As(err, &truncated) {
			t.Fatal(err)
		}
		for i := range records {
			if i != damaged && !slices.Contains(got.IDs, fmt.Sprint(i)) {
				t.Fatalf("record %d is lost, visited %q of %s", i, got.IDs, records)
			}
		}
	})
}

// damage deletes, doubles or replaces a part of a record.
func damage(t *rapid.T, record string) string {
	from := rapid.IntRange(0, len(record)-1).Draw(t, "from")
	to := rapid.IntRange(from, len(record)).Draw(t, "to")
	with := rapid.SampledFrom([]string{"", `"`, "{", "}", "]", ",", `\`, "\n", "null", record[from:to] + record[from:to]}).Draw(t, "with")
	return record[:from] + with + record[to:]
}

// TestOversizeGoesOn checks that records beyond the limit cost neither memory nor their neighbours.
func TestOversizeGoesOn(t *testing.T) {
	huge := `{"eventID":"h","eventName":"N","requestParameters":{"x":"` + strings.Repeat(`y\"}{`, 1<<20) + `"}}`
	for name, in := range map[string]string{
		"in a list":       `{"Records":[` + rec("a") + `,` + huge + `,` + rec("b") + `]}`,
		"in lines":        rec("a") + "\n" + huge + "\n" + rec("b") + "\n",
		"scalar":          `[` + rec("a") + `,"` + strings.Repeat("z", 3<<20) + `",` + rec("b") + `]`,
		"unreadable line": rec("a") + "\n{" + strings.Repeat("z", 3<<20) + "\n" + rec("b") + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			var got result
			largest := 0
			stats, err := s3log.Split(strings.NewReader(in), s3log.Limits{}, got.visit, func(raw []byte, reason string) error {
				largest = max(largest, len(raw))
				return got.park(raw, reason)
			})
			if err != nil || strings.Join(got.IDs, " ") != "a b" || len(got.Parked) != 1 || stats.Quarantined != 1 {
				t.Errorf("visited %q, parked %q, %v", got.IDs, got.Parked, err)
			}
			if largest == 0 || largest > s3log.DefaultMaxRecordBytes {
				t.Errorf("parked %d bytes", largest)
			}
		})
	}
}

// TestDeepNesting checks that a broken list of nothing but brackets is given up in reasonable time.
func TestDeepNesting(t *testing.T) {
	for _, part := range []string{`{`, `{"a":[`, `[{"a":`, `{"a":{"eventID":`} {
		var got result
		_, err := s3log.Split(strings.NewReader(`{"Records":[`+strings.Repeat(part, 30_000)), s3log.Limits{}, got.visit, got.park)
		if err == nil || len(got.IDs) != 0 {
			t.Errorf("%s: visited %d, %v", part, len(got.IDs), err)
		}
	}
}

// TestLinesOfBrackets checks that a stream of broken lines, each of which may hold a list of records as far as can be
// seen, takes time in proportion to its size.
func TestLinesOfBrackets(t *testing.T) {
	const lines = 300_000
	parked := 0
	started := time.Now()
	in := strings.Repeat("{\"\n", lines) + rec("a")
	var got result
	_, err := s3log.Split(strings.NewReader(in), s3log.Limits{}, got.visit, func([]byte, string) error { parked++; return nil })
	if err != nil || strings.Join(got.IDs, " ") != "a" || parked != lines {
		t.Errorf("visited %q, parked %d, %v", got.IDs, parked, err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{"Records":[` + rec("a") + `,` + rec("b") + `]}`, rec("a") + "\n" + rec("b"), `[` + rec("a") + `,nul,` + rec("b") + `]`,
		`{"digestS3Bucket":"b","logFiles":[]}`, `{"x":"}","Records":[{"eventID":"i","eventCategory":"Insight"}]}`, "\xef\xbb\xbf[]", `{"Records":[{"a":`,
		`{"Events":[{"EventName":"N","CloudTrailEvent":"{\"eventID\":\"a\"}"}]}`, `[{"detail-type":"x via CloudTrail","detail":` + rec("a") + `}]`,
		"2024-05-01T10:00:00.000Z " + rec("a") + "\n", `{"logEvents":[{"message":"{}"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		limits := s3log.Limits{MaxRecordBytes: 4 << 10}
		var whole, bytewise result
		var h cloudtrail.Header
		stats, err := s3log.Split(strings.NewReader(string(in)), limits, func(raw []byte, own *cloudtrail.Header) error {
			if n, err := h.Scan(raw); err != nil || n != len(raw) {
				t.Errorf("visited %q: %d, %v", raw, n, err)
			}
			return whole.visit(raw, own)
		}, whole.park)
		if stats.Records != len(whole.IDs) || stats.Quarantined != len(whole.Parked) {
			t.Errorf("counted %+v, told %d and %d", stats, len(whole.IDs), len(whole.Parked))
		}
		if len(in) > 4<<10 {
			return
		}
		_, again := s3log.Split(iotest.OneByteReader(strings.NewReader(string(in))), limits, bytewise.visit, bytewise.park)
		if diff := cmp.Diff(whole, bytewise); diff != "" || (err == nil) != (again == nil) {
			t.Errorf("%v, %v: %s", err, again, diff)
		}
	})
}
