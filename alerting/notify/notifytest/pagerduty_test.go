package notifytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

func enqueue(t *testing.T, p *notifytest.PagerDuty, event string) int {
	t.Helper()
	resp, err := http.Post(p.URL(), "application/json", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func event(p *notifytest.PagerDuty, action, payload string) string {
	return `{"routing_key":"` + p.RoutingKey + `","event_action":"` + action + `","dedup_key":"k"` + payload + `}`
}

// TestPagerDutyIsStrict states what the stand-in refuses.
func TestPagerDutyIsStrict(t *testing.T) {
	p := notifytest.NewPagerDuty()
	defer p.Close()
	const good = `,"payload":{"summary":"s","source":"x","severity":"error"}`
	for name, bad := range map[string]string{
		"no JSON":          "{",
		"wrong key":        `{"routing_key":"no","event_action":"trigger","dedup_key":"k"` + good + `}`,
		"no dedup_key":     `{"routing_key":"` + p.RoutingKey + `","event_action":"trigger"` + good + `}`,
		"unknown action":   event(p, "shout", good),
		"no payload":       event(p, "trigger", ""),
		"long summary":     event(p, "trigger", `,"payload":{"summary":"`+strings.Repeat("s", 1025)+`","source":"x","severity":"error"}`),
		"no source":        event(p, "trigger", `,"payload":{"summary":"s","severity":"error"}`),
		"unknown severity": event(p, "trigger", `,"payload":{"summary":"s","source":"x","severity":"high"}`),
		"too large":        event(p, "trigger", good+`,"x":"`+strings.Repeat("x", 513<<10)+`"`),
	} {
		if got := enqueue(t, p, bad); got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
	for i, action := range []string{"trigger", "trigger", "acknowledge", "resolve", "trigger"} {
		if got := enqueue(t, p, event(p, action, good)); got != http.StatusAccepted {
			t.Errorf("event %d: %d", i, got)
		}
	}
	if p.Opened("k") != 2 || p.State("k") != "triggered" || len(p.Events()) != 5 || p.Calls() != 14 {
		t.Errorf("opened %d, %s, %d of %d events", p.Opened("k"), p.State("k"), len(p.Events()), p.Calls())
	}
}
