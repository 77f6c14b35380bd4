package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/config"
)

// taskVariable makes the test binary do one thing and end: what it cost can then be told to the last page.
const taskVariable = "TRAILWARDEN_TEST_TASK"

// task is what a process of its own does for BenchmarkRatio: unpack, replay or daemon.
type task struct {
	Kind    string
	Folder  string // of log files
	Config  string // settings file; empty for the defaults
	Records int64
}

// run returns the exit status.
func (t task) run() int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	work := map[string]func(context.Context) error{"unpack": t.unpack, "replay": t.replay, "daemon": t.daemon}
	if err := work[t.Kind](ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := tellPeak(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// tellPeak prints the most memory this process had at a time, and the limit it set itself, in KiB. What wait says of a child counts in what its
// parent had before it became another program.
func tellPeak() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println(strings.TrimSuffix(strings.TrimSpace(peak), " kB"), debug.SetMemoryLimit(-1)>>10)
		}
	}
	return nil
}

// unpack unpacks the files with the library, one after the other.
func (t task) unpack(context.Context) error {
	z := new(gzip.Reader)
	return filepath.WalkDir(t.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err = z.Reset(f); err == nil {
			_, err = io.Copy(io.Discard, z)
		}
		return errors.Join(err, f.Close())
	})
}

func (t task) replay(ctx context.Context) error {
	cfg, err := config.Load(t.Config, nil, false)
	if err != nil {
		return err
	}
	found, err := app.Replay(ctx, cfg, []string{t.Folder}, nil, zap.NewNop(), nil)
	if err == nil && found.Ledger.Records.In != t.Records {
		err = fmt.Errorf("%d records, want %d", found.Ledger.Records.In, t.Records)
	}
	return err
}

// daemon runs until its ledger shows all records as enriched.
func (t task) daemon(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	started := make(chan string, 1)
	a, err := app.New(ctx, app.Options{
		ConfigFile: t.Config, Log: zap.NewNop(), Console: io.Discard, Started: func(addr string) { started <- addr },
	})
	if err != nil {
		return err
	}
	watched := make(chan error, 1)
	go func() {
		defer cancel()
		watched <- t.watch(ctx, "http://"+<-started)
	}()
	return errors.Join(a.Run(ctx), <-watched)
}

// watch waits for the records to be enriched as a metrics collector would, and then asks for the ledger once: it reads
// all that waits, which is not the daemon's daily work.
func (t task) watch(ctx context.Context, url string) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for done := int64(0); done < t.Records; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		page, err := fetch(ctx, url+"/metrics")
		if err != nil {
			return err
		}
		done = 0
		for line := range strings.Lines(string(page)) {
			if name, value, ok := strings.Cut(line, " "); ok && strings.HasPrefix(name, "trailwarden_enrich_records_total{") {
				n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				if err != nil {
					return err
				}
				done += int64(n)
			}
		}
	}
	page, err := fetch(ctx, url+"/api/v1/ledger")
	if err != nil {
		return err
	}
	var l app.Ledger
	if err := json.Unmarshal(page, &l); err != nil {
		return err
	}
	if r := l.Records; r.Matched+r.Unmatched+r.Duplicate+r.Quarantined+r.Pending != t.Records || l.Unaccounted != 0 {
		return fmt.Errorf("the ledger does not close: %s", page)
	}
	return nil
}

func fetch(ctx context.Context, url string) (page []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return io.ReadAll(resp.Body)
}

// cost is the processor time and the most memory a process took, and the limit it was to stay below.
type cost struct {
	cpu           time.Duration
	mib, limitMiB float64
}

// measure runs the task in a process of its own.
func (t task) measure(b *testing.B) cost {
	b.Helper()
	spec, err := json.Marshal(t)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), taskVariable+"="+string(spec))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", t.Kind, err, stderr.String())
	}
	c := cost{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if _, err := fmt.Sscan(string(out), &c.mib, &c.limitMiB); err != nil {
		b.Fatal(err)
	}
	c.mib, c.limitMiB = c.mib/1024, c.limitMiB/1024
	return c
}

// gunzip is what the program takes to unpack the files alone; nothing where there is no such program.
func gunzip(b *testing.B, folder string) cost {
	b.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "gunzip", append([]string{"-c"}, files...)...)
	if err := cmd.Run(); errors.Is(err, exec.ErrNotFound) {
		return cost{}
	} else if err != nil {
		b.Fatal(err)
	}
	return cost{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// BenchmarkRatio prints what the stages cost in processor time, as multiples of unpacking the same files alone, by the
// program gunzip and by the Go library, and the most memory they took. Everything is measured several times, in turn, and the medians are compared: run it
// alone on a machine, with -benchtime=1x.
func BenchmarkRatio(b *testing.B) {
	const records, rounds = 200_000, 5
	dir := b.TempDir()
	large, small := filepath.Join(dir, "large"), filepath.Join(dir, "small")
	generate(b, large, records, 10_000)
	generate(b, small, records, 5)
	var stores int
	daemon := func(folder string) func() cost {
		return func() cost {
			stores++
			file := settings(b, dir, fmt.Sprintf("daemon%d", stores), fmt.Sprintf(
				"data_dir: store%d\nhttp: {listen: \"127.0.0.1:0\"}\nconsumer: {files: [%s]}\nalerting:\n"+
					"  receivers: [{name: terminal, console: {}}]\n  routes: [{receivers: [terminal]}]\n", stores, folder))
			defer func() { _ = os.RemoveAll(filepath.Join(dir, fmt.Sprintf("store%d", stores))) }() // room for the next
			return task{"daemon", folder, file, records}.measure(b)
		}
	}
	once := func(t task) func() cost { return func() cost { return t.measure(b) } }
	bare := settings(b, dir, "bare", "rules: {disabled: ["+strings.Join(others(b, "s3-public-acl", "s3-public-policy"), ", ")+"]}\n")
	full := settings(b, dir, "full", "rules: {files: ["+sigmaFiles(b, dir, 60)+"]}\n")
	for range b.N {
		m := measured{}
		for range rounds {
			for name, run := range map[string]func() cost{
				"gunzip": func() cost { return gunzip(b, large) }, "library": once(task{"unpack", large, "", records}), "replay": once(task{"replay", large, "", records}),
				"replay-5": once(task{"replay", small, "", records}), "daemon": daemon(large), "daemon-5": daemon(small),
				"bare": once(task{"replay", large, bare, records}), "full": once(task{"replay", large, full, records}),
			} {
				m[name] = append(m[name], run())
			}
		}
		m.report(b)
	}
}

// BenchmarkReplay replays in this process, for a profile to show what each stage takes of it:
//
//	go test -run='^$' -bench='Replay$' -benchtime=5x -cpuprofile=cpu.out ./cmd/internal/app
//	go tool pprof -top -cum -relative_percentages -focus='app.\(\*replay\)' cpu.out
func BenchmarkReplay(b *testing.B) {
	const records = 200_000
	dir := b.TempDir()
	generate(b, dir, records, 10_000)
	for b.Loop() {
		if err := (task{"replay", dir, "", records}).replay(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// measured holds every cost of a task, by its name.
type measured map[string][]cost

func (m measured) cpu(name string) float64 {
	slices.SortFunc(m[name], func(x, y cost) int { return int(x.cpu - y.cpu) })
	return m[name][len(m[name])/2].cpu.Seconds()
}

func (m measured) mib(name string) float64 {
	most := 0.0
	for _, c := range m[name] {
		most = max(most, c.mib)
	}
	return most
}

func (m measured) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // says nothing
	for _, alone := range []string{"gunzip", "library"} {
		if m.cpu(alone) > 0 {
			b.ReportMetric(m.cpu(alone), alone+"-cpu-s")
			b.ReportMetric(m.cpu("replay")/m.cpu(alone), "replay/"+alone)
			b.ReportMetric(m.cpu("daemon")/m.cpu(alone), "daemon/"+alone)
		}
	}
	b.ReportMetric(m.cpu("replay-5")/m.cpu("replay"), "replay-5-a-file/large")
	b.ReportMetric(m.cpu("daemon-5")/m.cpu("daemon"), "daemon-5-a-file/large")
	b.ReportMetric(m.cpu("full")/m.cpu("bare"), "all-rules/two-rules")
	b.ReportMetric(m.mib("replay"), "replay-MiB")
	b.ReportMetric(m.mib("daemon"), "daemon-MiB")
	b.ReportMetric(m.mib("replay-5"), "replay-5-a-file-MiB")
	b.ReportMetric(m.mib("daemon-5"), "daemon-5-a-file-MiB")
}

func generate(b *testing.B, dir string, records, perFile int) {
	b.Helper()
	cfg := gen.DefaultConfig()
	cfg.Records, cfg.PerFile = records, perFile
	if _, err := gen.WriteDir(dir, cfg); err != nil {
		b.Fatal(err)
	}
}

func settings(b *testing.B, dir, name, text string) string {
	b.Helper()
	file := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

// others lists the built-in rules but some.
func others(b *testing.B, but ...string) []string {
	b.Helper()
	cfg, err := config.Load("", nil, false)
	if err != nil {
		b.Fatal(err)
	}
	rules, err := app.Rules(cfg)
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for _, r := range rules.Index.Rules() {
		if !slices.Contains(but, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// sigmaFiles writes rules as people write them, each on two calls of one service, and gives the glob that finds them.
func sigmaFiles(b *testing.B, dir string, n int) string {
	b.Helper()
	folder := filepath.Join(dir, "rules")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		service := []string{"ec2", "s3", "iam", "kms", "sts"}[i%5]
		settings(b, folder, fmt.Sprintf("r%d", i), fmt.Sprintf("title: R%[1]d\nid: r%[1]d\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"+
			"  s: {eventSource: %[2]s.amazonaws.com, eventName: [DeleteThing%[1]d, PutThing%[1]d]}\n"+
			"  f: {userAgent|contains: Console}\n  condition: s and not f\n", i, service))
	}
	return filepath.Join(folder, "*.yaml")
}
