package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

const settings = `
receivers:
  - name: soc
    slack: {token_file: /run/token, channel: C0123456789, api_url: "http://127.0.0.1:1/api"}
  - name: oncall
    min_severity: high
    pagerduty: {routing_key_file: /run/key}
  - name: siem
    webhook: {url_file: /run/url}
  - name: terminal
    console: {}
routes:
  - {severity: [info, low, medium, high, critical], receivers: [siem], continue: true}
  - {severity: critical, receivers: [soc, oncall]}
  - {account: [111122223333, "9*"], attempt: false, receivers: [oncall, soc]}
  - {bucket: "*payroll*", rule: [s3-*], receivers: [terminal, soc], continue: true}
  - {receivers: [soc]}
repeat_open: 12h
`

func load(t *testing.T, text string) notify.Config {
	t.Helper()
	cfg := notify.DefaultConfig()
	if err := yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()); err != nil {
		t.Fatal(yaml.FormatError(err, false, false))
	}
	return cfg
}

func faults(cfg notify.Config) []string {
	var all []string
	cfg.Validate(func(path, problem string) { all = append(all, path+": "+problem) })
	return all
}

func TestSettings(t *testing.T) {
	cfg := load(t, settings)
	if problems := faults(cfg); problems != nil {
		t.Errorf("faults in good settings: %q", problems)
	}
	if cfg.RepeatOpen != 12*time.Hour || cfg.Receivers[1].MinSeverity != alert.High || cfg.Receivers[3].Console == nil || cfg.Routes[2].Account[0] != "111122223333" {
		t.Errorf("read as %+v", cfg)
	}
	if empty := load(t, "{}"); faults(empty) != nil || empty.RepeatOpen != 24*time.Hour {
		t.Error("the defaults are not valid")
	}
}

func TestRouting(t *testing.T) {
	cfg := load(t, settings)
	for name, c := range map[string]struct {
		change func(*alert.Alert)
		want   string
	}{
		"critical":                   {func(*alert.Alert) {}, "siem soc oncall"},
		"info only where named":      {func(a *alert.Alert) { a.Severity = alert.Info }, "siem"},
		"account":                    {func(a *alert.Alert) { a.Severity = alert.High }, "siem oncall soc"},
		"below a receiver's minimum": {func(a *alert.Alert) { a.Severity = alert.Medium }, "siem soc"},
		"attempt passes by":          {func(a *alert.Alert) { a.Severity, a.Attempt = alert.High, true }, "siem soc"},
		"bucket among several": {func(a *alert.Alert) {
			a.Severity, a.AccountID, a.Buckets = alert.Low, "1", []alert.BucketState{{Bucket: "x"}, {Bucket: "my-payroll-1"}}
		}, "siem terminal soc"},
		"no rule of that kind": {func(a *alert.Alert) {
			a.Severity, a.AccountID, a.Bucket, a.RuleID, a.Rules = alert.Low, "1", "payroll", "iam-x", nil
		}, "siem soc"},
	} {
		t.Run(name, func(t *testing.T) {
			a := notifytest.KopsState()
			c.change(a)
			routing := cfg.Route(a)
			if got := strings.Join(routing.Receivers, " "); got != c.want {
				t.Errorf("goes to %q, want %q: %q", got, c.want, routing.Steps)
			}
			if len(routing.Steps) == 0 {
				t.Error("no explanation")
			}
		})
	}
	if none := (notify.Routes{}).Match(notifytest.KopsState()); none != nil {
		t.Errorf("no routes lead to %q", none)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ settings, want string }{
		"receiver without a name":     {`{receivers: [{console: {}}]}`, "receivers[0].name: is missing"},
		"name unfit for subjects":     {`{receivers: [{name: "a.b", console: {}}], routes: [{receivers: [a.b]}]}`, "receivers[0].name: may hold letters"},
		"name used twice":             {`{receivers: [{name: a, console: {}}, {name: a, console: {}}], routes: [{receivers: [a]}]}`, `receivers[1].name: "a" is used twice`},
		"no kind":                     {`{receivers: [{name: a}], routes: [{receivers: [a]}]}`, "receivers[0]: has 0 kinds"},
		"two kinds":                   {`{receivers: [{name: a, console: {}, webhook: {url_file: x}}], routes: [{receivers: [a]}]}`, "receivers[0]: has 2 kinds"},
		"slack without token":         {`{receivers: [{name: a, slack: {channel: C1}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.token_file: is missing"},
		"slack two ways":              {`{receivers: [{name: a, slack: {channel: C1, webhook_url_file: x}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.webhook_url_file: stands alone"},
		"users of no buttons":         {`{receivers: [{name: a, slack: {channel: C1, token_file: x, allowed_users: [U0123]}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.allowed_users: has no effect"},
		"user by name":                {`{receivers: [{name: a, slack: {channel: C1, token_file: x, app_token_file: y, allowed_users: [anna]}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.allowed_users[0]: is no id"},
		"slack with a channel's name": {`{receivers: [{name: a, slack: {token_file: x, channel: "#soc"}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.channel: is no id of a channel"},
		"slack without channel":       {`{receivers: [{name: a, slack: {token_file: x}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.channel: is missing"},
		"slack with half a URL":       {`{receivers: [{name: a, slack: {token_file: x, channel: C1, api_url: slack.com}}], routes: [{receivers: [a]}]}`, "receivers[0].slack.api_url: is no http"},
		"pagerduty without key":       {`{receivers: [{name: a, pagerduty: {}}], routes: [{receivers: [a]}]}`, "receivers[0].pagerduty.routing_key_file: is missing"},
		"webhook without URL":         {`{receivers: [{name: a, webhook: {}}], routes: [{receivers: [a]}]}`, "receivers[0].webhook.url_file: is missing"},
		"receiver nobody uses":        {`{receivers: [{name: a, console: {}}]}`, `receivers[0]: no route leads to "a"`},
		"unknown receiver":            {`{routes: [{receivers: [nobody]}]}`, `routes[0].receivers[0]: there is no receiver "nobody"`},
		"route to nowhere":            {`{routes: [{severity: [high]}]}`, "routes[0].receivers: is empty"},
		"unreachable route":           {`{receivers: [{name: a, console: {}}], routes: [{receivers: [a]}, {severity: [high], receivers: [a]}]}`, "routes[1]: is never reached"},
		"broken pattern":              {`{receivers: [{name: a, console: {}}], routes: [{bucket: "[a", receivers: [a]}]}`, `routes[0].bucket: "[a" is no pattern`},
		"negative repeat":             {`{repeat_open: -1h}`, "repeat_open: is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faults(load(t, c.settings))
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, c.want) }) || len(got) != 1 {
				t.Errorf("got %q, want %q alone", got, c.want)
			}
		})
	}
	if err := yaml.UnmarshalWithOptions([]byte(`{routes: [{severity: [urgent]}]}`), new(notify.Config), yaml.Strict()); err == nil || !strings.Contains(err.Error(), "urgent") {
		t.Errorf("an unknown severity gives %v", err)
	}
}
