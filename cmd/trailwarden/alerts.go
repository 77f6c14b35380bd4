package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/config/secret"
)

// daemonURL says which running daemon a command asks.
type daemonURL struct {
	URL       string `default:"http://127.0.0.1:9464" help:"Where the daemon's API is."`
	TokenFile string `type:"path" placeholder:"FILE" help:"File with the token of http.token_file."`
}

const (
	apiWait = 15 * time.Second
	// pageLimit is how many alerts the daemon gives at once.
	pageLimit = 500
)

// call asks the API and reads its answer into v.
func (d daemonURL) call(ctx context.Context, method, path string, body, v any) error {
	_, err := d.page(ctx, method, path, body, v)
	return err
}

// page is call for an answer that may go on: at next, if that is not empty.
func (d daemonURL) page(ctx context.Context, method, path string, body, v any) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, apiWait)
	defer cancel()
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return "", fmt.Errorf("encode request: %w", err)
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(d.URL, "/")+path, payload)
	if err != nil {
		return "", errors.New("--url is no URL; give it like http://127.0.0.1:9464")
	}
	if d.TokenFile != "" {
		token, err := secret.Read(d.TokenFile)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the daemon: %w; is it running, and is --url right?", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end below
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", fmt.Errorf("read the daemon's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(data, &problem) != nil || problem.Error == "" {
			problem.Error = resp.Status
		}
		return "", fmt.Errorf("the daemon answered: %s", visible(problem.Error))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return "", fmt.Errorf("read the daemon's answer: %w", err)
	}
	link, more := strings.CutSuffix(resp.Header.Get("Link"), `>; rel="next"`)
	if next = strings.TrimPrefix(link, "<"); !more || !strings.HasPrefix(next, "/") {
		return "", nil
	}
	return next, nil
}

type alertsCmd struct {
	List    alertsListCmd    `cmd:"" help:"List alerts, newest first."`
	Show    alertsShowCmd    `cmd:"" help:"Show one alert as JSON."`
	Ack     alertsAckCmd     `cmd:"" help:"Acknowledge an alert."`
	Resolve alertsResolveCmd `cmd:"" help:"Resolve an alert."`
}

func (alertsCmd) Help() string { return "Example:\n  trailwarden alerts list --status open" }

type alertsListCmd struct {
	daemonURL
	Status   string `enum:",open,acknowledged,resolved,suppressed" default:"" help:"Only this status."`
	Severity string `enum:",info,low,medium,high,critical" default:"" help:"Only this severity."`
	Bucket   string `help:"Only this bucket."`
	Since    string `placeholder:"TIME" help:"Only with an event since then, as RFC 3339."`
	Limit    int    `default:"0" help:"At most so many; 0 for all."`
}

func (alertsListCmd) Help() string { return "Example:\n  trailwarden alerts list --status open" }

func (c alertsListCmd) run(ctx context.Context, s *streams) (int, error) {
	query := url.Values{}
	for key, value := range map[string]string{"status": c.Status, "severity": c.Severity, "bucket": c.Bucket, "since": c.Since} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if c.Limit < 0 {
		return exitUsage, errors.New("--limit must be 0 or more, for example 20")
	}
	if c.Limit > 0 && c.Limit < pageLimit {
		query.Set("limit", strconv.Itoa(c.Limit))
	}
	var alerts []alert.Alert
	for path := "/api/v1/alerts?" + query.Encode(); path != "" && (c.Limit == 0 || len(alerts) < c.Limit); {
		var page []alert.Alert
		var err error
		if path, err = c.page(ctx, http.MethodGet, path, nil, &page); err != nil {
			return exitFailure, err
		}
		alerts = append(alerts, page...)
	}
	if c.Limit > 0 {
		alerts = alerts[:min(len(alerts), c.Limit)]
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for i := range alerts {
		a := &alerts[i]
		fmt.Fprintf(table, "%s\t%s\t%s %d\t%s\t%s\t%s\n", a.ID, a.Status, a.Severity, a.Score, a.FirstSeen.UTC().Format(time.RFC3339),
			visible(wording.Title(a)), visible(wording.Object(a)))
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

// alertID is a command on one alert.
type alertID struct {
	daemonURL
	ID string `arg:"" help:"Id of the alert."`
}

func (c alertID) path() string { return "/api/v1/alerts/" + url.PathEscape(c.ID) }

type alertsShowCmd struct{ alertID }

func (alertsShowCmd) Help() string {
	return "Example:\n  trailwarden alerts show 7ae6ade76055e6ef28f0cc71"
}

func (c alertsShowCmd) run(ctx context.Context, s *streams) (int, error) {
	var a alert.Alert
	if err := c.call(ctx, http.MethodGet, c.path(), nil, &a); err != nil {
		return exitFailure, err
	}
	enc := newEncoder(s.out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(&a); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

type alertsAckCmd struct {
	alertID
	Reason string `help:"Why."`
}

func (alertsAckCmd) Help() string {
	return "Example:\n  trailwarden alerts ack 7ae6ade76055e6ef28f0cc71 --reason 'looking into it'"
}

func (c alertsAckCmd) run(ctx context.Context, s *streams) (int, error) {
	return c.do(ctx, s, "/ack", c.Reason)
}

type alertsResolveCmd struct {
	alertID
	Reason string `help:"Why."`
}

func (alertsResolveCmd) Help() string {
	return "Example:\n  trailwarden alerts resolve 7ae6ade76055e6ef28f0cc71 --reason 'public on purpose'"
}

func (c alertsResolveCmd) run(ctx context.Context, s *streams) (int, error) {
	return c.do(ctx, s, "/resolve", c.Reason)
}

func (c alertID) do(ctx context.Context, s *streams, action, reason string) (int, error) {
	by := whoami()
	var a alert.Alert
	if err := c.call(ctx, http.MethodPost, c.path()+action, map[string]string{"by": by, "reason": reason}, &a); err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(s.out, "%s is %s\n", visible(a.ID), a.Status)
	return exitOK, nil
}
