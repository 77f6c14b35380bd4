package app_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// diskVariable names a folder that .ci/disk mounted, on a disk small enough to be filled.
const diskVariable = "TRAILWARDEN_DISK"

// onlyDeeds turns off the one rule that generated records match by chance.
const onlyDeeds = "rules: {disabled: [ec2-instance-credentials-outside, s3-posture-scan, s3-posture-survey]}\n"

// fuller is a daemon whose disk is filled.
type fuller struct {
	*world
	*load
	c      *cloud
	queue  *sqstest.Server
	disk   string
	daemon *daemon
	log    string
}

// send gives files, each with somebody who opens a bucket.
func (f *fuller) send(t *testing.T, files int) {
	t.Helper()
	var notices []string
	for range files {
		n := len(f.opened)
		d := deed{
			id: fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", n), account: fmt.Sprint(killAccount + n%7), user: fmt.Sprintf("dev-%03d", n),
			bucket: fmt.Sprintf("acme-payroll-%03d", n), ip: fmt.Sprintf("203.0.113.%d", n%250+1), acl: "public-read", at: kops().at.Add(time.Duration(n) * time.Minute),
		}
		records := among(1000, uint64(n+1), d)
		key := fmt.Sprintf("disk/%d.json.gz", n)
		f.c.put(t, key, packed(t, logFile(records)))
		f.opened, f.records = append(f.opened, d), f.records+len(records)
		notices = append(notices, s3Notice(t, logBucket, key))
	}
	f.rounds = append(f.rounds, notices)
	f.queue.Send(notices...)
}

// works waits until all that was sent is taken in and told.
func (f *fuller) works(t *testing.T) {
	t.Helper()
	within(t, 2*time.Minute, "all is taken in and told", func() bool {
		status, _ := f.daemon.ask(t, http.MethodGet, "/-/ready", "")
		if status != http.StatusOK {
			return false
		}
		return f.queue.Stats().Deleted == f.messages() && len(f.daemon.alerts(t)) >= len(f.opened) && f.daemon.ledger(t).settled()
	})
}

// refuses waits until the daemon says that its disk is full and has done with what it had stored by then, and sees that
// it takes in nothing more. What it frees meanwhile is filled again.
func (f *fuller) refuses(t *testing.T, p *program, again func()) {
	t.Helper()
	said := ""
	eventually(t, "it says that it is not ready", func() bool {
		again()
		status, body := f.daemon.ask(t, http.MethodGet, "/-/ready", "")
		said = body
		return status == http.StatusServiceUnavailable
	})
	for line := range strings.Lines(said) {
		if strings.Contains(line, "not ready") {
			t.Logf("says: %s", strings.TrimSpace(line))
		}
	}
	if !strings.Contains(said, "disk") && !strings.Contains(said, "full") {
		t.Errorf("it does not say that the disk is full: %s", said)
	}
	before, since := -1, time.Now()
	still := func(while time.Duration) func() bool {
		return func() bool {
			again()
			select {
			case <-p.done:
				t.Fatalf("the daemon ended: %s\n%s", p.cmd.ProcessState, tail(f.log))
			default:
			}
			if now := f.queue.Stats().Deleted; now != before {
				before, since = now, time.Now()
			}
			return time.Since(since) > while
		}
	}
	eventually(t, "it stops taking in", still(3*time.Second)) // it looks at the free space every second
	stopped := before
	f.send(t, 5)
	since = time.Now()
	eventually(t, "it takes in nothing", still(5*time.Second))
	if status, body := f.daemon.ask(t, http.MethodGet, "/-/healthy", ""); status != http.StatusOK {
		t.Errorf("a full disk is no reason to be killed: %s", body)
	}
	if before != stopped {
		t.Errorf("%d messages left the queue while the disk was full", before-stopped)
	}
}

// startsNot starts a daemon on the full disk, which has to end and say what to do.
func (f *fuller) startsNot(t *testing.T, binary string) {
	t.Helper()
	log := f.dir + "/refused.log"
	p := launch(t, log, binary, "run", "--config", f.file)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		t.Fatal("it started on a full disk")
	}
	if said := tail(log); !strings.Contains(said, "free some space") {
		t.Errorf("it does not say what to do: %s", said)
	}
}

// TestDiskFills fills the daemon's disk to its reserve, and to the last byte at the height of its work. Each time it has
// to say so, to leave in the queue what it cannot store, and to go on by itself, the last time after a kill.
func TestDiskFills(t *testing.T) {
	binary := built(t, ".ci/disk")
	disk := os.Getenv(diskVariable)
	c := shared.part(t)
	queue, url := c.queue("disk", sqstest.Faults{})
	queue.SetVisibility(5 * time.Second)
	f := &fuller{world: newWorld(t, url, onlyDeeds), load: &load{}, c: c, queue: queue, disk: disk}
	f.edit(t, "data_dir: store", "data_dir: "+disk)
	f.edit(t, "max_bytes: 268435456", "max_bytes: 67108864")
	f.slack.Interval = time.Second
	f.log = f.dir + "/daemon.log"
	p, d := f.run(t, binary)
	f.daemon = d
	f.send(t, 10)
	f.works(t)

	free := fill(t, disk, 6<<20)
	t.Log("filled but for 6 MiB, which is less than the reserve")
	f.refuses(t, p, func() {})
	more := fill(t, disk+"/jetstream", 0)
	t.Log("filled to the last byte")
	f.refuses(t, p, func() {})
	free()
	more()
	f.works(t)
	t.Log("freed: it went on by itself")

	for round := range 2 {
		before := queue.Stats().Deleted
		f.send(t, 60)
		eventually(t, "it is at work", func() bool { return queue.Stats().Deleted > before })
		free := fill(t, disk, 0)
		t.Logf("round %d: filled to the last byte at work, with %d messages in the queue", round+1, f.messages()-queue.Stats().Deleted)
		f.refuses(t, p, func() { fill(t, disk, 0) })
		if round == 0 {
			free()
		} else {
			p.end(syscall.SIGKILL)
			fill(t, disk, 0)
			f.startsNot(t, binary)
			free()
			p, f.daemon = f.run(t, binary)
		}
		f.works(t)
	}

	got := f.daemon.ledger(t)
	f.checkLedger(t, got, len(f.opened))
	all := f.daemon.alerts(t)
	f.checkAlerts(t, all)
	checkSlackOnce(t, f.slack, all, 0)
	checkPagerDutyOnce(t, f.pagerDuty, all)
	log, err := os.ReadFile(f.log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "full") {
		t.Errorf("the log says nothing of a full disk: %s", tail(f.log))
	}
	t.Logf("%d records, %d alerts, unaccounted %d", f.records, len(all), got.Unaccounted)
	p.end(syscall.SIGTERM)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with status %d", code)
	}
}
