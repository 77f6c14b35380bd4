// Command trailwarden watches AWS CloudTrail for S3 buckets made public, and for what would hide it: it reads
// events from SQS queues or from files, knows who can reach every bucket, and tells Slack and PagerDuty, one
// scored and explained alert per exposure.
//
//	trailwarden run --config /etc/trailwarden/trailwarden.yaml    the daemon
//	trailwarden replay ./logs                                     the same stages over files, offline
//	trailwarden exposure --policy policy.json                     is this bucket public, for whom, and why
//	trailwarden reach --batch < questions.jsonl                   who can reach a bucket, through which statement
//	trailwarden check --config FILE                               every fault of the settings at once
//
// Results go to standard output, everything else to standard error. The exit status is 0 on success, 1 on
// failure and 2 on wrong usage; exposure has answers of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/trailwarden/trailwarden/config"
)

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// cli is the command line. Each command is a struct of its flags with a Run method in a file of its own.
type cli struct {
	Log logFlags `embed:"" prefix:"log."`

	Run      runCmd      `cmd:"" help:"Run the daemon."`
	Replay   replayCmd   `cmd:"" help:"Run the same stages over CloudTrail files, offline."`
	Exposure exposureCmd `cmd:"" help:"Say whether a bucket is public, for whom, and why."`
	Reach    reachCmd    `cmd:"" help:"Say who can reach a bucket, and through which statement."`
	Check    checkCmd    `cmd:"" help:"Tell every fault of the settings at once."`
	Rules    rulesCmd    `cmd:"" help:"List, show and test the detections."`
	Routes   routesCmd   `cmd:"" help:"Try out the routes."`
	Alerts   alertsCmd   `cmd:"" help:"List, show, acknowledge and resolve the alerts of a running daemon."`
	Silences silencesCmd `cmd:"" help:"Add, list and expire silences of a running daemon."`
	Dead     deadCmd     `cmd:"" help:"List, show and send again what a running daemon could not use or deliver."`
	Store    storeCmd    `cmd:"" help:"Verify what a daemon has stored."`
	Explain  explainCmd  `cmd:"" help:"Show an alert's score factor by factor, and what would have changed it."`
	Health   healthCmd   `cmd:"" help:"Ask a running daemon whether it is alive, or ready."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

type logFlags struct {
	Level  string `default:"info" enum:"debug,info,warn,error" help:"Least level logged: debug, info, warn or error."`
	Format string `default:"console" enum:"json,console" help:"Form of log lines: json or console."`
}

// streams is where a command reads and writes, and what it logs to.
type streams struct {
	in       io.Reader
	out, err io.Writer
	log      *zap.Logger
	environ  []string
}

// command is what every command does; the int is the exit status.
type command interface {
	run(ctx context.Context, s *streams) (int, error)
}

// exit is how help, printed by the parser, leaves it.
type exit int

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			code, ok := r.(exit)
			if !ok {
				panic(r)
			}
			status = int(code)
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("trailwarden"),
		kong.Description("Alerts on S3 buckets made public, and on what would hide it, from AWS CloudTrail.\n\n"+
			"Example:\n  trailwarden replay ./AWSLogs"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "trailwarden:", err)
		return exitFailure
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "trailwarden: %s\nRun \"trailwarden --help\" for the commands and their flags.\n", visible(err.Error()))
		return exitUsage
	}
	s := &streams{in: stdin, out: stdout, err: stderr, log: newLogger(c.Log, stderr), environ: os.Environ()}
	chosen, ok := parsed.Selected().Target.Addr().Interface().(command)
	if !ok {
		fmt.Fprintf(stderr, "trailwarden: %s is no command by itself\n", visible(parsed.Command()))
		return exitUsage
	}
	status, err = chosen.run(ctx, s)
	tell(stderr, err)
	return status
}

// tell prints what went wrong. Faults of the settings stand each on a line of its own, which begins with file and line.
func tell(w io.Writer, err error) {
	if faults, ok := errors.AsType[config.Faults](err); ok {
		fmt.Fprintln(w, visibleLines(faults.Error()))
	} else if err != nil {
		fmt.Fprintln(w, "trailwarden:", visibleLines(strings.TrimSpace(err.Error())))
	}
}

func newLogger(flags logFlags, w io.Writer) *zap.Logger {
	level, err := zapcore.ParseLevel(flags.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	settings := zap.NewProductionEncoderConfig()
	settings.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	settings.TimeKey = "time"
	encoder := zapcore.NewJSONEncoder(settings)
	if flags.Format == "console" {
		settings.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		encoder = zapcore.NewConsoleEncoder(settings)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(escaped{w})), level))
}
