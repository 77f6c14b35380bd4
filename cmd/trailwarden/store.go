package main

import (
	"context"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

type storeCmd struct {
	Check storeCheckCmd `cmd:"" help:"Verify every stream and bucket: what is damaged, what was lost, what to do."`
}

func (storeCmd) Help() string {
	return "Example:\n  trailwarden store check"
}

type storeCheckCmd struct {
	daemonURL
	DataDir string `placeholder:"DIR" help:"Verify the store of a stopped daemon instead: data_dir of its settings."`
}

func (storeCheckCmd) Help() string {
	return "Asks a running daemon, which reads all its files, or reads the files of one that is stopped and changes nothing. " +
		"The exit status is 1 if anything is damaged or missing now.\n\n" +
		"Examples:\n  trailwarden store check --url http://127.0.0.1:9464\n  trailwarden store check --data-dir /var/lib/trailwarden"
}

func (c storeCheckCmd) run(ctx context.Context, s *streams) (int, error) {
	var report bus.StoreReport
	var err error
	if c.DataDir != "" {
		report, err = bus.CheckStopped(c.DataDir)
	} else {
		err = c.call(ctx, http.MethodGet, "/api/v1/store", nil, &report)
	}
	if err != nil {
		return exitFailure, err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, one := range report.Streams {
		state := "ok"
		if len(one.Problems) > 0 {
			state = "DAMAGED"
		}
		fmt.Fprintf(table, "%s\t%d messages\tlast sequence %d\t%s\n", visible(one.Stream), one.Messages, one.Last, state)
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	for _, one := range report.Streams {
		for _, problem := range one.Problems {
			fmt.Fprintf(s.out, "\n%s: %s", visible(one.Stream), visible(problem))
		}
		if one.Do != "" {
			fmt.Fprintf(s.out, "\n%s: %s\n", visible(one.Stream), visible(one.Do))
		}
	}
	for _, l := range report.Losses {
		fmt.Fprintf(s.out, "\nlost %s: %s, at most %d", l.Found.UTC().Format(time.RFC3339), visible(l.Stream), l.Count)
		if l.Key != "" {
			fmt.Fprintf(s.out, ", %s", visible(l.Key))
		}
		if !l.From.IsZero() || !l.To.IsZero() {
			fmt.Fprintf(s.out, ", stored %s to %s", moment(l.From), moment(l.To))
		}
		fmt.Fprintf(s.out, "\n  %s\n  %s\n", visible(l.Reason), visible(l.Do))
	}
	if !report.Whole() {
		return exitFailure, nil
	}
	return exitOK, nil
}

// moment is a time, or what stands for one that is not known.
func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}
