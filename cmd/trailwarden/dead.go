package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/trailwarden/trailwarden/alerting/web"
)

type deadCmd struct {
	List   deadListCmd   `cmd:"" help:"List dead letters, oldest first."`
	Show   deadShowCmd   `cmd:"" help:"Show a dead letter in full."`
	Resend deadResendCmd `cmd:"" help:"Send what a receiver refused again."`
}

func (deadCmd) Help() string {
	return "What a stage could not read, and what a receiver refused for good, is parked with its reason.\n\nExample:\n  trailwarden dead list --stage notify"
}

type deadListCmd struct {
	daemonURL
	Stage string `help:"Only this stage: consumer, enrich, alerting or notify."`
}

func (deadListCmd) Help() string { return "Example:\n  trailwarden dead list --stage notify" }

func (c deadListCmd) run(ctx context.Context, s *streams) (int, error) {
	var all []web.Letter
	if err := c.call(ctx, http.MethodGet, "/api/v1/dead?stage="+url.QueryEscape(c.Stage), nil, &all); err != nil {
		return exitFailure, err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, l := range all {
		fmt.Fprintf(table, "%d\t%s\t%s\t%d bytes\t%s\t%s\n", l.Sequence, visible(l.Stage), l.Time.UTC().Format(time.RFC3339), l.Size, visible(l.ID), visible(l.Reason))
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

// deadLetter is a command on one dead letter.
type deadLetter struct {
	daemonURL
	Sequence uint64 `arg:"" help:"Number of the letter, as listed."`
}

func (c deadLetter) path() string { return "/api/v1/dead/" + strconv.FormatUint(c.Sequence, 10) }

type deadShowCmd struct{ deadLetter }

func (deadShowCmd) Help() string { return "Example:\n  trailwarden dead show 17" }

func (c deadShowCmd) run(ctx context.Context, s *streams) (int, error) {
	var l web.Letter
	if err := c.call(ctx, http.MethodGet, c.path(), nil, &l); err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(s.out, "stage   %s\nfrom    %s\nreason  %s\ntime    %s\nsize    %d bytes\n\n", visible(l.Stage), visible(l.ID), visible(l.Reason), l.Time.UTC().Format(time.RFC3339), l.Size)
	if l.Text != "" {
		fmt.Fprintln(s.out, visible(l.Text))
	} else {
		fmt.Fprintf(s.out, "%q\n", l.Data)
	}
	return exitOK, nil
}

type deadResendCmd struct{ deadLetter }

func (deadResendCmd) Help() string { return "Example:\n  trailwarden dead resend 17" }

func (c deadResendCmd) run(ctx context.Context, s *streams) (int, error) {
	if err := c.call(ctx, http.MethodPost, c.path()+"/resend", map[string]string{"by": whoami()}, new(map[string]uint64)); err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(s.out, "%d is queued again\n", c.Sequence)
	return exitOK, nil
}
