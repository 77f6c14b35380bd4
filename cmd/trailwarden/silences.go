package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

type silencesCmd struct {
	Add    silencesAddCmd    `cmd:"" help:"Add a silence, and say what it would have hidden in the last 30 days."`
	List   silencesListCmd   `cmd:"" help:"List silences."`
	Expire silencesExpireCmd `cmd:"" help:"End a silence now; what is still open is told then."`
}

func (silencesCmd) Help() string {
	return "Example:\n  trailwarden silences add --bucket 'www-*' --for 2h --comment 'moving the web sites'"
}

type silencesAddCmd struct {
	daemonURL
	Severity []string      `enum:"info,low,medium,high,critical" help:"Only these severities."`
	Account  string        `help:"Only this account; a pattern."`
	Rule     string        `help:"Only this rule; a pattern."`
	Bucket   string        `help:"Only these buckets; a pattern."`
	Actor    string        `help:"Only this actor's ARN, role ARN, name or session; a pattern."`
	For      time.Duration `default:"2h" help:"How long."`
	Start    string        `placeholder:"TIME" help:"From when on, as RFC 3339; now by default."`
	Comment  string        `required:"" help:"Why."`
	Author   string        `help:"Who; the user by default."`
	DryRun   bool          `help:"Only say what it would have hidden."`
}

func (silencesAddCmd) Help() string {
	return "Alerts that match are recorded as suppressed; those still open at the end are told then.\n\n" +
		"Example:\n  trailwarden silences add --bucket 'www-*' --severity low,medium --for 2h --comment 'moving the web sites' --dry-run"
}

func (c silencesAddCmd) run(ctx context.Context, s *streams) (int, error) {
	want := silence.Silence{Account: c.Account, Rule: c.Rule, Bucket: c.Bucket, Actor: c.Actor, Author: c.Author, Comment: c.Comment, StartsAt: time.Now()}
	if want.Author == "" {
		want.Author = whoami()
	}
	for _, name := range c.Severity {
		severity, err := alert.ParseSeverity(name)
		if err != nil {
			return exitUsage, err
		}
		want.Severity = append(want.Severity, severity)
	}
	if c.Start != "" {
		at, err := time.Parse(time.RFC3339, c.Start)
		if err != nil {
			return exitUsage, fmt.Errorf("--start is no time; give it like 2026-12-01T08:00:00Z")
		}
		want.StartsAt = at
	}
	want.EndsAt = want.StartsAt.Add(c.For)
	path := "/api/v1/silences"
	if c.DryRun {
		path += "?dry_run=true"
	}
	var got struct {
		Silence silence.Silence `json:"silence"`
		Days    int             `json:"days"`
		Count   int             `json:"count"`
		Hidden  []alert.Alert   `json:"would_have_hidden"`
	}
	if err := c.call(ctx, http.MethodPost, path, want, &got); err != nil {
		return exitFailure, err
	}
	if !c.DryRun {
		fmt.Fprintln(s.out, got.Silence.ID)
	}
	fmt.Fprintf(s.err, "in the last %d days it would have hidden %d alerts\n", got.Days, got.Count)
	table := tabwriter.NewWriter(s.err, 0, 0, 2, ' ', 0)
	for i := range got.Hidden {
		a := &got.Hidden[i]
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Status, a.Severity, a.FirstSeen.UTC().Format(time.RFC3339), visible(a.Title), visible(a.Bucket))
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

type silencesListCmd struct {
	daemonURL
	All bool `help:"Those that have ended as well."`
}

func (silencesListCmd) Help() string { return "Example:\n  trailwarden silences list" }

func (c silencesListCmd) run(ctx context.Context, s *streams) (int, error) {
	var all []silence.Silence
	if err := c.call(ctx, http.MethodGet, "/api/v1/silences", nil, &all); err != nil {
		return exitFailure, err
	}
	now := time.Now()
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for i := range all {
		one := &all[i]
		if !c.All && !now.Before(one.EndsAt) {
			continue
		}
		ended := ""
		if one.EndedBy != "" {
			ended = "ended by " + visible(one.EndedBy)
		}
		fmt.Fprintf(table, "%s\t%s\t%s – %s\t%s\t%s\t%s\n", one.ID, visible(one.Matchers()), one.StartsAt.UTC().Format(time.RFC3339),
			one.EndsAt.UTC().Format(time.RFC3339), visible(one.Author), visible(one.Comment), ended)
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

type silencesExpireCmd struct {
	daemonURL
	ID string `arg:"" help:"Id of the silence."`
}

func (silencesExpireCmd) Help() string { return "Example:\n  trailwarden silences expire 7ae6ade76055" }

func (c silencesExpireCmd) run(ctx context.Context, s *streams) (int, error) {
	var one silence.Silence
	if err := c.call(ctx, http.MethodPost, "/api/v1/silences/"+url.PathEscape(c.ID)+"/expire", map[string]string{"by": whoami()}, &one); err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(s.out, "%s ended at %s\n", one.ID, one.EndsAt.UTC().Format(time.RFC3339))
	return exitOK, nil
}

// whoami is the name of the user who runs the command.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "command line"
}
