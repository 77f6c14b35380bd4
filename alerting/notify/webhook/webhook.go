// Package webhook tells alerts to a SIEM: every revision is posted as an OCSF Detection Finding (class 2004) in
// JSON. finding_info.uid is the alert's id and stays the same; metadata.uid names the revision, so that a
// repeat after a crash can be recognised.
//
// # Signature
//
// With a secret set, each post carries
//
//	Trailwarden-Signature: t=1773453600,v1=<hex>
//
// where v1 is the HMAC-SHA256, under the secret, of the value of t, a full stop and the body. The receiver
// computes the same over the bytes it got and refuses a t far from its own clock.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/config/secret"
)

// SignatureHeader is the name of the header with the signature.
const SignatureHeader = "Trailwarden-Signature"

// Options are what a Notifier needs beside its settings.
type Options struct {
	Client *http.Client
	Page   func(id string) string // the address of an alert's page; nil: no link
	Now    func() time.Time
}

// Notifier posts to one URL.
type Notifier struct {
	cfg  notify.Webhook
	opts Options
}

var (
	_ notify.Notifier = (*Notifier)(nil)
	_ notify.Checker  = (*Notifier)(nil)
)

// New makes the notifier of a URL; it makes no call.
func New(cfg notify.Webhook, opts Options) *Notifier { return &Notifier{cfg: cfg, opts: opts} }

// Check reads the URL and the secret.
func (n *Notifier) Check(context.Context) error {
	_, _, err := n.secrets()
	return err
}

func (n *Notifier) secrets() (url, key secret.String, err error) {
	if url, err = secret.Read(n.cfg.URLFile); err != nil {
		return url, key, &notify.CredentialError{Err: fmt.Errorf("url_file: %w", err)}
	}
	if n.cfg.SecretFile == "" {
		return url, key, nil
	}
	if key, err = secret.Read(n.cfg.SecretFile); err != nil {
		return url, key, &notify.CredentialError{Err: fmt.Errorf("secret_file: %w", err)}
	}
	return url, key, nil
}

// Tell implements notify.Notifier.
func (n *Notifier) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	url, key, err := n.secrets()
	if err != nil {
		return told, err
	}
	body, err := json.Marshal(n.finding(a, told.Revision == 0))
	if err != nil {
		return told, &notify.PermanentError{Err: fmt.Errorf("encode finding: %w", err)}
	}
	header := http.Header{}
	if !key.Empty() {
		header.Set(SignatureHeader, Sign(key, n.opts.Now(), body))
	}
	if err := httpcall.PostJSON(ctx, n.opts.Client, url.Reveal(), header, body); err != nil {
		return told, sort(err)
	}
	told.Revision, told.Status, told.Severity = a.Revision, a.Status, a.Severity
	return told, nil
}

// sort puts an answer into the classes of package notify.
func sort(err error) error {
	status, ok := errors.AsType[*httpcall.StatusError](err)
	if !ok {
		return err
	}
	switch status.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return &notify.PermanentError{Err: err}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return &notify.CredentialError{Err: err}
	default:
		return err
	}
}

// Sign gives the value of the signature header for a body sent at a time.
func Sign(key secret.String, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
