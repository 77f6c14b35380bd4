package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/trailwarden/trailwarden/alerting/audit"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
)

type runCmd struct {
	Config string   `type:"path" required:"" placeholder:"FILE" help:"Settings."`
	Roles  []string `enum:"consumer,enrich,alerting" help:"What this process does: consumer, enrich, alerting; all by default."`
}

// sameSignal is the span within which a repeated signal is the same one, sent to the process and to its group.
const sameSignal = time.Second

func (runCmd) Help() string {
	return "SIGHUP reloads the settings; the first SIGTERM or interrupt drains and stops, the second stops at once.\n\n" +
		"Example:\n  trailwarden run --config /etc/trailwarden/trailwarden.yaml"
}

func (c runCmd) run(ctx context.Context, s *streams) (int, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	number, commit := buildVersion()
	built := make(chan *app.App, 1)
	done := make(chan error, 1)
	go func() {
		daemon, err := app.New(ctx, app.Options{
			ConfigFile: c.Config, Environ: s.environ, Roles: c.Roles, Version: number, Commit: commit, Log: s.log, Console: s.out,
		})
		if err == nil {
			built <- daemon
			err = daemon.Run(ctx)
		} else if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // stopped while it waited for NATS
		}
		done <- err
	}()
	var asked time.Time // when it was first asked to stop
	var daemon *app.App // nil while it is built, which may take as long as NATS is away
	var reloads sync.WaitGroup
	for {
		select {
		case daemon = <-built:
		case err := <-done:
			reloads.Wait()
			if err != nil {
				return exitFailure, err
			}
			return exitOK, nil
		case sig := <-signals:
			switch {
			case sig == syscall.SIGHUP:
				if d := daemon; d != nil {
					// The daemon logs what is wrong, and goes on with what it had. Signals are heard meanwhile.
					reloads.Go(func() { _ = d.Reload(ctx, audit.Entry{Actor: sig.String(), Via: audit.Signal}) })
				}
			case asked.IsZero():
				asked = time.Now()
				stop()
			case time.Since(asked) > sameSignal:
				return exitFailure, fmt.Errorf("stopped at once by a second %s; nothing stored is lost", sig)
			}
		}
	}
}
