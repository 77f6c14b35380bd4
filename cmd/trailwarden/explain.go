package main

import (
	"context"
	"fmt"
	"net/http"
	"text/tabwriter"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/score"
)

type explainCmd struct{ alertID }

func (explainCmd) Help() string { return "Example:\n  trailwarden explain 7ae6ade76055e6ef28f0cc71" }

func (c explainCmd) run(ctx context.Context, s *streams) (int, error) {
	var a alert.Alert
	if err := c.call(ctx, http.MethodGet, c.path(), nil, &a); err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(s.out, "%s\n%s\n\n", visible(a.Title), visible(a.Summary))
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, f := range a.Factors {
		fmt.Fprintf(table, "  %+d\t%s\t%s\n", f.Points, visible(f.Name), visible(score.Label(f.Name)+": "+f.Detail))
	}
	fmt.Fprintf(table, "  %d\t%s\t\n", a.Score, a.Severity)
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	if a.Counterfactual != "" {
		fmt.Fprintf(s.out, "\n%s\n", visible(a.Counterfactual))
	}
	s.list("known from", a.Source.Sources)
	s.list("not known, or old", a.Source.Missing)
	return exitOK, nil
}

// list prints what the address was judged by, or lacked.
func (s *streams) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(s.out, "\nof the address, %s\n", title)
	for _, item := range items {
		fmt.Fprintf(s.out, "  %s\n", visible(item))
	}
}
