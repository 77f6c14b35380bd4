package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/enrich/geoip/geoiptest"
)

// world is a daemon's surroundings: its settings, its folder, and the services it tells.
type world struct {
	dir, file string
	slack     *notifytest.Slack
	pagerDuty *notifytest.PagerDuty
}

// newWorld writes settings for a daemon that works the queues; more is YAML added at the end.
func newWorld(t *testing.T, queueURL, more string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), slack: notifytest.NewSlack(), pagerDuty: notifytest.NewPagerDuty()}
	t.Cleanup(w.slack.Close)
	t.Cleanup(w.pagerDuty.Close)
	geoiptest.WriteTo(t, filepath.Join(w.dir, "city.mmdb"), "GeoLite2-City", time.Now(), geoiptest.Records{
		"203.0.113.0/24": geoiptest.City("RO", "Bucharest", 44.4, 26.1),
	})
	geoiptest.WriteTo(t, filepath.Join(w.dir, "asn.mmdb"), "GeoLite2-ASN", time.Now(), geoiptest.Records{
		"203.0.113.0/24": geoiptest.ASN(64501, "Example VPN SRL"),
	})
	w.write(t, "slack-token", w.slack.Token)
	w.write(t, "routing-key", w.pagerDuty.RoutingKey)
	w.configure(t, queueURL, more)
	return w
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// configure writes the settings.
func (w *world) configure(t *testing.T, queueURL, more string) {
	t.Helper()
	w.file = filepath.Join(w.dir, "trailwarden.yaml")
	w.write(t, "trailwarden.yaml", fmt.Sprintf(`
data_dir: store
http: {listen: "127.0.0.1:0", external_url: "https://trailwarden.example.org/soc/"}
nats: {shards: 4, max_bytes: 268435456}
consumer:
  queues: [{url: "%s", region: eu-west-1, log_buckets: [%s]}]
  max_object_bytes: 8388608
enrich:
  geoip: {city: city.mmdb, asn: asn.mmdb, tor_geoip: ""}
  networks: [{name: vpn-list, kind: vpn, cidrs: [203.0.113.0/24]}]
  home_countries: [DE]
alerting:
  receivers:
    - {name: soc, slack: {token_file: slack-token, channel: %s, api_url: "%s"}}
    - {name: oncall, pagerduty: {routing_key_file: routing-key, events_url: "%s"}}
  routes:
    - {receivers: [soc, oncall]}
%s`, queueURL, logBucket, w.slack.Channel, w.slack.URL(), w.pagerDuty.URL(), more))
}

// daemon is one that runs.
type daemon struct {
	*app.App
	url, token string
	stop       func() error // ends it in good order and waits
}

// start runs a daemon until the test ends or it is stopped.
func (w *world) start(t *testing.T) *daemon {
	t.Helper()
	return startApp(t, app.Options{ConfigFile: w.file, Version: "1.2.3", Commit: "abcdef", Log: zaptest.NewLogger(t), Console: io.Discard})
}

// startApp is start with other options.
func startApp(t *testing.T, opts app.Options) *daemon {
	t.Helper()
	started := make(chan string, 1)
	opts.Started = func(addr string) { started <- addr }
	a, err := app.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stopped := false
	d := &daemon{App: a, stop: func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Errorf("the daemon stopped with: %v", err)
		}
	})
	d.url = "http://" + <-started
	return d
}

// ask makes a request and gives status and body.
func (d *daemon) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func get[T any](t *testing.T, d *daemon, path string) T {
	t.Helper()
	var v T
	status, body := d.ask(t, http.MethodGet, path, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return v
}

// ledger is the public ledger as a neighbouring system reads it.
type ledger struct {
	Messages    consumer.MessageCounts   `json:"messages"`
	Objects     consumer.ObjectCounts    `json:"objects"`
	Records     consumer.RecordCounts    `json:"records"`
	Alerts      map[string]int           `json:"alerts"`
	Receivers   map[string]notify.Counts `json:"receivers"`
	Unaccounted int                      `json:"unaccounted"`
	Restarted   int                      `json:"restarted"`
	Lost        int                      `json:"lost"`
}

func (d *daemon) ledger(t *testing.T) ledger { return get[ledger](t, d, "/api/v1/ledger") }

func (d *daemon) alerts(t *testing.T) []alert.Alert {
	return get[[]alert.Alert](t, d, "/api/v1/alerts")
}

// settled reports whether nothing waits anywhere.
func (l ledger) settled() bool {
	for _, r := range l.Receivers {
		if r.Pending > 0 {
			return false
		}
	}
	return l.Messages.Pending+l.Objects.Pending+l.Records.Pending == 0
}

// closes complains unless everything that came in has come out.
func (l ledger) closes(t *testing.T) {
	t.Helper()
	m, o, r := l.Messages, l.Objects, l.Records
	if l.Unaccounted != 0 || m.In != m.Done+m.Ignored+m.Quarantined || o.In != o.Read+o.Ignored+o.Quarantined ||
		r.In != r.Matched+r.Unmatched+r.Duplicate+r.Quarantined {
		t.Errorf("the ledger does not close: %+v", l)
	}
	for name, n := range l.Receivers {
		if n.Queued != n.Delivered+n.Dead || n.Dead != 0 {
			t.Errorf("receiver %s: %+v", name, n)
		}
	}
}

// eventually waits for something to come true.
func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	within(t, 3*time.Minute, what, true)
}

// within is eventually with a limit of one's own.
func within(t *testing.T, limit time.Duration, what string, true func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !true() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-again.C:
		}
	}
}
