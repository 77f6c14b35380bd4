package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
)

type checkCmd struct {
	Config  string `type:"path" required:"" placeholder:"FILE" help:"Settings to check."`
	Offline bool   `help:"Do not ask the queues about their redrive policies."`
}

func (checkCmd) Help() string {
	return "Tells every fault, a line each: FILE:LINE: KEY: what is wrong and what to do. Opens the data files, loads the\n" +
		"rules, reads the secrets' files without showing them, and prints the effective scoring table.\n\n" +
		"Example:\n  trailwarden check --config /etc/trailwarden/trailwarden.yaml"
}

const checkWait = 20 * time.Second

func (c checkCmd) run(ctx context.Context, s *streams) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	report, err := app.Check(ctx, c.Config, s.environ, !c.Offline, s.log)
	if err != nil {
		return exitFailure, err
	}
	for _, w := range report.Warnings {
		fmt.Fprintln(s.err, "warning:", visibleLines(w))
	}
	fmt.Fprintf(s.out, "%s is sound: %d rules, %d queues, %d receivers\n\nscoring in effect:\n", visible(c.Config), report.Rules, report.Queues, report.Receivers)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range report.Scoring {
		fmt.Fprintf(table, "  %s\t%d\t%s\n", row.Name, row.Points, row.Meaning)
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}
