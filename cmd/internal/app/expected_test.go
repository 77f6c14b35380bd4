package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// expected announces that dev-anna opens the buckets of clusters through the VPN.
func expected(until time.Time) string {
	return `
  expected_changes:
    - {principal: "arn:aws:iam::*:user/dev-anna", network: vpn-list, bucket: "*-kops-*", state: public, ticket: CHG-4711, until: ` + until.UTC().Format(time.RFC3339) + "}\n"
}

func TestAnExpectedChangeIsShownAndPagesOnlyWhenItsTimeIsOver(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	until := time.Now().Add(24 * time.Hour)
	w := newWorld(t, url, expected(until))
	w.edit(t, "  routes:", "  routes:\n    - {suppressed: true, receivers: [soc, oncall]}")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "the alert is shown", func() bool { return len(w.slack.TopLevel()) == 1 && d.ledger(t).settled() })
	a := d.alerts(t)[0]
	if a.Status != alert.Suppressed || a.Suppression == nil || a.Suppression.ID != "CHG-4711" {
		t.Fatalf("the alert: %+v", a)
	}
	namesAll(t, "the card", w.slack.TopLevel()[0].Text+string(w.slack.TopLevel()[0].Blocks), "SUPPRESSED", "CHG-4711")
	if len(w.pagerDuty.Events()) != 0 {
		t.Fatalf("PagerDuty was told: %+v", w.pagerDuty.Events())
	}

	// The time is over and the bucket still open: now it pages, once, and the card says so.
	w.edit(t, until.UTC().Format(time.RFC3339), time.Now().UTC().Add(-time.Minute).Format(time.RFC3339))
	if status, body := d.ask(t, http.MethodPost, "/-/reload", ""); status != http.StatusOK {
		t.Fatalf("reload: %d %s", status, body)
	}
	eventually(t, "it pages", func() bool { return len(w.pagerDuty.Events()) == 1 && d.ledger(t).settled() })
	if got := d.alerts(t)[0]; got.Status != alert.Open || got.ID != a.ID {
		t.Errorf("the alert: %+v", got)
	}
	eventually(t, "the card is live", func() bool {
		top := w.slack.TopLevel()
		return len(top) == 1 && strings.Contains(top[0].Text, "OPEN critical")
	})
	d.ledger(t).closes(t)
}

func TestAnExpectedChangeThatIsUndoneIsToldNobody(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, expected(time.Now().Add(24*time.Hour)))
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "the alert is stored", func() bool { return len(d.alerts(t)) == 1 && d.ledger(t).settled() })
	queue.Send(apiCall(t, kops().closing().record()))
	eventually(t, "it is resolved", func() bool { return d.alerts(t)[0].Status == alert.Resolved && d.ledger(t).settled() })
	if len(w.slack.Messages())+len(w.pagerDuty.Events()) != 0 {
		t.Error("somebody was told")
	}
	d.ledger(t).closes(t)
}
