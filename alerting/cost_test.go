package alerting_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/enrich"
)

// opening is a finding of a bucket made public: of a bucket of its own by an actor of its own, or by one who has time.
func opening(tb testing.TB, with *alerting.Rules, n int, actor string) *enrich.Finding {
	tb.Helper()
	when := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"o-%d","eventName":"PutBucketPolicy","eventSource":"s3.amazonaws.com","eventTime":%q,
		"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","requestParameters":{"bucketName":"data-%d","policy":"",
		"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data-%d/*"}]}},
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333","userName":%q}}`,
		n, when.Format(time.RFC3339), n, n, actor, actor)
	f := &enrich.Finding{EventID: fmt.Sprint("o-", n), Record: []byte(raw)}
	f.Rules = with.Index.Select(header(tb, raw), f.Record, nil)
	return f
}

// filled is an engine with n live alerts of as many actors.
func filled(tb testing.TB, with *alerting.Rules, n int) *alerting.Engine {
	tb.Helper()
	e := alerting.NewEngine(with)
	for i := range n {
		if _, err := e.Apply(opening(tb, with, i, fmt.Sprint("user-", i))); err != nil {
			tb.Fatal(err)
		}
	}
	if len(e.Incidents()) != n {
		tb.Fatalf("%d alerts, want %d", len(e.Incidents()), n)
	}
	return e
}

// TestAnAlertCostsNoMoreTheMoreThereAre counts what is allocated, which tells the same on every machine.
func TestAnAlertCostsNoMoreTheMoreThereAre(t *testing.T) {
	with := rules()
	cost := func(n int) float64 {
		e := filled(t, with, n)
		next := n
		return testing.AllocsPerRun(20, func() {
			next++
			if _, err := e.Apply(opening(t, with, next, fmt.Sprint("user-", next))); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := cost(50), cost(1000); many > 1.2*few {
		t.Errorf("%.0f allocations for an alert beside 50, %.0f beside 1000", few, many)
	}
}

// BenchmarkAlert tells what the judging of an alert costs beside others in memory, and, with actor one, what it costs where
// one actor opens one bucket after the other.
func BenchmarkAlert(b *testing.B) {
	with := rules()
	for _, beside := range []int{1_000, 16_000} {
		b.Run(fmt.Sprint("beside=", beside), func(b *testing.B) {
			e := filled(b, with, beside)
			for next := beside; b.Loop(); next++ {
				if _, err := e.Apply(opening(b, with, next, fmt.Sprint("user-", next))); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint("one-actor=", beside), func(b *testing.B) {
			for b.Loop() {
				e := alerting.NewEngine(with)
				for n := range beside {
					if _, err := e.Apply(opening(b, with, n, "mallory")); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*beside), "ns/alert")
		})
	}
}
