package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/console"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/config"
)

type replayCmd struct {
	Config      string   `type:"path" placeholder:"FILE" help:"Settings; without, the defaults."`
	Format      string   `default:"text" enum:"text,jsonl" help:"What to print: a report (text) or a JSON object a line (jsonl)."`
	MinSeverity string   `default:"info" enum:"info,low,medium,high,critical" help:"Print alerts of this severity or above."`
	Paths       []string `arg:"" name:"path" help:"CloudTrail files or folders of them (.json, .jsonl, .gz, .zst), or - for standard input."`
}

func (replayCmd) Help() string {
	return "Alerts go to standard output, each once in its final state; a summary and the ledger to standard error.\n" +
		"The exit status is 1 if an input could not be read to its end, or nothing in it was understood.\n\n" +
		"Example:\n  trailwarden replay --min-severity medium ./AWSLogs"
}

func (c replayCmd) run(ctx context.Context, s *streams) (int, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := config.Load(c.Config, s.environ, false)
	if err != nil {
		return exitFailure, err
	}
	least, err := alert.ParseSeverity(c.MinSeverity)
	if err != nil {
		return exitUsage, err
	}
	bar := newProgressBar(s.err)
	found, err := app.Replay(ctx, cfg, c.Paths, s.in, s.log, bar.progress())
	bar.clear()
	if err != nil {
		return exitFailure, err
	}
	if err := c.print(s.out, found.Alerts, least); err != nil {
		return exitFailure, fmt.Errorf("print alerts: %w", err)
	}
	return c.summarize(s.err, found)
}

func (c replayCmd) print(w io.Writer, alerts []*alert.Alert, least alert.Severity) error {
	out := bufio.NewWriter(w)
	enc := newEncoder(out)
	enc.SetEscapeHTML(false)
	options := console.For(w)
	for _, a := range alerts {
		if a.Severity < least {
			continue
		}
		var err error
		if c.Format == "jsonl" {
			err = enc.Encode(a)
		} else {
			err = console.Render(out, a, options)
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func (c replayCmd) summarize(w io.Writer, found *app.Replayed) (int, error) {
	status := exitOK
	for _, err := range found.Unread {
		status = exitFailure
		fmt.Fprintf(w, "not read to its end: %s\n", visibleLines(err.Error()))
	}
	for _, err := range found.Foreign {
		status = exitFailure
		fmt.Fprintf(w, "nothing understood: %s\n", visibleLines(err.Error()))
	}
	count := map[alert.Severity]int{}
	for _, a := range found.Alerts {
		count[a.Severity]++
	}
	var by []string
	for _, sev := range alert.Severities() {
		if count[sev] > 0 {
			by = append([]string{fmt.Sprintf("%d %s", count[sev], sev)}, by...)
		}
	}
	if len(by) == 0 {
		by = []string{"none"}
	}
	l := found.Ledger
	fmt.Fprintf(w, "%d records of %d files in %s (%.0f a second); alerts: %s\n", l.Records.In, l.Objects.In,
		found.Elapsed.Round(time.Millisecond), float64(l.Records.In)/max(found.Elapsed.Seconds(), 1e-9), strings.Join(by, ", "))
	if l.Records.Quarantined > 0 {
		fmt.Fprintf(w, "%d records could not be read and were passed over; each is named above\n", l.Records.Quarantined)
	}
	for _, kind := range slices.Sorted(maps.Keys(found.Ignored)) {
		fmt.Fprintf(w, "%d passed by: %s\n", found.Ignored[kind], kind)
	}
	data, err := json.Marshal(l)
	if err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(w, "%s\n", data)
	return status, nil
}

// progressBar shows how far a replay has come.
type progressBar struct {
	w     io.Writer
	width int
	last  time.Time
	begin time.Time
}

func newProgressBar(w io.Writer) *progressBar {
	b := &progressBar{w: w, begin: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.width = 40
	}
	return b
}

// progress is what tells the bar; nil where there is no terminal to show it on.
func (b *progressBar) progress() app.Progress {
	if b.width == 0 {
		return nil
	}
	return b.show
}

func (b *progressBar) show(read, all int64) {
	if all <= 0 || time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	part := min(float64(read)/float64(all), 1)
	done := int(part * float64(b.width))
	left := ""
	if spent := time.Since(b.begin); part > 0.02 && spent > time.Second {
		left = " " + time.Duration(float64(spent)*(1-part)/part).Round(time.Second).String() + " left"
	}
	fmt.Fprintf(b.w, "\r\x1b[K[%s%s] %3.0f%%%s", strings.Repeat("=", done), strings.Repeat(" ", b.width-done), part*100, left)
}

func (b *progressBar) clear() {
	if b.width > 0 {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
