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

// ratioRounds is the variable that sets how often BenchmarkRatio measures everything; five times without.
const ratioRounds = "TRAILWARDEN_ROUNDS"

// BenchmarkRatio prints what the stages cost in processor time, as multiples of unpacking the same files alone by the Go
// library they use, in the same run, and the most memory they took: on data with few alerts, and on data with many. Everything
// is measured several times, in turn, and the medians are compared: run it alone on a machine, with -benchtime=1x.
func BenchmarkRatio(b *testing.B) {
	const records = 200_000
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv(ratioRounds)); err == nil {
		rounds = n
	}
	dir := b.TempDir()
	few, many, small := filepath.Join(dir, "few"), filepath.Join(dir, "many"), filepath.Join(dir, "small")
	generate(b, few, records, 10_000, 0)
	generate(b, many, records, 10_000, 0.02)
	generate(b, small, records, 5, 0)
	rules := "rules: {files: [" + sigmaFiles(b, dir, 200) + "]}\n"
	with := settings(b, dir, "rules", rules)
	stores := 0
	daemon := func(folder, more string) func() cost {
		return func() cost {
			stores++
			file := settings(b, dir, fmt.Sprintf("daemon%d", stores), fmt.Sprintf(
				"data_dir: store%d\nhttp: {listen: \"127.0.0.1:0\"}\nconsumer: {files: [%s]}\nalerting:\n"+
					"  receivers: [{name: terminal, console: {}}]\n  routes: [{receivers: [terminal]}]\n%s", stores, folder, more))
			defer func() { _ = os.RemoveAll(filepath.Join(dir, fmt.Sprintf("store%d", stores))) }() // room for the next
			return task{"daemon", folder, file, records}.measure(b)
		}
	}
	once := func(t task) func() cost { return func() cost { return t.measure(b) } }
	tasks := map[string]func() cost{"replay/small": once(task{"replay", small, "", records}), "daemon/small": daemon(small, "")}
	for name, folder := range map[string]string{"few": few, "many": many} {
		tasks["unpack/"+name] = once(task{"unpack", folder, "", records})
		tasks["replay/"+name] = once(task{"replay", folder, "", records})
		tasks["replay+rules/"+name] = once(task{"replay", folder, with, records})
		tasks["daemon/"+name] = daemon(folder, "")
		tasks["daemon+rules/"+name] = daemon(folder, rules)
	}
	for range b.N {
		m := measured{}
		for range rounds {
			for name, run := range tasks {
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
	generate(b, dir, records, 10_000, 0)
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
	for _, set := range []string{"few", "many"} {
		alone := m.cpu("unpack/" + set)
		b.ReportMetric(alone, "unpack-"+set+"-cpu-s")
		for _, stage := range []string{"replay", "daemon"} {
			b.ReportMetric(m.cpu(stage+"/"+set)/alone, stage+"-"+set+"/unpack")
			b.ReportMetric(m.mib(stage+"/"+set), stage+"-"+set+"-MiB")
			b.ReportMetric(m.cpu(stage+"+rules/"+set)/m.cpu(stage+"/"+set), stage+"-"+set+"-rules-cpu/without")
			b.ReportMetric(m.mib(stage+"+rules/"+set)/m.mib(stage+"/"+set), stage+"-"+set+"-rules-MiB/without")
		}
	}
	for _, stage := range []string{"replay", "daemon"} {
		b.ReportMetric(m.cpu(stage+"/small")/m.cpu(stage+"/few"), stage+"-5-a-file/large")
		b.ReportMetric(m.mib(stage+"/small"), stage+"-5-a-file-MiB")
	}
}

func generate(b *testing.B, dir string, records, perFile int, writes float64) {
	b.Helper()
	cfg := gen.DefaultConfig()
	cfg.Records, cfg.PerFile, cfg.Writes = records, perFile, writes
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

// sigmaFiles writes rules as people write them and gives the glob that finds them: most on two calls of one service, others on
// who calls, from where or with what, whatever the call, and one that most records match.
func sigmaFiles(b *testing.B, dir string, n int) string {
	b.Helper()
	folder := filepath.Join(dir, "rules")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	write := func(name, detection string) {
		settings(b, folder, name, fmt.Sprintf("title: %[1]s\nid: %[1]s\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n%[2]s", name, detection))
	}
	for i := range n {
		service := []string{"ec2", "s3", "iam", "kms", "sts"}[i%5]
		detection := fmt.Sprintf("  s: {eventSource: %[2]s.amazonaws.com, eventName: [DeleteThing%[1]d, PutThing%[1]d]}\n"+
			"  f: {userAgent|contains: Console}\n  condition: s and not f\n", i, service)
		switch i % 8 {
		case 5:
			detection = fmt.Sprintf("  s: {userAgent|contains: tool-%d}\n  condition: s\n", i)
		case 6:
			detection = fmt.Sprintf("  s: {requestParameters.name|startswith: name-%d, errorCode: AccessDenied}\n  condition: s\n", i)
		case 7:
			detection = fmt.Sprintf("  s: {userIdentity.arn|endswith: user/name%[1]d, sourceIPAddress|startswith: '10.%[1]d.'}\n  condition: s\n", i)
		}
		write(fmt.Sprint("r", i), detection)
	}
	write("noisy", "  s: {userIdentity.type: AssumedRole, userIdentity.sessionContext.sessionIssuer.type: Role}\n  condition: s\n")
	return filepath.Join(folder, "*.yaml")
}
