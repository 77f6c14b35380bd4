// Package httpcall makes the calls to receivers' services: at most ten seconds long, never redirected, with
// answers read up to a limit, and with errors that name no URL, since a URL may itself be the secret.
package httpcall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify"
)

const (
	// Timeout is when a call is given up.
	Timeout = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes.
	maxAnswer = 4 << 20
	// maxWait bounds what a service may ask for with Retry-After.
	maxWait = 15 * time.Minute
)

// NewClient gives a client of its own connections, for one kind of receiver.
func NewClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 4
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport:     limited{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// limited cuts every answer at maxAnswer.
type limited struct{ next *http.Transport }

// RoundTrip implements http.RoundTripper.
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (l limited) CloseIdleConnections() { l.next.CloseIdleConnections() }

// StatusError is an answer that is no success.
type StatusError struct {
	Status int
	Body   string // the beginning, for whoever reads the dead letters; may hold what was sent
}

// Error implements error; it does not show the body.
func (e *StatusError) Error() string {
	return fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
}

// PostJSON sends body and returns nil for any 2xx. Any other answer is a *StatusError; where the service says
// how long to wait it comes inside a *notify.RetryAfterError. Errors hold neither URL nor headers.
func PostJSON(ctx context.Context, client *http.Client, target string, header http.Header, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil || req.URL.Host == "" || req.URL.Scheme != "https" && req.URL.Scheme != "http" {
		return errors.New("the URL is not valid; give it in full, with https:// and a host")
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "trailwarden")
	resp, err := client.Do(req)
	if err != nil {
		return Anonymous(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 8<<10))
	if resp.StatusCode/100 == 2 {
		return nil // the status is the answer; what else the body said does not matter
	}
	if err != nil {
		answer = nil
	}
	status := &StatusError{Status: resp.StatusCode, Body: string(answer)}
	if after, ok := RetryAfter(resp.Header); ok && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
		return &notify.RetryAfterError{After: after, Err: status}
	}
	return status
}

// RetryAfter reads the header of that name, in seconds or as a date.
func RetryAfter(h http.Header) (time.Duration, bool) {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, maxWait.Seconds()) * float64(time.Second)), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), maxWait), true
	}
	return 0, false
}

// Anonymous drops from an error of net/http the URL it names, and keeps the cause.
func Anonymous(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return fmt.Errorf("no answer within %s: %w", Timeout, u.Err)
		}
		return u.Err
	}
	return err
}

// NeverSent reports whether the call failed before a byte of it left: the service cannot have acted on it.
func NeverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
