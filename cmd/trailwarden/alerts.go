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

const apiWait = 15 * time.Second

// call asks the API and reads its answer into v.
func (d daemonURL) call(ctx context.Context, method, path string, body, v any) error {
	ctx, cancel := context.WithTimeout(ctx, apiWait)
	defer cancel()
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(d.URL, "/")+path, payload)
	if err != nil {
		return errors.New("--url is no URL; give it like http://127.0.0.1:9464")
	}
	if d.TokenFile != "" {
		token, err := secret.Read(d.TokenFile)
		if err != nil {
			return fmt.Errorf("--token-file: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the daemon: %w; is it running, and is --url right?", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end below
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(data, &problem) != nil || problem.Error == "" {
			problem.Error = resp.Status
		}
		return fmt.Errorf("the daemon answered: %s", visible(problem.Error))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
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
}

func (alertsListCmd) Help() string { return "Example:\n  trailwarden alerts list --status open" }

func (c alertsListCmd) run(ctx context.Context, s *streams) (int, error) {
	query := url.Values{}
	for key, value := range map[string]string{"status": c.Status, "severity": c.Severity, "bucket": c.Bucket} {
		if value != "" {
			query.Set(key, value)
		}
	}
	var alerts []alert.Alert
	if err := c.call(ctx, http.MethodGet, "/api/v1/alerts?"+query.Encode(), nil, &alerts); err != nil {
		return exitFailure, err
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
	fmt.Fprintf(s.out, "%s is %s\n", a.ID, a.Status)
	return exitOK, nil
}
