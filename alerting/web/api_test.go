package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/web"
)

func TestAlerts(t *testing.T) {
	d := story()
	d.alerts[1].Buckets = []alert.BucketState{{Bucket: "www.charity-run.example"}, {Bucket: "second"}}
	url := "http://" + serve(t, d, nil) + "/api/v1/alerts"
	for query, want := range map[string]int{
		"": 2, "?status=open": 1, "?status=resolved": 1, "?status=acknowledged": 0, "?severity=critical": 1, "?severity=medium": 0,
		"?bucket=prod-kops-state": 1, "?bucket=second": 1, "?bucket=third": 0, "?status=open&severity=low": 0, "?status=open&bucket=prod-kops-state": 1,
	} {
		got := get(t, url+query)
		var all []alert.Alert
		if err := json.Unmarshal([]byte(got.body), &all); err != nil || len(all) != want || all == nil {
			t.Errorf("%s: %d alerts, %v, want %d", query, len(all), err, want)
		}
		if got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s is %s", query, got.header.Get("Content-Type"))
		}
	}
	if got := get(t, url+"?severity=awful"); got.status != 400 || !strings.Contains(got.body, "critical") {
		t.Errorf("an unknown severity: %+v", got)
	}
	var one alert.Alert
	if got := get(t, url+"/"+d.alerts[0].ID); json.Unmarshal([]byte(got.body), &one) != nil || one.ID != d.alerts[0].ID {
		t.Errorf("one alert: %+v", got)
	}
}

func TestStatuses(t *testing.T) {
	d := story()
	base := "http://" + serve(t, d, nil)
	id := d.alerts[0].ID
	for path, want := range map[string]int{
		"/-/healthy": 200, "/-/serving": 200, "/-/ready": 200, "/metrics": 200, "/api/v1/ledger": 200, "/api/v1/store": 200, "/": 200, "/alerts/" + id: 200,
		"/api/v1/alerts/none": 404, "/alerts/none": 404, "/none": 404, "/api/v1/alerts/" + id + "/ack": 405, "/-/reload": 405,
	} {
		got := get(t, base+path)
		if got.status != want {
			t.Errorf("GET %s: %d, want %d", path, got.status, want)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("GET %s lacks its guards: %v", path, got.header)
		}
	}
	d.down = errors.New("nats: no responders on 10.0.0.7")
	for _, path := range []string{"/api/v1/ledger", "/api/v1/alerts", "/api/v1/alerts/" + id, "/", "/alerts/" + id} {
		if got := get(t, base+path); got.status != 503 || strings.Contains(got.body, "10.0.0.7") || !strings.Contains(got.body, "try again") {
			t.Errorf("GET %s while the store is away: %+v", path, got)
		}
	}
	d.sick = errors.New("stuck")
	if got := get(t, base+"/-/healthy"); got.status != 503 {
		t.Errorf("healthy while stuck: %d", got.status)
	}
}

func TestReadyTellsOfEveryPart(t *testing.T) {
	d := story()
	base := "http://" + serve(t, d, nil)
	if got := get(t, base+"/-/ready"); got.status != 200 || got.body != "nats: ok\ngeoip: ok (built 90 days ago)\n" {
		t.Errorf("%+v", got)
	}
	d.parts = append(d.parts, web.Part{Name: "receivers", Err: errors.New("receiver soc: invalid_auth\x1b[2J\nnats: ok")})
	got := get(t, base+"/-/ready")
	if got.status != 503 || !strings.Contains(got.body, "receivers: not ready: receiver soc: invalid_auth") || strings.ContainsRune(got.body, '\x1b') {
		t.Errorf("%+v", got)
	}
	if got := get(t, base+"/-/serving"); got.status != 200 || got.body != "serving\n" {
		t.Errorf("a probe is told of what is not the process's own fault: %+v", got)
	}
	if n := strings.Count(got.body, "\n"); n != 3 {
		t.Errorf("%d lines of 3 parts: %q", n, got.body)
	}
}

func TestCommands(t *testing.T) {
	d := story()
	url := "http://" + serve(t, d, nil) + "/api/v1/alerts/" + d.alerts[0].ID
	for _, tt := range []struct {
		path, body string
		want       int
	}{
		{"/ack", `{"by":"dora","reason":"looking"}`, 200},
		{"/resolve", "", 200},
		{"/ack", "no JSON", 400},
		{"/ack", `{"by":1}`, 400},
		{"/resolve", `{"by":"` + strings.Repeat("x", 100<<10) + `"}`, 400},
		{"/ack", `{"reason":"` + strings.Repeat("x", 501) + `"}`, 400},
		{"x/ack", "", 404},
		{"/delete", "", 404},
		{"/ack", `{"action":"resolve","by":"mallory"}`, 200},
	} {
		if got := ask(t, http.MethodPost, url+tt.path, tt.body, nil); got.status != tt.want {
			t.Errorf("POST %s %.20s: %d, want %d: %s", tt.path, tt.body, got.status, tt.want, got.body)
		}
	}
	here := func(by string) web.Hand { return web.Hand{By: by, Source: "127.0.0.1"} }
	want := []web.Command{{"acknowledge", "looking", here("dora")}, {"resolve", "", here("api")}, {"acknowledge", "", here("mallory")}}
	if fmt.Sprint(d.commanded) != fmt.Sprint(want) {
		t.Errorf("commanded %v, want %v", d.commanded, want)
	}
}

func TestReloadAnswersWithTheFaults(t *testing.T) {
	d := story()
	url := "http://" + serve(t, d, nil) + "/-/reload"
	if got := ask(t, http.MethodPost, url, "", nil); got.status != 200 {
		t.Errorf("%+v", got)
	}
	d.faults = errors.New("f.yaml:3: nats.shards: 0 is out of range\nf.yaml:9: x: unknown key")
	if got := ask(t, http.MethodPost, url, "", nil); got.status != 422 || got.body != d.faults.Error()+"\n" {
		t.Errorf("%+v", got)
	}
	d.faults = errors.New("rule \x1b[2J\u202e is no rule")
	if got := ask(t, http.MethodPost, url, "", nil); got.body != "rule [2J is no rule\n" {
		t.Errorf("a fault is told as it was written: %q", got.body)
	}
}

func TestWhoMayNotKnowSaysWhoDoes(t *testing.T) {
	d := story()
	d.elsewhere = errors.New("ask the other")
	addr := serve(t, d, nil)
	for path, want := range map[string]int{
		"/-/healthy": 200, "/-/serving": 200, "/-/ready": 200, "/metrics": 200, "/": 501, "/api/v1/alerts": 501, "/api/v1/ledger": 501, "/api/v1/dead": 501, "/nowhere": 501,
	} {
		if got := get(t, "http://"+addr+path); got.status != want || want == 501 && !strings.Contains(got.body, "ask the other") {
			t.Errorf("GET %s: %d %s, want %d", path, got.status, got.body, want)
		}
	}
	if got := ask(t, http.MethodPost, "http://"+addr+"/api/v1/alerts/"+d.alerts[0].ID+"/ack", "", nil); got.status != 501 || len(d.commanded) > 0 {
		t.Errorf("acknowledged: %+v", got)
	}
	if got := ask(t, http.MethodPost, "http://"+addr+"/-/reload", "", nil); got.status != 200 {
		t.Errorf("reload: %d", got.status)
	}
}
