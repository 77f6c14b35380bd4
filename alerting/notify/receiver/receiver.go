// Package receiver is the table of the kinds of receivers: a new kind is a folder beside this one, its settings as a
// field of notify.Receiver with a check in its validate, and a case here. The contract test holds every kind that calls
// a service to the same meaning of each answer, and fails for a kind it was not given.
package receiver

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/console"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/pagerduty"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
	"github.com/trailwarden/trailwarden/alerting/notify/webhook"
)

// Deps are what the notifiers work with; the zero value of each but Log and Console has a meaning.
type Deps struct {
	Client        *http.Client           // nil: one of the receivers' own
	Log           *zap.Logger            // never nil
	Console       io.Writer              // where console receivers write
	Page          func(id string) string // the address of an alert's page; nil: no links
	SlackInterval time.Duration          // between two new messages of a channel; 0: slack.Interval
	SlackSettle   time.Duration          // after an unanswered message until it is looked for; 0: slack.Settle
}

// Build makes the notifiers of all receivers, by name. It makes no call.
func Build(receivers []notify.Receiver, deps Deps) (map[string]notify.Notifier, error) {
	if deps.Client == nil {
		deps.Client = httpcall.NewClient()
	}
	if deps.SlackInterval == 0 {
		deps.SlackInterval = slack.Interval
	}
	if deps.SlackSettle == 0 {
		deps.SlackSettle = slack.Settle
	}
	pacer := slack.NewPacer(deps.SlackInterval)
	all := make(map[string]notify.Notifier, len(receivers))
	for _, r := range receivers {
		n := build(r, deps, pacer)
		if n == nil {
			return nil, fmt.Errorf("receiver %q has no kind: set slack, pagerduty, webhook or console", r.Name)
		}
		all[r.Name] = n
	}
	return all, nil
}

func build(r notify.Receiver, deps Deps, pacer *slack.Pacer) notify.Notifier {
	options := slack.Options{
		Client: deps.Client, Pacer: pacer, Settle: deps.SlackSettle, Log: deps.Log.With(zap.String("receiver", r.Name)), Page: deps.Page, Now: time.Now,
	}
	switch {
	case r.Slack != nil && r.Slack.WebhookURLFile != "":
		return slack.NewHook(*r.Slack, options)
	case r.Slack != nil:
		return slack.New(*r.Slack, options)
	case r.PagerDuty != nil:
		return pagerduty.New(*r.PagerDuty, pagerduty.Options{Client: deps.Client, Page: deps.Page})
	case r.Webhook != nil:
		return webhook.New(*r.Webhook, webhook.Options{Client: deps.Client, Page: deps.Page, Now: time.Now})
	case r.Console != nil:
		return console.New(deps.Console, console.For(deps.Console))
	default:
		return nil
	}
}
