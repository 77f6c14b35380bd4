// Package slack tells alerts in a Slack channel: one message an alert, a card that is updated in place as the
// alert changes, with the actor's timeline and every later change in its thread. When many alerts come at once
// a digest names them all in one message, and lives on in the same way.
//
// # Once, and only once
//
// Slack has no key against repeats, so a new message is announced before it is posted and carries the alert's
// id as metadata. If the outcome of a post is not known, the notifier reads the channel's history for its own
// message before it posts again; without the scope for that it posts again and says so in the log. Replies in
// the thread are handled in the same way; updates may be repeated harmlessly.
//
// # Text that strangers wrote
//
// Card texts are plain_text and rich_text elements, in which Slack looks for no markup, mention or link; what
// could come alive elsewhere, such as in notifications on phones, is defanged as well.
package slack

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/config/secret"
)

// apiURL is where Slack's Web API is.
const apiURL = "https://slack.com/api/"

// Options are what a Notifier needs beside its settings.
type Options struct {
	Client *http.Client
	Pacer  *Pacer
	Settle time.Duration // after an attempt until it is looked for
	Log    *zap.Logger
	Page   func(id string) string // the address of an alert's page; nil: no link
	Now    func() time.Time
}

// Notifier tells one channel.
type Notifier struct {
	cfg  notify.Slack
	opts Options
	url  string
	turn bool // the next new message has waited already
}

var (
	_ notify.Digester = (*Notifier)(nil)
	_ notify.Shower   = (*Notifier)(nil)
	_ notify.Noticer  = (*Notifier)(nil)
	_ notify.Checker  = (*Notifier)(nil)
)

// New makes the notifier of a channel; it makes no call.
func New(cfg notify.Slack, opts Options) *Notifier {
	url := cfg.APIURL
	if url == "" {
		url = apiURL
	}
	return &Notifier{cfg: cfg, opts: opts, url: strings.TrimSuffix(url, "/") + "/"}
}

// Check asks Slack whether the token is good, and whether the channel is there and the bot may write to it. An
// *notify.UntoldError says that the token may not know that.
func (n *Notifier) Check(ctx context.Context) error {
	api, err := n.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, httpcall.Timeout)
	defer cancel()
	who, err := api.AuthTestContext(ctx)
	if err != nil {
		return fmt.Errorf("auth.test: %w", judge(err).err)
	}
	channel, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: n.cfg.Channel})
	switch reason := refusal(err); {
	case reason == "missing_scope":
		return &notify.UntoldError{Err: fmt.Errorf("channel %s: cannot tell whether it can be written: add the scope channels:read (groups:read for a private channel)", n.cfg.Channel)}
	case reason == "channel_not_found":
		return fmt.Errorf("channel %s: %w (a private channel is found only once the app is invited to it)", n.cfg.Channel, judge(err).err)
	case err != nil:
		return fmt.Errorf("channel %s: %w", n.cfg.Channel, judge(err).err)
	case channel.IsArchived:
		return &notify.CredentialError{Err: fmt.Errorf("channel %s is archived: unarchive it, or set another", n.cfg.Channel)}
	case !channel.IsMember && !strings.Contains(who.Header.Get("X-OAuth-Scopes"), "chat:write.public"):
		return &notify.CredentialError{Err: fmt.Errorf("channel %s: the bot is not in it: invite it with /invite", n.cfg.Channel)}
	default:
		return nil
	}
}

// client reads the token anew, so that a rotated one is used from the next call on.
func (n *Notifier) client() (*slack.Client, error) {
	token, err := secret.Read(n.cfg.TokenFile)
	if err != nil {
		return nil, &notify.CredentialError{Err: fmt.Errorf("token_file: %w", err)}
	}
	return slack.New(token.Reveal(), slack.OptionAPIURL(n.url), slack.OptionHTTPClient(n.opts.Client)), nil
}
