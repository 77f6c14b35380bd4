package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestNoiseCoversNothing lets one user open and close a bucket again and again, and then another open one that matters: the
// first is three alerts at most, and the second is told in Slack and PagerDuty meanwhile. How long that takes is logged:
//
//	TRAILWARDEN_MEASURE=1 go test ./cmd/internal/app -run NoiseCoversNothing -v      # 4,000 times
func TestNoiseCoversNothing(t *testing.T) {
	flips := 300
	if os.Getenv(measureVariable) != "" {
		flips = 4000
	}
	queue, url := newCloud(t).queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	noisy := newcomer(1, "acme-downloads")
	var records []json.RawMessage
	send := func() {
		if len(records) > 0 {
			queue.Send(text(t, object{"Records": records}))
			records = nil
		}
	}
	for n := range flips {
		for step, acl := range []string{"public-read", "private"} {
			one := noisy
			one.id = fmt.Sprintf("%08x-0000-4000-8000-%012d", step, n)
			one.acl, one.at = acl, noisy.at.Add(time.Duration(2*n+step)*time.Second)
			records = append(records, one.record())
		}
		if len(records) == 100 {
			send()
		}
	}
	send()
	worst := newcomer(2, "acme-payroll-exports")
	worst.acl, worst.at = "public-read-write", noisy.at.Add(time.Duration(2*flips)*time.Second)
	began := time.Now()
	queue.Send(apiCall(t, worst.record()))
	names := func(text string) bool { return strings.Contains(text, worst.bucket) }
	eventually(t, "Slack and PagerDuty are told of what matters", func() bool {
		return slices.ContainsFunc(w.slack.TopLevel(), func(m notifytest.Message) bool { return names(string(m.Blocks)) }) &&
			slices.ContainsFunc(w.pagerDuty.Events(), func(e notifytest.Event) bool { return e.Action == "trigger" && names(e.Payload.Summary) })
	})
	took := time.Since(began)
	t.Logf("told %s after it was sent, behind %d openings", took.Round(10*time.Millisecond), flips)
	eventually(t, "all is taken in and told", func() bool { return d.ledger(t).settled() })
	all := slices.DeleteFunc(d.alerts(t), func(a alert.Alert) bool { return a.Bucket != noisy.bucket })
	// Messages are taken in side by side: an opening that comes after its end is heard of as over, and is not counted.
	counted := 0
	for _, a := range all {
		if a.Flapping != nil && a.Status == alert.Resolved {
			counted = a.Flapping.Opened
		}
	}
	if len(all) > 3 || counted < flips/2 {
		t.Errorf("%d alerts of one flapping bucket; %d of %d openings are counted", len(all), counted, flips)
	}
}
