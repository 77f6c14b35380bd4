package notify

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Config is the settings of who is told what, part of `alerting:`.
type Config struct {
	Receivers  []Receiver    `yaml:"receivers"`
	Routes     Routes        `yaml:"routes"`
	RepeatOpen time.Duration `yaml:"repeat_open"` // an exposure still open is told again after this; 0: never
}

// Receiver is one place that can be told, under the name routes use. Exactly one kind is set; the kinds are
// pointers because `console: {}` and no console at all are different settings.
type Receiver struct {
	Name        string         `yaml:"name"`
	MinSeverity alert.Severity `yaml:"min_severity"` // less is never told to this receiver
	Slack       *Slack         `yaml:"slack"`
	PagerDuty   *PagerDuty     `yaml:"pagerduty"`
	Webhook     *Webhook       `yaml:"webhook"`
	Console     *Console       `yaml:"console"`
}

// Slack is a channel written to by a bot, or with less comfort through an incoming webhook.
type Slack struct {
	// WebhookURLFile holds the URL of an incoming webhook, instead of all other keys: no updates, threads and buttons.
	WebhookURLFile string `yaml:"webhook_url_file"`
	TokenFile      string `yaml:"token_file"`     // bot token, scopes chat:write and channels:history
	AppTokenFile   string `yaml:"app_token_file"` // app-level token: Socket Mode, for buttons
	// SigningSecretFile lets Slack tell of buttons by HTTP, at /slack/interactions, instead of Socket Mode.
	SigningSecretFile string `yaml:"signing_secret_file"`
	// AllowedUsers may use the buttons: ids of users (U…, W…) and user groups (S…). Empty: nobody may.
	AllowedUsers []string `yaml:"allowed_users"`
	Channel      string   `yaml:"channel"` // id, such as C0123456789
	APIURL       string   `yaml:"api_url"` // stands for https://slack.com/api/
}

// Interactive reports whether the cards have buttons.
func (s Slack) Interactive() bool {
	return s.WebhookURLFile == "" && (s.AppTokenFile != "" || s.SigningSecretFile != "")
}

// PagerDuty is a service integration of the Events API v2.
type PagerDuty struct {
	RoutingKeyFile string `yaml:"routing_key_file"`
	EventsURL      string `yaml:"events_url"` // the whole enqueue URL; empty: the one of the US service region
	// ChangeEvents tells of silences and of reloads as change events, which stand beside the incidents and page nobody.
	ChangeEvents bool `yaml:"change_events"`
}

// Webhook is an HTTP endpoint that takes OCSF detection findings.
type Webhook struct {
	URLFile    string `yaml:"url_file"`
	SecretFile string `yaml:"secret_file"` // key of the HMAC signature; empty: unsigned
}

// Console is the process's standard output.
type Console struct{}

// DefaultConfig tells nobody and reminds daily.
func DefaultConfig() Config { return Config{RepeatOpen: 24 * time.Hour} }

// receiverName is what can stand in a NATS subject and a metric label as it is.
var receiverName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// channelID is the id of a Slack channel; a name may change, or be another channel's tomorrow.
var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]+$`)

// memberID is the id of a Slack user or user group.
var memberID = regexp.MustCompile(`^[UWS][A-Z0-9]{2,}$`)

// Warnings are what is allowed, and probably not meant, a line each.
func (c Config) Warnings() []string {
	var out []string
	for _, r := range c.Receivers {
		if r.Slack != nil && r.Slack.Interactive() && len(r.Slack.AllowedUsers) == 0 {
			out = append(out, fmt.Sprintf("receiver %s: allowed_users is empty, so nobody may use the buttons of its cards", r.Name))
		}
	}
	return out
}

// Validate reports every fault with its path relative to `alerting:`.
func (c Config) Validate(report func(path, problem string)) {
	names := map[string]bool{}
	for i, r := range c.Receivers {
		path := fmt.Sprintf("receivers[%d]", i)
		switch {
		case r.Name == "":
			report(path+".name", "is missing; give the receiver a name for routes to use")
		case !receiverName.MatchString(r.Name):
			report(path+".name", "may hold letters, digits, - and _ only, at most 64; rename the receiver")
		case names[r.Name]:
			report(path+".name", fmt.Sprintf("%q is used twice; give each receiver a name of its own", r.Name))
		}
		names[r.Name] = true
		r.validate(path, report)
	}
	c.Routes.validate(names, report)
	used := c.Routes.receivers()
	for i, r := range c.Receivers {
		if r.Name != "" && !used[r.Name] {
			report(fmt.Sprintf("receivers[%d]", i), fmt.Sprintf("no route leads to %q; add it to a route or remove it", r.Name))
		}
	}
	if c.RepeatOpen < 0 {
		report("repeat_open", "is negative; give a duration such as 24h, or 0 for no reminders")
	}
}

func (r Receiver) validate(path string, report func(path, problem string)) {
	kinds := 0
	if r.Slack != nil {
		kinds++
		r.Slack.validate(path+".slack", report)
	}
	if r.PagerDuty != nil {
		kinds++
		required(path+".pagerduty.routing_key_file", r.PagerDuty.RoutingKeyFile, "the file that holds the integration's routing key", report)
		absoluteURL(path+".pagerduty.events_url", r.PagerDuty.EventsURL, report)
	}
	if r.Webhook != nil {
		kinds++
		required(path+".webhook.url_file", r.Webhook.URLFile, "the file that holds the URL to post to", report)
	}
	if r.Console != nil {
		kinds++
	}
	if kinds != 1 {
		report(path, fmt.Sprintf("has %d kinds; set exactly one of slack, pagerduty, webhook and console", kinds))
	}
}

func (s Slack) validate(path string, report func(path, problem string)) {
	if s.WebhookURLFile != "" {
		if s.TokenFile+s.AppTokenFile+s.SigningSecretFile+s.Channel+s.APIURL != "" || len(s.AllowedUsers) > 0 {
			report(path+".webhook_url_file", "stands alone: a webhook has its own channel, and no buttons; remove the other keys, or use token_file instead")
		}
		return
	}
	required(path+".token_file", s.TokenFile, "the file that holds the bot token", report)
	required(path+".channel", s.Channel, "the channel's id, such as C0123456789", report)
	if s.Channel != "" && !channelID.MatchString(s.Channel) {
		report(path+".channel", "is no id of a channel, such as C0123456789; in Slack, open the channel, click its name, and copy the id at the end of About")
	}
	absoluteURL(path+".api_url", s.APIURL, report)
	for i, id := range s.AllowedUsers {
		if !memberID.MatchString(id) {
			report(fmt.Sprintf("%s.allowed_users[%d]", path, i), "is no id of a user or user group; copy it from the profile in Slack, like U0123456789 or S0123456789")
		}
	}
	if len(s.AllowedUsers) > 0 && !s.Interactive() {
		report(path+".allowed_users", "has no effect without buttons; set app_token_file or signing_secret_file")
	}
}

func required(path, value, what string, report func(path, problem string)) {
	if value == "" {
		report(path, "is missing; set it to "+what)
	}
}

func absoluteURL(path, value string, report func(path, problem string)) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		report(path, "is no http or https URL; give it in full, with scheme and host")
	}
}
