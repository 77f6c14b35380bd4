package notify_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// TestTheCardSaysWhereThePageStands lets PagerDuty be busy for a second, in which the card is posted: it is changed
// once PagerDuty was told.
func TestTheCardSaysWhereThePageStands(t *testing.T) {
	svc, w := newServices(t), newWorld()
	svc.pagerduty.Fail(notifytest.Enqueue, notifytest.Fault{Status: 429, RetryAfter: 1})
	w.set(t, numbered(1), "soc", "oncall")
	l := w.live(t.Context(), svc.build, 0, false)
	l.settled(t)
	l.end()
	top := svc.slack.TopLevel()
	if len(top) != 1 || top[0].Updates != 1 || !strings.Contains(string(top[0].Blocks), "PagerDuty: triggered (oncall)") {
		t.Errorf("in the end the cards say %+v", top)
	}
	if !regexp.MustCompile(`sent \d+\.\d s after the event was received`).Match(top[0].Blocks) {
		t.Errorf("the card does not say how long it took: %s", top[0].Blocks)
	}
}

// TestADigestIsReadOnceNotOnceForEachOfItsAlerts bounds what the store is asked for while a storm is told.
func TestADigestIsReadOnceNotOnceForEachOfItsAlerts(t *testing.T) {
	svc, w := newServices(t), newWorld()
	const storm = 25
	for _, a := range several(storm) {
		w.set(t, a, "soc")
	}
	l := w.live(t.Context(), svc.build, 0, false)
	l.settled(t)
	l.end()
	if top := svc.slack.TopLevel(); len(top) > 5 {
		t.Fatalf("%d messages of %d alerts", len(top), storm)
	}
	l.process.mu.Lock()
	defer l.process.mu.Unlock()
	if most := 20 * storm; l.ops > most {
		t.Errorf("%d operations for %d alerts, want at most %d", l.ops, storm, most)
	}
}
