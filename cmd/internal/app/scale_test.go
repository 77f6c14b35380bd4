package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// used is the processor time a host's process has taken.
func (h *host) used(t *testing.T) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	ticks := 0
	for _, f := range fields[11:13] { // of the user's and of the system's time
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// enriched is how many records the worker has done.
func (h *host) enriched() int {
	_, body := h.get("/metrics", 5*time.Second)
	sum := 0.0
	for name, n := range parseMetrics(body) {
		if strings.HasPrefix(name, "trailwarden_enrich_records_total{") {
			sum += n
		}
	}
	return int(sum)
}

// share bounds what a host may take of one processor, in per cent, so that workers wait for themselves alone however
// few processors there are.
func (h *host) share(percent int) error {
	group := filepath.Join(os.Getenv("TRAILWARDEN_CLUSTER_CPU"), h.name)
	if !filepath.IsAbs(group) {
		return os.ErrNotExist
	}
	const period = 100_000 // microseconds
	file, text := "cpu.cfs_quota_us", fmt.Sprint(percent*period/100)
	if _, err := os.Stat(filepath.Join(group, "cpu.max")); err == nil {
		file, text = "cpu.max", fmt.Sprintf("%s %d", text, period)
	}
	if err := os.WriteFile(filepath.Join(group, file), []byte(text), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(group, "cgroup.procs"), fmt.Append(nil, h.cmd.Process.Pid), 0o600)
}

// rate is what workers of the role enrich did.
type rate struct {
	perSecond float64 // records, all workers together
	cpu       float64 // microseconds of the workers' processor time for each
}

const scaleFiles = 60 // of 1000 records

// work lets the workers enrich the next files.
func (cl *cluster) work(workers []*host, g *gen.Generator, round int) rate {
	var notices []string
	for i := range scaleFiles {
		key := fmt.Sprintf("scale/%d-%d.json.gz", round, i)
		records := make([][]byte, 1000)
		for j := range records {
			records[j] = g.Append(nil)
		}
		cl.c.put(cl.t, key, packed(cl.t, logFile(records)))
		notices = append(notices, s3Notice(cl.t, logBucket, key))
	}
	before, cpu := 0, time.Duration(0)
	for _, w := range workers {
		before, cpu = before+w.enriched(), cpu-w.used(cl.t)
	}
	begin := time.Now()
	cl.queue.Send(notices...)
	var done int
	if !cl.wait(3*time.Minute, func() bool {
		done = -before
		for _, w := range workers {
			done += w.enriched()
		}
		return done >= scaleFiles*1000
	}) {
		cl.t.Fatalf("%d of %d records are enriched", done, scaleFiles*1000)
	}
	took := time.Since(begin)
	for _, w := range workers {
		cpu += w.used(cl.t)
	}
	return rate{float64(done) / took.Seconds(), float64(cpu.Microseconds()) / float64(done)}
}

// TestTwoWorkersAgainstOne measures, in turn, one worker and two of the role enrich, each with a twentieth of a processor:
//
//	TEST=TestTwoWorkersAgainstOne .ci/cluster
func TestTwoWorkersAgainstOne(t *testing.T) {
	binary := built(t, ".ci/cluster")
	cl := newCluster(t, binary, rand.New(rand.NewPCG(1, 0)))
	cl.queue.SetFaults(sqstest.Faults{})
	cl.begin = time.Now()
	one, two := cl.workers[3], cl.workers[4]
	for _, h := range append(cl.nodes, cl.workers[0], cl.workers[1], one, cl.workers[6]) {
		h.start(t)
	}
	const percent = 5
	alone := func() bool { return one.owned()[sharedGroup("enrich")] == clusterShards }
	both := func() bool {
		return one.owned()[sharedGroup("enrich")] == clusterShards/2 && two.owned()[sharedGroup("enrich")] == clusterShards/2
	}
	cfg := gen.DefaultConfig()
	cfg.Actors, cfg.Exposed = 2000, 0
	g := gen.New(cfg)
	var ones, twos []rate
	for round := range 4 {
		if !cl.wait(2*time.Minute, alone) {
			t.Fatalf("one worker has not all shards: %v", one.owned())
		}
		if err := one.share(percent); err != nil {
			t.Skipf("no control group bounds a processor here: %v", err)
		}
		single := cl.work([]*host{one}, g, 2*round)
		two.start(t)
		if !cl.wait(time.Minute, both) {
			t.Fatalf("two workers have not half of the shards each: %v, %v", one.owned(), two.owned())
		}
		if err := two.share(percent); err != nil {
			t.Fatal(err)
		}
		double := cl.work([]*host{one, two}, g, 2*round+1)
		two.end(syscall.SIGTERM)
		cl.say("one worker %.0f records/s, %.1f µs each; two %.0f records/s, %.1f µs each", single.perSecond, single.cpu, double.perSecond, double.cpu)
		if round > 0 { // the first warms up
			ones, twos = append(ones, single), append(twos, double)
		}
	}
	median := func(rates []rate, of func(rate) float64) float64 {
		slices.SortFunc(rates, func(a, b rate) int { return int(of(a)*1000 - of(b)*1000) })
		return of(rates[len(rates)/2])
	}
	speed := func(r rate) float64 { return r.perSecond }
	cpu := func(r rate) float64 { return r.cpu }
	t.Logf("two workers of a twentieth of a processor each did %.2f times what one did; by processor time for each record it would be %.2f times",
		median(twos, speed)/median(ones, speed), 2*median(ones, cpu)/median(twos, cpu))
}
