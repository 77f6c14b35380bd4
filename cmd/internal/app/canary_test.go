package app_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// metric is the sum of a metric's values over its labels.
func (d *daemon) metric(t *testing.T, name string) (sum float64) {
	t.Helper()
	_, body := d.ask(t, http.MethodGet, "/metrics", "")
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(?:\{[^}]*\})? (\S+)$`).FindAllStringSubmatch(body, -1) {
		value, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += value
	}
	return sum
}

const (
	canaries  = "trailwarden_alerting_canary_seconds_count"
	everyOne  = "TRAILWARDEN_CONSUMER_CANARY_EVERY=1s"
	withinOne = "TRAILWARDEN_CONSUMER_CANARY_WITHIN=1s"
)

// TestACanaryGoesTheWholeWayAndTellsNobody sends canaries beside a real event, and forged ones, which count for nothing.
func TestACanaryGoesTheWholeWayAndTellsNobody(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := startApp(t, app.Options{ConfigFile: w.file, Environ: []string{everyOne}, Version: "1.2.3", Log: zaptest.NewLogger(t), Console: io.Discard})
	eventually(t, "two canaries have arrived", func() bool { return d.metric(t, canaries) >= 2 })
	if all := d.alerts(t); len(all) > 0 || len(w.slack.TopLevel()) > 0 || len(w.pagerDuty.Events()) > 0 {
		t.Errorf("people are told of canaries: %+v", all)
	}
	// An attacker writes canaries of his own: one that names a deed, and one that repeats the numbers of a real one.
	forged := bytes.Replace(kops().record(), []byte(`"s3.amazonaws.com"`), []byte(`"`+cloudtrail.CanarySource+`"`), 1)
	if !bytes.Contains(forged, []byte(cloudtrail.CanarySource)) {
		t.Fatal("nothing forged")
	}
	forged = bytes.Replace(forged, []byte(kops().id), []byte("canary-0-4102444800000-00112233445566778899aabbccddeeff"), 1)
	queue.Send(string(forged))
	eventually(t, "the forged one is counted", func() bool { return d.metric(t, "trailwarden_alerting_canary_strays_total") == 1 })
	if all := d.alerts(t); len(all) > 0 {
		t.Errorf("a forged canary raised %+v", all)
	}
	queue.Send(apiCall(t, kops().record())) // the same deed, for real
	eventually(t, "the real one is told", func() bool { return len(w.pagerDuty.Events()) > 0 && len(w.slack.TopLevel()) > 0 })
	before := d.metric(t, canaries)
	eventually(t, "canaries go on", func() bool { return d.metric(t, canaries) > before })
	if d.metric(t, "trailwarden_consumer_event_age_seconds_count") != 1 || d.metric(t, "trailwarden_enrich_actors") > 1 {
		t.Error("canaries are counted among the events, or their actors among the actors")
	}
	if n := d.metric(t, "trailwarden_alerting_canary_missing"); n != 0 {
		t.Errorf("%v queues miss canaries", n)
	}
	if l := d.ledger(t); l.Unaccounted != 0 {
		t.Errorf("the ledger: %+v", l)
	}
}

// TestMissingCanariesAreTold has a queue refuse canaries for a while.
func TestMissingCanariesAreTold(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{Denied: []string{"SendMessage"}})
	w := newWorld(t, url, "")
	d := startApp(t, app.Options{ConfigFile: w.file, Environ: []string{everyOne, withinOne}, Version: "1.2.3", Log: zaptest.NewLogger(t), Console: io.Discard})
	eventually(t, "their absence is told", func() bool { return len(w.pagerDuty.Events()) == 1 && len(w.slack.TopLevel()) == 1 })
	all := d.alerts(t)
	if len(all) != 1 || all[0].RuleID != "canary-missing" || all[0].Severity != alert.Critical || !strings.Contains(all[0].Summary, "trail") {
		t.Fatalf("alerts %+v", all)
	}
	if d.metric(t, "trailwarden_alerting_canary_missing") != 1 || d.metric(t, "trailwarden_consumer_canaries_total") == 0 {
		t.Error("the metrics say nothing of it")
	}
	if err := d.stop(); err != nil { // a restart tells it no second time
		t.Fatal(err)
	}
	queue.SetFaults(sqstest.Faults{})
	d = startApp(t, app.Options{ConfigFile: w.file, Environ: []string{everyOne, "TRAILWARDEN_CONSUMER_CANARY_WITHIN=1m"}, Version: "1.2.3", Log: zaptest.NewLogger(t), Console: io.Discard})
	eventually(t, "it is over", func() bool {
		return w.pagerDuty.State(w.pagerDuty.Events()[0].DedupKey) == "resolved" && d.alerts(t)[0].Status == alert.Resolved
	})
	if n := len(d.alerts(t)); n != 1 || len(w.slack.TopLevel()) != 1 {
		t.Errorf("%d alerts, %d messages", n, len(w.slack.TopLevel()))
	}
}

// TestACanaryGoesThroughTheRoles has each role in a process of its own, with no more rights than it has elsewhere.
func TestACanaryGoesThroughTheRoles(t *testing.T) {
	c := newCloud(t)
	_, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	n := newGuardedNATS(t, filesRoles(t))
	settings := "consumer: {queues: [{url: \"" + url + "\", region: eu-west-1, log_buckets: [" + logBucket + "]}], canary: {every: 1s}}"
	d := n.worker(t, w, app.RoleAlerting, settings)
	n.worker(t, w, app.RoleEnrich, settings)
	n.worker(t, w, app.RoleConsumer, settings)
	eventually(t, "two canaries have arrived", func() bool { return d.metric(t, canaries) >= 2 })
	for _, line := range n.refusals() {
		t.Errorf("refused: %s", line)
	}
}
