package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthCmd struct {
	URL   string `default:"http://127.0.0.1:9464" help:"Where the daemon's API is."`
	Ready bool   `help:"Ask whether it is ready: events are taken in and stored, and no receiver refuses its credentials."`
}

func (healthCmd) Help() string {
	return "For health checks in images without a shell. Asks /-/serving, or /-/ready, which need no token.\n\n" +
		"Example:\n  trailwarden health --url http://127.0.0.1:9464"
}

const (
	healthWait   = 5 * time.Second
	healthAnswer = 16 << 10 // bytes shown at most
)

// run prints the daemon's answer; any status but 200 is a failure.
func (c healthCmd) run(ctx context.Context, s *streams) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	path := "/-/serving"
	if c.Ready {
		path = "/-/ready"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.URL, "/")+path, nil)
	if err != nil {
		return exitFailure, errors.New("--url is no URL; give it like http://127.0.0.1:9464")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return exitFailure, fmt.Errorf("ask the daemon: %w; is it running, and is --url right?", err)
	}
	defer func() { _ = resp.Body.Close() }() // read as far as it is shown
	answer, err := io.ReadAll(io.LimitReader(resp.Body, healthAnswer))
	if err != nil {
		return exitFailure, fmt.Errorf("read the daemon's answer: %w", err)
	}
	for line := range strings.Lines(string(answer)) {
		fmt.Fprintln(s.out, visible(strings.TrimSpace(line)))
	}
	if resp.StatusCode != http.StatusOK {
		return exitFailure, fmt.Errorf("the daemon answered %s", resp.Status)
	}
	return exitOK, nil
}
