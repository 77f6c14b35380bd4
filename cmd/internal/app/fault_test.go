package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// everyFault is each way in which a service fails, with calls between that succeed. What hangs is given up after ten
// seconds.
func everyFault() []notifytest.Fault {
	var all []notifytest.Fault
	for _, f := range []notifytest.Fault{
		{Lose: true}, {Status: 429, RetryAfter: 1}, {Drop: true}, {Status: 503}, {Status: 500, Body: "<html>"}, {HangDone: true},
	} {
		all = append(all, f, notifytest.Fault{})
	}
	return all
}

// TestWhateverTheServicesDoEachIncidentIsToldOnce lets Slack and PagerDuty fail in every way while incidents open, and
// some of them close.
func TestWhateverTheServicesDoEachIncidentIsToldOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for time-outs and for Slack's pace, some 40 seconds")
	}
	const incidents = 6
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.slack.Interval = time.Second
	w.slack.Fail("chat.postMessage", everyFault()...)
	w.slack.Fail("chat.update", everyFault()[:10]...)
	w.slack.Fail("conversations.history", notifytest.Fault{Status: 503}, notifytest.Fault{}, notifytest.Fault{Drop: true})
	w.pagerDuty.Fail(notifytest.Enqueue, everyFault()...)
	d := w.start(t)
	l := &load{}
	for n := range incidents {
		k := kops()
		k.id, k.user, k.bucket = fmt.Sprintf("0d4c%04d-5f0e-4f39-9d9a-6a1f9a3f8b11", n), fmt.Sprint("dev-", n), fmt.Sprintf("acme-payroll-%03d", n)
		l.opened = append(l.opened, k)
		if n%2 == 0 {
			l.closed = append(l.closed, k.closing())
		}
	}
	for i, k := range l.opened {
		queue.Send(apiCall(t, k.record()))
		eventually(t, "it has a card of its own", func() bool { return len(w.slack.TopLevel()) == i+1 })
	}
	for _, k := range l.closed {
		queue.Send(apiCall(t, k.record()))
	}
	eventually(t, "all is told in spite of it", func() bool {
		now := d.ledger(t)
		return now.Alerts["opened"] == incidents && now.Alerts["resolved"] == len(l.closed) && now.settled()
	})
	all := d.alerts(t)
	if len(all) != incidents {
		t.Errorf("%d alerts", len(all))
	}
	checkSlackOnce(t, w.slack, all, 0)
	checkPagerDutyOnce(t, w.pagerDuty, all)
	d.ledger(t).closes(t)
	t.Logf("told with %d calls of chat.postMessage, %d of chat.update, %d of PagerDuty", w.slack.Calls("chat.postMessage"), w.slack.Calls("chat.update"), w.pagerDuty.Calls())
}
