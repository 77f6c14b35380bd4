package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestABurstIsReadableWithinThePaceOfSlack opens 500 buckets by as many people at once, before a Slack that takes a
// message a second: everything is told, once, and every bucket is named, in far fewer messages than there are incidents.
func TestABurstIsReadableWithinThePaceOfSlack(t *testing.T) {
	incidents := 500
	if testing.Short() {
		incidents = 100
	}
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.slack.Interval = time.Second
	d := w.start(t)
	var records [][]byte
	for n := range incidents {
		k := kops()
		k.id, k.user, k.bucket = fmt.Sprintf("%08d-5f0e-4f39-9d9a-6a1f9a3f8b11", n), fmt.Sprint("dev-", n), fmt.Sprintf("acme-payroll-%03d", n)
		records = append(records, k.record())
	}
	for len(records) > 0 {
		queue.Send(string(logFile(records[:50])))
		records = records[50:]
	}
	begin := time.Now()
	eventually(t, "all is told", func() bool {
		l := d.ledger(t)
		return l.Alerts["opened"] == incidents && l.settled()
	})
	took := time.Since(begin)
	all := d.alerts(t)
	checkSlackOnce(t, w.slack, all, 0)
	checkPagerDutyOnce(t, w.pagerDuty, all)
	top := w.slack.TopLevel()
	var everything strings.Builder
	for _, m := range top {
		everything.Write(m.Blocks)
	}
	for _, a := range all {
		if !strings.Contains(everything.String(), a.Bucket) || !strings.Contains(everything.String(), a.Actor.Name) {
			t.Errorf("no message names %s and %s", a.Bucket, a.Actor.Name)
		}
	}
	t.Logf("%d incidents in %d messages, %s after they came in", len(all), len(top), took.Round(100*time.Millisecond))
	if len(all) != incidents || len(top) > incidents/10 {
		t.Errorf("%d incidents in %d messages", len(all), len(top))
	}
}
