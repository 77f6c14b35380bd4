// Package pagerduty tells alerts through PagerDuty's Events API v2: an alert is triggered, acknowledged and
// resolved under one dedup_key, its own id. PagerDuty recognises repeats by that key, so nothing has to be
// looked for.
//
// A trigger under the key of an acknowledged incident notifies nobody. So when an alert that was acknowledged gets
// worse, its key is resolved and the next is triggered: id/2, id/3. What still rings is updated under its key.
package pagerduty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/config/secret"
)

// eventsURL is the enqueue URL of the US service region.
const eventsURL = "https://events.pagerduty.com/v2/enqueue"

// Options are what a Notifier needs beside its settings.
type Options struct {
	Client *http.Client
	Page   func(id string) string // the address of an alert's page; nil: no link
}

// Notifier tells one service integration.
type Notifier struct {
	cfg     notify.PagerDuty
	opts    Options
	url     string
	changes string // where change events go
}

var (
	_ notify.Notifier = (*Notifier)(nil)
	_ notify.Pager    = (*Notifier)(nil)
	_ notify.Noticer  = (*Notifier)(nil)
	_ notify.Checker  = (*Notifier)(nil)
)

// New makes the notifier of an integration; it makes no call.
func New(cfg notify.PagerDuty, opts Options) *Notifier {
	url := cfg.EventsURL
	if url == "" {
		url = eventsURL
	}
	return &Notifier{cfg: cfg, opts: opts, url: url, changes: strings.TrimSuffix(strings.TrimSuffix(url, "/"), "/enqueue") + "/change/enqueue"}
}

// Check reads the routing key; the Events API has nothing that would say whether it is the right one.
func (n *Notifier) Check(context.Context) error {
	_, err := n.routingKey()
	return err
}

// Tell implements notify.Notifier: a trigger first, then whatever the alert has become. The key that is triggered next is
// stored before, so that a trigger whose answer was lost is repeated, or ended, under the same key.
func (n *Notifier) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	closed := a.Status == alert.Resolved || a.Status == alert.Suppressed
	switch {
	case waits(a):
		// The page of what flaps neither rings nor ends with each opening.
	case told.DedupKey == "" && a.Quiet():
		// Nobody is paged for what is suppressed, wherever else it is shown.
	case told.DedupKey == "" && closed:
		// Nobody is paged for what has ended. A trigger whose answer was lost is resolved all the same; PagerDuty passes
		// over a key it does not know.
		if err := n.send(ctx, n.event(a, "resolve", a.ID)); err != nil {
			return told, err
		}
		told.DedupKey, told.Status = a.ID, alert.Resolved
	case told.DedupKey == "":
		return n.trigger(ctx, a, told, a.ID)
	case closed && told.Status == alert.Resolved:
		// Nothing more to say: a further event would open it again.
	case closed:
		if err := n.send(ctx, n.event(a, "resolve", told.DedupKey)); err != nil {
			return told, err
		}
		told.Status = alert.Resolved
	case told.Status == "":
		return n.trigger(ctx, a, told, told.DedupKey)
	case told.Status == alert.Resolved:
		// It was suppressed and is live again, for which PagerDuty opens a new incident under the same key; or it got worse.
		told.Status = ""
		if told.Repages < a.Repages {
			told.DedupKey, told.Repages = nextKey(a.ID, told.DedupKey), a.Repages
		}
		return told, nil
	case told.Repages < a.Repages:
		// It was acknowledged, and got worse: another trigger under this key would notify nobody.
		if err := n.send(ctx, n.event(a, "resolve", told.DedupKey)); err != nil {
			return told, err
		}
		told.Status = alert.Resolved
		return told, nil
	case a.Status == alert.Acknowledged && told.Status != alert.Acknowledged:
		if err := n.send(ctx, n.event(a, "acknowledge", told.DedupKey)); err != nil {
			return told, err
		}
		told.Status = alert.Acknowledged
	case reminded(a, told) && (a.Status != alert.Open || a.Severity < alert.High):
		// Reminders page for what is severe and in nobody's hands.
	default:
		if err := n.send(ctx, n.event(a, "trigger", told.DedupKey)); err != nil {
			return told, err
		}
		told.Status = a.Status
	}
	told.Revision, told.Severity, told.Updates = a.Revision, a.Severity, a.UpdateCount()
	return told, nil
}

// trigger opens a page under a key.
func (n *Notifier) trigger(ctx context.Context, a *alert.Alert, told notify.Told, key string) (notify.Told, error) {
	if err := n.send(ctx, n.event(a, "trigger", key)); err != nil {
		return told, err
	}
	told.DedupKey, told.Status, told.Severity = key, alert.Open, a.Severity
	told.Repages, told.Updates = a.Repages, a.UpdateCount()
	if a.Status == alert.Open {
		told.Revision = a.Revision
	}
	return told, nil
}

// nextKey is the key of the page after that of a key: id, id/2, id/3.
func nextKey(id, key string) string {
	page, err := strconv.Atoi(strings.TrimPrefix(key, id+"/"))
	if err != nil {
		page = 1
	}
	return id + "/" + strconv.Itoa(page+1)
}

// reminded reports whether all that is new of an alert are reminders.
func reminded(a *alert.Alert, told notify.Told) bool {
	fresh := a.UpdatesAfter(told.Updates)
	return len(fresh) > 0 && !slices.ContainsFunc(fresh, func(u alert.Update) bool { return u.Kind != "reminded" })
}

// waits reports whether the page stays as it is while the alert's resource is opened and closed again and again: it ends
// once that is over, and rings only for what is worth it.
func waits(a *alert.Alert) bool {
	f := a.Flapping
	switch {
	case f == nil:
		return false
	case a.Status == alert.Resolved:
		return !f.Quiet
	default:
		return !f.Rings && a.Status == alert.Open
	}
}

// Standing implements notify.Pager.
func (n *Notifier) Standing(told notify.Told) string {
	switch {
	case told.DedupKey == "" || told.Status == "":
		return "PagerDuty: not sent yet"
	case told.Status == alert.Acknowledged || told.Status == alert.Resolved:
		return "PagerDuty: " + string(told.Status)
	default:
		return "PagerDuty: triggered"
	}
}

func (n *Notifier) routingKey() (secret.String, error) {
	key, err := secret.Read(n.cfg.RoutingKeyFile)
	if err != nil {
		return key, &notify.CredentialError{Err: fmt.Errorf("routing_key_file: %w", err)}
	}
	return key, nil
}

// send posts one event and sorts the answer into the classes of package notify.
func (n *Notifier) send(ctx context.Context, e event) error {
	key, err := n.routingKey()
	if err != nil {
		return err
	}
	e.RoutingKey = key.Reveal()
	return n.post(ctx, n.url, key, e)
}

// post brings an event to one of the two URLs.
func (n *Notifier) post(ctx context.Context, to string, key secret.String, e any) error {
	body, err := json.Marshal(e)
	if err != nil {
		return &notify.PermanentError{Err: fmt.Errorf("encode event: %w", err)}
	}
	err = httpcall.PostJSON(ctx, n.opts.Client, to, nil, body)
	status, ok := errors.AsType[*httpcall.StatusError](err)
	if !ok {
		return err
	}
	switch status.Status {
	case http.StatusBadRequest:
		return badRequest(status, hiding(key, to))
	case http.StatusRequestEntityTooLarge:
		return &notify.PermanentError{Err: status}
	case http.StatusUnauthorized, http.StatusForbidden:
		return &notify.CredentialError{Err: status}
	default:
		return err
	}
}

// hiding hides in an answer what was sent: the key, and where it was sent to, which at somebody's own relay may be a secret.
func hiding(key secret.String, target string) *strings.Replacer {
	hide := []string{key.Reveal(), "[routing key]"}
	if u, err := url.Parse(target); err == nil && len(u.Path) > 1 {
		hide = append(hide, u.Path, "[events_url]")
	}
	return strings.NewReplacer(hide...)
}

// badRequest reads what is wrong with an event. A complaint about the routing key is a matter of the settings,
// and another key may be put in its file; any other will never be accepted.
func badRequest(status *httpcall.StatusError, hide *strings.Replacer) error {
	var answer struct {
		Message string   `json:"message"`
		Errors  []string `json:"errors"`
	}
	if json.Unmarshal([]byte(status.Body), &answer) != nil {
		return &notify.PermanentError{Err: status}
	}
	said := hide.Replace(strings.Join(append([]string{answer.Message}, answer.Errors...), "; "))
	err := fmt.Errorf("%w: %s", status, short(said, 500))
	lower := strings.ToLower(said)
	if strings.Contains(lower, "routing_key") || strings.Contains(lower, "routing key") || strings.Contains(lower, "service key") {
		return &notify.CredentialError{Err: err}
	}
	return &notify.PermanentError{Err: err}
}
