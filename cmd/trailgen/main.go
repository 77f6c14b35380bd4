// Command trailgen writes CloudTrail log files for benchmarks and for trying things out, in the layout of a
// trail's bucket. The same flags give the same bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
)

const usage = `Usage: trailgen [flags] DIR

Writes generated CloudTrail log files below DIR, in the layout of a trail's bucket.

Example:
  trailgen -records 200000 -actors 5000 /tmp/trail
  trailwarden replay /tmp/trail

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0, 1 when writing failed, 2 for wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	cfg, dir, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "trailgen:", err)
		return 2
	}
	s, err := gen.WriteDir(dir, cfg)
	if err != nil {
		fmt.Fprintln(stderr, "trailgen:", err)
		return 1
	}
	fmt.Fprintf(stdout, "%d records in %d files, %d MB unpacked; %d buckets opened, %d of them closed again\n",
		s.Records, s.Files, s.Bytes/1e6, s.Opened, s.Closed)
	return 0
}

func parse(args []string, stderr io.Writer) (cfg gen.Config, dir string, err error) {
	cfg = gen.DefaultConfig()
	start := cfg.Start.Format(time.RFC3339)
	flags := flag.NewFlagSet("trailgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.IntVar(&cfg.Records, "records", cfg.Records, "records in all")
	flags.IntVar(&cfg.PerFile, "per-file", cfg.PerFile, "records in each file")
	flags.IntVar(&cfg.Actors, "actors", cfg.Actors, "distinct actors")
	flags.IntVar(&cfg.Buckets, "buckets", cfg.Buckets, "distinct buckets")
	flags.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "seed: the same one gives the same bytes")
	flags.Float64Var(&cfg.Exposed, "exposed", cfg.Exposed, "share of records that open a bucket to the world")
	flags.Float64Var(&cfg.Writes, "writes", cfg.Writes, "share of records that change security groups, policies, keys or instances, spread over all actors")
	flags.IntVar(&cfg.PerHour, "per-hour", cfg.PerHour, "events in an hour of event time")
	flags.StringVar(&cfg.Account, "account", cfg.Account, "account number")
	flags.StringVar(&cfg.Region, "region", cfg.Region, "region")
	flags.StringVar(&start, "start", start, "time of the first event, RFC 3339")
	flags.BoolVar(&cfg.Compress, "gzip", cfg.Compress, "compress the files")
	if err := flags.Parse(args); err != nil {
		return cfg, "", err
	}
	if flags.NArg() != 1 {
		return cfg, "", errors.New("name the folder to write to (-h tells more)")
	}
	if cfg.Start, err = time.Parse(time.RFC3339, start); err != nil {
		return cfg, "", fmt.Errorf("start: %w", err)
	}
	return cfg, flags.Arg(0), cfg.Validate()
}
