package main

import (
	"context"
	"errors"
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
	Resend deadResendCmd `cmd:"" help:"Tell a receiver again, or read the object again."`
	Drop   deadDropCmd   `cmd:"" help:"Give dead letters up."`
}

func (deadCmd) Help() string {
	return "What a stage could not read, and what a receiver refused for good, is parked with its reason.\n\nExample:\n  trailwarden dead list --stage notify"
}

type deadListCmd struct {
	daemonURL
	Stage string `help:"Only this stage: consumer, enrich, alerting or notify."`
	Limit int    `default:"0" help:"At most so many; 0 for all."`
	After uint64 `placeholder:"NUMBER" help:"Only those behind this one: the next page."`
}

func (deadListCmd) Help() string { return "Example:\n  trailwarden dead list --stage notify" }

func (c deadListCmd) run(ctx context.Context, s *streams) (int, error) {
	if c.Limit < 0 {
		return exitUsage, errors.New("--limit must be 0 or more, for example 20")
	}
	query := url.Values{}
	if c.Stage != "" {
		query.Set("stage", c.Stage)
	}
	if c.After > 0 {
		query.Set("cursor", strconv.FormatUint(c.After, 10))
	}
	if c.Limit > 0 && c.Limit < pageLimit {
		query.Set("limit", strconv.Itoa(c.Limit))
	}
	var all []web.Letter
	more := "/api/v1/dead?" + query.Encode()
	for more != "" && (c.Limit == 0 || len(all) < c.Limit) {
		var page []web.Letter
		var err error
		if more, err = c.page(ctx, http.MethodGet, more, nil, &page); err != nil {
			return exitFailure, err
		}
		all = append(all, page...)
	}
	if c.Limit > 0 && len(all) > c.Limit {
		all, more = all[:c.Limit], "more"
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, l := range all {
		fmt.Fprintf(table, "%d\t%s\t%s\t%d bytes\t%s\t%s\n", l.Sequence, visible(l.Stage), l.Time.UTC().Format(time.RFC3339), l.Size, visible(l.ID), visible(l.Reason))
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	if more != "" {
		fmt.Fprintf(s.err, "there are more: --after %d\n", all[len(all)-1].Sequence)
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

type deadDropCmd struct {
	daemonURL
	Stage     string   `help:"All letters of this stage: consumer, enrich, alerting or notify."`
	Sequences []uint64 `arg:"" optional:"" name:"sequence" help:"Numbers of letters, as listed."`
}

func (deadDropCmd) Help() string {
	return "Example:\n  trailwarden dead drop 17 18\n  trailwarden dead drop --stage consumer"
}

func (c deadDropCmd) run(ctx context.Context, s *streams) (int, error) {
	if (c.Stage == "") == (len(c.Sequences) == 0) {
		return exitUsage, errors.New("name letters by their numbers, or all of a stage with --stage")
	}
	paths := []string{"/api/v1/dead?stage=" + url.QueryEscape(c.Stage)}
	if c.Stage == "" {
		paths = nil
		for _, sequence := range c.Sequences {
			paths = append(paths, deadLetter{Sequence: sequence}.path())
		}
	}
	var sum uint64
	for _, path := range paths {
		var answer struct{ Dropped uint64 }
		if err := c.call(ctx, http.MethodDelete, path, map[string]string{"by": whoami()}, &answer); err != nil {
			return exitFailure, err
		}
		sum += answer.Dropped
	}
	fmt.Fprintf(s.out, "%d dropped\n", sum)
	return exitOK, nil
}
