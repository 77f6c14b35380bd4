package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

func TestInterfaceOfARunningDaemon(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()), string(logFile(ordinary(20, 1))))
	a := toldOnce(t, d, w, deleted(queue, 2))

	for path, want := range map[string]int{
		"/-/healthy": 200, "/-/ready": 200, "/api/v1/ledger": 200, "/": 200, "/alerts/" + a.ID: 200, "/api/v1/alerts/" + a.ID: 200,
		"/api/v1/alerts/none": 404, "/alerts/none": 404, "/api/v1/alerts?severity=awful": 400, "/nowhere": 404,
	} {
		if status, body := d.ask(t, http.MethodGet, path, ""); status != want {
			t.Errorf("GET %s: %d, want %d: %s", path, status, want, body)
		}
	}
	for query, want := range map[string]int{
		"": 1, "?status=open": 1, "?status=resolved": 0, "?severity=" + a.Severity.String(): 1, "?severity=info": 0,
		"?bucket=prod-kops-state": 1, "?bucket=other": 0, "?bucket=prod-kops-state&status=acknowledged": 0,
	} {
		if got := get[[]alert.Alert](t, d, "/api/v1/alerts"+query); len(got) != want {
			t.Errorf("alerts%s: %d, want %d", query, len(got), want)
		}
	}
	_, metrics := d.ask(t, http.MethodGet, "/metrics", "")
	namesAll(t, "the metrics", metrics,
		`trailwarden_build_info{commit="abcdef",version="1.2.3"} 1`, "trailwarden_ledger_unaccounted 0", "trailwarden_config_last_reload_successful 1",
		`trailwarden_consumer_messages_total{queue="trail",result="done"} 2`, "trailwarden_consumer_records_total{", "trailwarden_consumer_event_age_seconds_count",
		`trailwarden_enrich_lookup_seconds_count{enricher=`, `trailwarden_rules_matches_total{rule_id="s3-public-acl"} 1`,
		`trailwarden_alerts_total{severity="`+a.Severity.String()+`"} 1`, `trailwarden_alerting_notifications_total{receiver="soc",result="delivered"} 1`,
		"trailwarden_alerting_receive_to_notify_seconds_count 2", `trailwarden_alerting_outbox_pending{receiver="oncall"} 0`)
	for _, private := range []string{"dev-anna", "prod-kops-state", "203.0.113.77", w.slack.Token, w.pagerDuty.RoutingKey} {
		if strings.Contains(metrics, private) {
			t.Errorf("the metrics hold %q", private)
		}
	}
}

func TestAcknowledgingAndResolvingByHand(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	path, key := "/api/v1/alerts/"+a.ID, w.pagerDuty.Events()[0].DedupKey

	if status, body := d.ask(t, http.MethodPost, path+"/ack", `{"by":"dora","reason":"looking"}`); status != 200 || !strings.Contains(body, `"status":"acknowledged"`) {
		t.Errorf("ack: %d %s", status, body)
	}
	eventually(t, "PagerDuty hears of it", func() bool { return w.pagerDuty.State(key) == "acknowledged" })
	if status, body := d.ask(t, http.MethodPost, path+"/resolve", ""); status != 200 || !strings.Contains(body, `"status":"resolved"`) {
		t.Errorf("resolve: %d %s", status, body)
	}
	eventually(t, "PagerDuty hears of it", func() bool { return w.pagerDuty.State(key) == "resolved" && d.ledger(t).settled() })
	got := get[alert.Alert](t, d, path)
	if got.AcknowledgedBy != "dora" || got.ResolvedBy == nil || *got.ResolvedBy != "api" {
		t.Errorf("the alert: %+v", got)
	}
	if top := w.slack.TopLevel(); len(top) != 1 || top[0].Updates == 0 {
		t.Errorf("Slack shows %+v", top)
	}
	for path, want := range map[string]int{"/api/v1/alerts/none/ack": 404, path + "/reopen": 404} {
		if status, _ := d.ask(t, http.MethodPost, path, ""); status != want {
			t.Errorf("POST %s: %d, want %d", path, status, want)
		}
	}
	if status, _ := d.ask(t, http.MethodPost, path+"/ack", "no JSON"); status != 400 {
		t.Errorf("a body that is no JSON: %d", status)
	}
	d.ledger(t).closes(t)
}

func TestTokenAndCredentials(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.edit(t, `{listen: "127.0.0.1:0",`, `{listen: "127.0.0.1:0", token_file: api-token,`)
	w.write(t, "api-token", "hunter2-of-the-api\n")
	w.write(t, "slack-token", "xoxb-a-revoked-token")
	d := w.start(t)
	for _, path := range []string{"/", "/api/v1/ledger", "/api/v1/alerts", "/metrics"} {
		if status, body := d.ask(t, http.MethodGet, path, ""); status != http.StatusUnauthorized {
			t.Errorf("GET %s without the token: %d %s", path, status, body)
		}
	}
	d.token = "hunter2-of-the-apj"
	if status, _ := d.ask(t, http.MethodPost, "/-/reload", ""); status != http.StatusUnauthorized {
		t.Errorf("reload with a wrong token: %d", status)
	}
	d.token = ""
	if status, _ := d.ask(t, http.MethodGet, "/-/healthy", ""); status != http.StatusOK {
		t.Errorf("healthy without the token: %d", status)
	}
	eventually(t, "the refused Slack token is noticed", func() bool {
		status, body := d.ask(t, http.MethodGet, "/-/ready", "")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "invalid_auth") && !strings.Contains(body, "revoked")
	})

	// The daemon is up all the while, tells the others, and goes on once the token is right, without a restart.
	d.token = "hunter2-of-the-api"
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "PagerDuty is told", func() bool { return len(w.pagerDuty.Events()) == 1 })
	if len(w.slack.Messages()) != 0 {
		t.Error("Slack took a revoked token")
	}
	w.write(t, "slack-token", w.slack.Token)
	a := toldOnce(t, d, w, deleted(queue, 1))
	checkTold(t, w, a)
	eventually(t, "the daemon is ready", func() bool {
		status, _ := d.ask(t, http.MethodGet, "/-/ready", "")
		return status == http.StatusOK
	})
}

func TestAlertsNoRouteNamesAreStoredOnly(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.edit(t, "{receivers: [soc, oncall]}", "{severity: [low], receivers: [soc, oncall]}")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "the alert is stored", func() bool { return len(d.alerts(t)) == 1 && queue.Stats().Deleted == 1 && d.ledger(t).settled() })
	d.ledger(t).closes(t)
	if len(w.slack.Messages())+len(w.pagerDuty.Events()) != 0 {
		t.Error("somebody was told whom no route names")
	}
}
