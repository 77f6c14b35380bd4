package app_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// fault is what befalls a host for a time.
type fault struct {
	name   string
	strike func(cl *cluster, h *host) (heal func())
}

// common are the faults of every host.
func common() []fault {
	return []fault{
		{"killed", func(cl *cluster, h *host) func() {
			h.end(syscall.SIGKILL)
			return func() { h.start(cl.t) }
		}},
		{"stopped", func(_ *cluster, h *host) func() {
			h.signal(syscall.SIGSTOP)
			return func() { h.signal(syscall.SIGCONT) }
		}},
		{"cut off", func(_ *cluster, h *host) func() {
			h.link("down")
			return func() { h.link("up") }
		}},
		{"clock jumped", func(cl *cluster, h *host) func() {
			by := between(cl.random, time.Minute, 3*time.Hour) * time.Duration(1-2*cl.random.IntN(2))
			if err := h.clock.jump(by); err != nil {
				cl.t.Errorf("set the clock of %s: %v", h.name, err)
			}
			if off := h.off(cl.t); h.role == "" && (off-by).Abs() > time.Minute {
				cl.t.Errorf("the clock of %s was set off by %s and is %s off", h.name, by, off)
			}
			cl.say("  by %s", by.Round(time.Second))
			return func() { _ = h.clock.jump(0) }
		}},
	}
}

// ofNodes are the faults that only a node can have.
func ofNodes() []fault {
	return []fault{
		{"parted from the other nodes, not from the workers", func(cl *cluster, h *host) func() {
			h.part("add", cl.nodes)
			return func() { h.part("del", cl.nodes) }
		}},
		{"disk full", func(cl *cluster, h *host) func() { return fill(cl.t, filepath.Join(h.dir, h.name), 0) }},
		{"disk slow", func(cl *cluster, h *host) func() {
			if err := h.slow(15); err != nil {
				cl.say("SKIPPED: no control group can slow a disk here: %v", err)
			}
			return func() { _ = h.slow(0) }
		}},
	}
}

// blow is a fault of a host.
type blow struct {
	fault
	*host
}

// plan is every fault of every role and the nodes, in any order, and more at random.
func (cl *cluster) plan(n int) []blow {
	var all []blow
	for role := range 3 {
		for _, f := range common() {
			all = append(all, blow{f, cl.workers[3*role+cl.random.IntN(3)]})
		}
	}
	for _, f := range slices.Concat(common(), ofNodes()) {
		for range 2 {
			all = append(all, blow{f, cl.nodes[cl.random.IntN(3)]})
		}
	}
	for len(all) < n {
		h := cl.workers[cl.random.IntN(len(cl.workers))]
		all = append(all, blow{common()[cl.random.IntN(4)], h})
	}
	cl.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// suffer lets one host have its fault, and gives how long each of its shards was without an owner that works.
func (cl *cluster) suffer(b blow) (without []time.Duration) {
	if b.role != "" && !cl.wait(30*time.Second, func() bool { return cl.settled(b.role) }) {
		cl.t.Errorf("the shards of %s are not shared out: %v", b.role, cl.shards(b.role, nil))
	}
	if cl.random.IntN(3) == 0 {
		cl.slack.Fail("chat.postMessage", notifytest.Fault{Lose: true})
		cl.pagerDuty.Fail(notifytest.Enqueue, notifytest.Fault{Lose: true}, notifytest.Fault{Status: 503})
	}
	begin := time.Now()
	heal := b.strike(cl, b.host)
	if b.role == "" || len(groups(b.role)) == 0 || b.fault.name == "clock jumped" {
		cl.rest(between(cl.random, 2*time.Second, 5*time.Second))
		heal()
		cl.say("%-10s %s for %s", b.host.name, b.fault.name, time.Since(begin).Round(100*time.Millisecond))
	} else {
		without = cl.takeover(b, begin)
		heal()
		cl.say("%-10s %s for %s; its %d shards taken over, the last after %s", b.host.name, b.fault.name,
			time.Since(begin).Round(100*time.Millisecond), len(without), longest(without))
	}
	if b.role == "" {
		cl.whole()
	}
	for _, w := range cl.workers {
		if !w.up() {
			cl.t.Fatalf("%s ended by itself: %s\n%s", w.name, w.cmd.ProcessState, tail(filepath.Join(cl.dir, w.name+".log")))
		}
	}
	return without
}

// takeover waits until the others have all shards, and gives when each came to them.
func (cl *cluster) takeover(b blow, begin time.Time) (when []time.Duration) {
	total := 0
	for n := range maps.Values(groups(b.role)) {
		total += n
	}
	missing := -1
	cl.wait(20*time.Second, func() bool {
		have := 0
		for group, n := range cl.shards(b.role, b.host) {
			have += min(n, groups(b.role)[group])
		}
		took := time.Since(begin)
		for ; missing > total-have; missing-- {
			when = append(when, took)
		}
		missing = max(missing, total-have)
		return have == total
	})
	if missing > 0 {
		cl.t.Errorf("%d shards of %s have no owner %s after it was %s", missing, b.host.name, time.Since(begin), b.fault.name)
	}
	return when
}

func longest(all []time.Duration) time.Duration {
	return slices.Max(append(all, 0)).Round(100 * time.Millisecond)
}

// powerCut kills all nodes at once.
func (cl *cluster) powerCut() {
	for _, n := range cl.nodes {
		n.signal(syscall.SIGKILL)
	}
	for _, n := range cl.nodes {
		<-n.done
	}
	cl.rest(3 * time.Second)
	for _, n := range cl.nodes {
		n.start(cl.t)
	}
	cl.say("all nodes killed at once, and started again")
	cl.whole()
}

// rollingRestart stops and starts everything in good order, one host after the other.
func (cl *cluster) rollingRestart() {
	for _, h := range slices.Concat(cl.nodes, cl.workers) {
		begin := time.Now()
		h.end(syscall.SIGTERM)
		if code := h.cmd.ProcessState.ExitCode(); h.role != "" && code != 0 {
			cl.t.Errorf("%s ended with status %d", h.name, code)
		}
		took := time.Since(begin)
		h.start(cl.t)
		if h.role == "" {
			cl.whole()
		} else if !cl.wait(30*time.Second, func() bool { return h.ready() && cl.settled(h.role) }) {
			cl.t.Errorf("after the restart of %s the shards are not shared out: %v", h.name, cl.shards(h.role, nil))
		}
		cl.say("%-10s restarted; it took %s to stop", h.name, took.Round(100*time.Millisecond))
	}
}

// tap is the load: a log file each second among whose records somebody opens a bucket, or closes one.
func (cl *cluster) tap(l *load) func() {
	start := kops().at
	files := 0
	const perFile, perSecond = 400, 0.7
	return func() {
		for ; files < int(time.Since(cl.begin).Seconds()); files++ {
			var deeds []deed
			for len(l.opened) < int(perSecond*float64(files)) {
				n := len(l.opened)
				d := deed{
					id: fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", n), account: fmt.Sprint(killAccount + n%7), user: fmt.Sprintf("dev-%03d", n),
					bucket: fmt.Sprintf("acme-payroll-%03d", n), ip: fmt.Sprintf("203.0.113.%d", n%250+1), acl: "public-read", at: start.Add(time.Duration(n) * time.Minute),
				}
				l.opened = append(l.opened, d)
				deeds = append(deeds, d)
				if n%4 == 3 {
					closed := l.opened[n-3].closing()
					l.closed = append(l.closed, closed)
					deeds = append(deeds, closed)
				}
			}
			key := fmt.Sprintf("cluster/%05d.json.gz", files)
			records := among(perFile, uint64(files+1), deeds...)
			cl.c.put(cl.t, key, packed(cl.t, logFile(records)))
			l.records += len(records)
			round := []string{s3Notice(cl.t, logBucket, key)}
			for i, d := range deeds {
				if (files+i)%2 == 0 {
					round = append(round, apiCall(cl.t, d.record()))
				}
			}
			cl.queue.Send(round...)
			l.rounds = append(l.rounds, round)
		}
	}
}

// TestClusterUnderFaults lets nodes and workers suffer one fault after another under load. Nothing may be lost, nothing
// told twice, and every shard of a worker that died taken over within ten seconds.
func TestClusterUnderFaults(t *testing.T) {
	binary := built(t, ".ci/cluster")
	faults, err := strconv.Atoi(os.Getenv("TRAILWARDEN_CLUSTER_FAULTS"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(os.Getenv("TRAILWARDEN_CLUSTER_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	cl := newCluster(t, binary, rand.New(rand.NewPCG(seed, 0)))
	t.Cleanup(func() {
		if t.Failed() {
			cl.showLogs()
		}
	})
	cl.start()
	l := &load{}
	cl.begin = time.Now()
	cl.pour = cl.tap(l)
	var without []time.Duration
	woken := 0 // lanes' owners that came back alive after others had taken over
	for i, b := range cl.plan(faults) {
		if i == faults/2 {
			cl.powerCut()
			cl.loseQuorum()
			cl.restoreStreams()
		}
		without = append(without, cl.suffer(b)...)
		if b.role == "alerting" && (b.fault.name == "stopped" || b.fault.name == "cut off") {
			woken++
		}
	}
	cl.rollingRestart()
	cl.pour()
	cl.pour = func() {}
	cl.close(l, woken)
	slices.Sort(without)
	if len(without) == 0 || longest(without) > 10*time.Second {
		t.Errorf("shards were taken over after %s", without)
		return
	}
	t.Logf("%d faults, a power cut of all nodes, a lost quorum, two streams restored and a rolling restart; %d shards taken over, median %s, longest %s", faults, len(without),
		without[len(without)/2].Round(100*time.Millisecond), longest(without))
}

// close waits until everything is told and checks the books, after so many workers woke to find their lanes with others.
func (cl *cluster) close(l *load, woken int) {
	t := cl.t
	cl.queue.SetFaults(sqstest.Faults{})
	cl.queue.Expire()
	d := &daemon{url: "http://alerting-1:9464", token: clusterToken}
	cl.say("the load ends: %d records, %d exposures in %d messages", l.records, len(l.opened), l.messages())
	if !cl.wait(2*time.Minute, func() bool {
		now := d.ledger(t)
		return cl.queue.Stats().Deleted == l.messages() && len(d.alerts(t)) >= len(l.opened) && now.settled() && now.Alerts["resolved"] >= len(l.closed)
	}) {
		t.Errorf("not all is taken in and told: %+v, %+v, %d alerts", cl.queue.Stats(), d.ledger(t), len(d.alerts(t)))
	}
	got := d.ledger(t)
	l.checkLedger(t, got, len(l.opened))
	all := d.alerts(t)
	l.checkAlerts(t, all)
	// Whoever wakes may have a message on its way while the lane's next owner sends one.
	checkSlackOnce(t, cl.slack, all, woken)
	checkPagerDutyOnce(t, cl.pagerDuty, all)
	cl.say("%d alerts told, %d of them resolved, in %d Slack messages; ledger: unaccounted %d, pending %d", len(all), got.Alerts["resolved"],
		len(cl.slack.TopLevel()), got.Unaccounted, got.Messages.Pending+got.Objects.Pending+got.Records.Pending)
}

// showLogs gives what the workers complained about last.
func (cl *cluster) showLogs() {
	for _, h := range cl.workers {
		data, err := os.ReadFile(filepath.Join(cl.dir, h.name+".log"))
		if err != nil {
			continue
		}
		var lines []string
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, `"level":"error"`) || strings.Contains(line, "panic") || !strings.HasPrefix(line, "{") {
				lines = append(lines, line)
			}
		}
		cl.t.Logf("%s:\n%s", h.name, strings.Join(lines[max(0, len(lines)-15):], ""))
	}
}
