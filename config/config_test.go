package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trailwarden.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// full is a file with a value for nearly every key.
const full = `
data_dir: data
http: {listen: "127.0.0.1:9465"}
nats: {replicas: 1, shards: 4}
consumer:
  queues:
    - url: https://sqs.eu-west-1.amazonaws.com/111122223333/cloudtrail
      region: eu-west-1
      log_buckets: [org-cloudtrail-logs]
  files: [logs]
  max_object_bytes: 1048576
enrich:
  geoip: {city: city.mmdb}
  networks:
    - {name: office, kind: corporate, cidrs: [198.51.100.0/24]}
  home_countries: [DE, US]
  organization_id: o-a1b2c3d4e5
  known_accounts: ["444455556666"]
  history: {retention: 90d, learning: 14d}
  buckets:
    - {match: "*payroll*", sensitivity: 90, reason: salaries}
  principals:
    - {match: "arn:aws:iam::*:role/terraform-*", kind: automation, expected: [PutBucketPolicy]}
  accounts: {"111122223333": {name: prod, weight: 1.2}}
rules:
  files: [rules]
  disabled: [s3-website-enabled]
  static_buckets: [{match: "www-*", suffixes: [.html, .css]}]
alerting:
  receivers:
    - name: soc
      slack: {token_file: slack-token, channel: C0123456789}
    - name: oncall
      pagerduty: {routing_key_file: key}
    - name: terminal
      console: {}
  routes:
    - {severity: [critical], receivers: [soc, oncall]}
    - {receivers: [soc, terminal]}
  repeat_open: 24h
`

func TestLoadReadsEveryPart(t *testing.T) {
	path := write(t, full)
	dir := filepath.Dir(path)
	cfg, err := config.Load(path, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, got, want string }{
		{"data_dir", cfg.DataDir, filepath.Join(dir, "data")},
		{"consumer.files", cfg.Consumer.Files[0], filepath.Join(dir, "logs")},
		{"rules.files", cfg.Rules.Files[0], filepath.Join(dir, "rules")},
		{"enrich.geoip.city", cfg.Enrich.GeoIP.City, filepath.Join(dir, "city.mmdb")},
		{"token_file", cfg.Alerting.Notify.Receivers[0].Slack.TokenFile, filepath.Join(dir, "slack-token")},
		{"accounts", cfg.Enrich.Accounts["111122223333"].Name, "prod"},
		{"listen", cfg.HTTP.Listen, "127.0.0.1:9465"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", c.what, c.got, c.want)
		}
	}
	if cfg.Alerting.Notify.Receivers[2].Console == nil || cfg.Alerting.Notify.RepeatOpen.Hours() != 24 {
		t.Errorf("alerting: %+v", cfg.Alerting)
	}
	s := cfg.Detections()
	want := []string{"cloudtrail", "org-cloudtrail-logs"}
	if diff := cmp.Diff(want, s.Feeds); diff != "" {
		t.Errorf("feeds:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"111122223333", "444455556666"}, s.Own.Accounts); diff != "" {
		t.Errorf("own accounts:\n%s", diff)
	}
}

func TestNoFileIsAValidConfiguration(t *testing.T) {
	for _, path := range []string{"", write(t, ""), write(t, "# nothing\n")} {
		if _, err := config.Load(path, nil, false); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// faults are broken files by the fault each has, with the line and the key that must be told.
var faults = map[string]struct {
	text string
	want []string
}{
	"unknown key":         {"nats: {shards: 4}\nhtpp: {}\n", []string{":2: htpp: unknown key; did you mean http?"}},
	"no yaml":             {"nats: [\n", []string{":"}},
	"wrong kind":          {"nats:\n  shards: many\n", []string{":2: nats.shards: not a whole number"}},
	"bad listen":          {"http:\n  listen: here\n", []string{":2: http.listen: is no host:port"}},
	"open listen":         {"http: {listen: \":9464\"}\n", []string{":1: http.listen: is reachable from other hosts"}},
	"missing url":         {"consumer:\n  queues:\n    - region: x\n", []string{":3: consumer.queues[0].url: is missing"}},
	"unknown receiver":    {"alerting:\n  routes:\n    - {receivers: [nobody]}\n", []string{":3: alerting.routes[0].receivers[0]:"}},
	"receiver of no kind": {"alerting:\n  receivers:\n    - name: soc\n  routes:\n    - {receivers: [soc]}\n", []string{":3: alerting.receivers[0]"}},
	"no country":          {"enrich: {home_countries: [Germany]}\n", []string{":1: enrich.home_countries[0]:"}},
	"bad time":            {"alerting:\n  expected_changes:\n    - until: tomorrow\n", []string{":3: alerting.expected_changes[0].until: is no time"}},
	"region of another":   {"consumer:\n  queues:\n    - url: https://sqs.eu-west-1.amazonaws.com/111122223333/q\n      region: eu-wst-1\n", []string{":4: consumer.queues[0].region:"}},
	"bad pattern":         {"rules:\n  static_buckets:\n    - match: \"[\"\n", []string{":3: rules.static_buckets[0].match:"}},
	"several at once": {"data_dir: \"\"\nnats: {shards: 0}\nenrich:\n  history: {learning: 1y}\n  colour: red\n", []string{
		":1: data_dir:", ":2: nats.shards:", ":4: enrich.history.learning:", ":5: enrich.colour:",
	}},
}

func TestLoadTellsEveryFaultWithItsLine(t *testing.T) {
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := config.Load(path, nil, true)
			var told config.Faults
			if !errors.As(err, &told) {
				t.Fatalf("error %v, want Faults", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), path+want) {
					t.Errorf("not told: %s\nin:\n%v", want, err)
				}
			}
			for _, line := range told {
				if !strings.HasPrefix(line, path+":") {
					t.Errorf("a fault without its place: %s", line)
				}
			}
		})
	}
}

func TestFilesOfSecretsAreCheckedAndNeverEchoed(t *testing.T) {
	path := write(t, `alerting:
  receivers:
    - name: soc
      slack: {token_file: xoxb-hunter2, channel: C1}
  routes: [{receivers: [soc]}]
`)
	_, err := config.Load(path, nil, true)
	if err == nil || !strings.Contains(err.Error(), ":4: alerting.receivers[0].slack.token_file:") {
		t.Errorf("error %v, want the key with its line", err)
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("echoed: %v", err)
	}
	if _, err := config.Load(path, nil, false); err != nil {
		t.Errorf("offline: %v", err)
	}
}

func TestCredentialsAreFoundByName(t *testing.T) {
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "slack"), []byte("xoxb-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := write(t, "alerting:\n  receivers:\n    - {name: soc, slack: {token_file: slack, channel: C1}}\n  routes: [{receivers: [soc]}]\n")
	cfg, err := config.Load(path, []string{"CREDENTIALS_DIRECTORY=" + credentials}, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Alerting.Notify.Receivers[0].Slack.TokenFile; got != filepath.Join(credentials, "slack") {
		t.Errorf("token_file = %q", got)
	}
}

func TestEnvironmentOverridesTheFile(t *testing.T) {
	path := write(t, full)
	t.Setenv("TRAILWARDEN_ALERTING_RECEIVERS_1_PAGERDUTY_ROUTING_KEY", "R0")
	cfg, err := config.Load(path, []string{
		"TRAILWARDEN_NATS_SHARDS=8", "TRAILWARDEN_ENRICH_HOME_COUNTRIES=[FR]", "HOME=/root",
		"TRAILWARDEN_ALERTING_RECEIVERS_1_PAGERDUTY_ROUTING_KEY=R0",
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.NATS.Shards != 8 || cfg.Enrich.HomeCountries[0] != "FR" {
		t.Errorf("shards %d, home %v", cfg.NATS.Shards, cfg.Enrich.HomeCountries)
	}
	if got := cfg.Alerting.Notify.Receivers[1].PagerDuty.RoutingKeyFile; got != "env:TRAILWARDEN_ALERTING_RECEIVERS_1_PAGERDUTY_ROUTING_KEY" {
		t.Errorf("routing key from %q", got)
	}
	_, err = config.Load(path, []string{"TRAILWARDEN_NATS_SHRADS=8", "TRAILWARDEN_NATS_REPLICAS=7"}, false)
	for _, want := range []string{"environment: TRAILWARDEN_NATS_SHRADS: this environment variable names no setting", "environment: TRAILWARDEN_NATS_REPLICAS: nats.replicas:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\nin: %v", want, err)
		}
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil, true)
	if err == nil || !strings.Contains(err.Error(), ":1: the file cannot be read") {
		t.Errorf("error %v", err)
	}
}

func ExampleFaults() {
	fmt.Println(config.Faults{"a.yaml:1: nats.shards: 0 is out of range", "a.yaml:2: htpp: unknown key"})
	// Output:
	// a.yaml:1: nats.shards: 0 is out of range
	// a.yaml:2: htpp: unknown key
}
