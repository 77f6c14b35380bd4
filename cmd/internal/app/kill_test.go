package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// load is what the daemon has to take in while it is killed again and again.
type load struct {
	rounds  [][]string // messages, by the kill before which they are sent
	opened  []deed     // single exposures, each an incident of its own
	closed  []deed     // deeds that undo some of them
	sweeps  []deed     // of a few actors, each over several buckets: one incident an actor
	records int        // distinct ones
}

const (
	singles     = 36 // exposures by as many actors
	sweepers    = 3  // actors
	sweepWidth  = 3  // buckets of each
	perFile     = 40 // ordinary records
	filesRound  = 4
	killAccount = 100000000000
)

// openings makes the deeds, over several accounts.
func (l *load) openings() {
	start := kops().at
	open := func(n int, user, bucket string, at time.Time) deed {
		return deed{
			id: fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", n), account: fmt.Sprint(killAccount + n%7), user: user, bucket: bucket,
			ip: fmt.Sprintf("203.0.113.%d", n+1), acl: "public-read", at: at,
		}
	}
	for n := range singles {
		d := open(n, fmt.Sprintf("dev-%02d", n), fmt.Sprintf("acme-payroll-%02d", n), start.Add(time.Duration(n)*time.Minute))
		l.opened = append(l.opened, d)
		if n%3 == 0 {
			l.closed = append(l.closed, d.closing())
		}
	}
	for n := range sweepers * sweepWidth {
		who := n / sweepWidth
		d := open(100+n, fmt.Sprintf("sweep-%d", who), fmt.Sprintf("acme-backup-%d-%d", who, n%sweepWidth), start.Add(time.Duration(n%sweepWidth)*20*time.Second))
		d.account = fmt.Sprint(killAccount + who)
		l.sweeps = append(l.sweeps, d)
	}
}

// newLoad spreads the deeds over the rounds, in files among ordinary records, some of them told by EventBridge as well.
func newLoad(t *testing.T, c *cloud, rounds int) *load {
	t.Helper()
	l := &load{rounds: make([][]string, rounds)}
	l.openings()
	deeds := slices.Concat(l.opened, l.sweeps, l.closed)
	files := make([][]deed, rounds*filesRound)
	for i, d := range deeds {
		files[i*len(files)/len(deeds)] = append(files[i*len(files)/len(deeds)], d)
	}
	for i, deeds := range files {
		key := fmt.Sprintf("AWSLogs/%d/CloudTrail/eu-west-1/2026/03/14/file %03d.json.gz", killAccount, i)
		records := among(perFile, uint64(i+1), deeds...)
		c.put(t, key, packed(t, logFile(records)))
		l.records += len(records)
		round := &l.rounds[i/filesRound]
		*round = append(*round, s3Notice(t, logBucket, key))
		for n, d := range deeds {
			if (i+n)%2 == 0 {
				*round = append(*round, apiCall(t, d.record()))
			}
		}
	}
	return l
}

func (l *load) messages() int {
	n := 0
	for _, round := range l.rounds {
		n += len(round)
	}
	return n
}

// TestKilledAtAnyMoment kills the daemon at random moments of its work, as power cuts would, and has it finish. The
// queue repeats and reorders messages and loses answers all the while, and Slack and PagerDuty lose theirs.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 4
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{Duplicate: 0.1, Reorder: true, LostResponse: 0.03, Seed: seed})
	w := newWorld(t, url, "")
	queue.SetVisibility(3 * time.Second) // what a dying connection took with it
	w.slack.Interval = time.Second
	l := newLoad(t, c, kills)
	t.Cleanup(func() {
		if t.Failed() {
			showLog(t, w)
		}
	})
	for i, round := range l.rounds {
		queue.Send(round...)
		queue.Expire() // what the process before held comes again
		if i%3 == 0 {
			w.slack.Fail("chat.postMessage", notifytest.Fault{Lose: true})
			w.pagerDuty.Fail(notifytest.Enqueue, notifytest.Fault{Lose: true}, notifytest.Fault{Status: 503})
		}
		p := w.spawn(t)
		wait := moment(random, i, p)
		select {
		case <-wait:
		case <-p.done:
		}
		if !p.kill() {
			t.Fatalf("the daemon ended by itself before kill %d: %s", i, p.cmd.ProcessState)
		}
	}
	queue.SetFaults(sqstest.Faults{})
	queue.Expire()

	d := w.start(t)
	incidents := singles + sweepers
	eventually(t, "all is taken in and told after the last kill", func() bool {
		return queue.Stats().Deleted == l.messages() && len(d.alerts(t)) >= incidents && d.ledger(t).settled() &&
			d.ledger(t).Alerts["resolved"] >= len(l.closed)
	})
	l.checkLedger(t, d.ledger(t), incidents)
	all := d.alerts(t)
	l.checkAlerts(t, all)
	checkSlackOnce(t, w.slack, all, 0)
	checkPagerDutyOnce(t, w.pagerDuty, all)
	if err := d.stop(); err != nil {
		t.Error(err)
	}
}

// moment is when to kill: while the daemon starts, at its first work, or when it has begun to tell people.
func moment(random *rand.Rand, i int, p *process) <-chan time.Time {
	if i%5 == 0 {
		return time.After(time.Duration(random.IntN(300)) * time.Millisecond)
	}
	select {
	case <-p.started:
	case <-p.done:
	}
	if i%2 == 0 {
		return time.After(time.Duration(random.IntN(400)) * time.Millisecond)
	}
	return time.After(time.Second + time.Duration(random.IntN(700))*time.Millisecond)
}

func (l *load) checkLedger(t *testing.T, got ledger, incidents int) {
	t.Helper()
	got.closes(t)
	// A message may be taken in more than once, but each record is learnt from and judged once only.
	if r := got.Records; r.Matched+r.Unmatched != int64(l.records) || r.Quarantined != 0 {
		t.Errorf("%d records were taken in once, none should be quarantined: %+v", l.records, r)
	}
	if got.Messages.Done < int64(l.messages()) || got.Messages.Quarantined != 0 {
		t.Errorf("of %d messages: %+v", l.messages(), got.Messages)
	}
	if got.Alerts["opened"] != incidents || got.Alerts["resolved"] != len(l.closed) {
		t.Errorf("counted %+v, want %d opened and %d resolved", got.Alerts, incidents, len(l.closed))
	}
}

// checkAlerts complains unless every deed is told by exactly one alert, and every alert stands as it should.
func (l *load) checkAlerts(t *testing.T, all []alert.Alert) {
	t.Helper()
	if want := len(l.opened) + len(l.sweeps)/sweepWidth; len(all) != want {
		t.Errorf("%d alerts, want %d", len(all), want)
	}
	telling := map[string][]alert.Alert{} // by event
	for _, a := range all {
		for _, id := range append(a.EventIDs, a.ResolvingEventIDs...) {
			telling[id] = append(telling[id], a)
		}
	}
	ours := map[string]bool{}
	for _, d := range slices.Concat(l.opened, l.closed, l.sweeps) {
		if n := len(telling[d.id]); n != 1 {
			t.Errorf("%s of %s by %s is told by %d alerts", d.acl, d.bucket, d.user, n)
		}
		for _, a := range telling[d.id] {
			ours[a.ID] = true
		}
	}
	for _, a := range all {
		if !ours[a.ID] {
			t.Errorf("an alert of no deed: %s, %s, events %s", a.Title, a.Summary, a.EventIDs)
		}
	}
	for _, d := range l.closed {
		for _, a := range telling[d.id] {
			if a.Status != alert.Resolved || a.Bucket != d.bucket {
				t.Errorf("the alert of %s, which was closed, is %s", a.Bucket, a.Status)
			}
		}
	}
	for _, d := range l.sweeps {
		for _, a := range telling[d.id] {
			if len(a.Buckets) != sweepWidth || a.Actor.Name != d.user || a.Status != alert.Open {
				t.Errorf("the alert of %s: %s over %d buckets, %s", d.user, a.ID, len(a.Buckets), a.Status)
			}
		}
	}
}

// checkSlackOnce complains unless each alert stands in exactly one message, every bucket is named, and no more messages
// than so many came faster than Slack allows.
func checkSlackOnce(t *testing.T, s *notifytest.Slack, all []alert.Alert, tooFast int) {
	t.Helper()
	if problems := s.Problems(); len(problems) > 0 || s.Limited() > tooFast {
		t.Errorf("Slack refused %d messages for coming too fast; problems %q", s.Limited(), problems)
	}
	var everything strings.Builder
	messages := map[string]int{} // by alert
	for _, m := range s.TopLevel() {
		everything.Write(m.Blocks)
		ids, digest := m.Metadata.EventPayload["ids"].([]any)
		if !digest {
			ids = []any{m.ID()}
		}
		for _, id := range ids {
			messages[fmt.Sprint(id)]++
		}
	}
	for _, a := range all {
		if n := messages[a.ID]; n != 1 {
			t.Errorf("alert %s of %s (%s) stands in %d messages", a.ID, a.Bucket, a.Status, n)
		}
		for _, b := range append(a.Buckets, alert.BucketState{Bucket: a.Bucket}) {
			if !strings.Contains(everything.String(), b.Bucket) {
				t.Errorf("no message names bucket %s", b.Bucket)
			}
		}
		delete(messages, a.ID)
	}
	if len(messages) > 0 {
		t.Errorf("messages about alerts nobody knows: %v", messages)
	}
}

// checkPagerDutyOnce complains unless each alert has one key that was triggered once, and stands as the alert does. What
// had ended before PagerDuty was told of it was resolved without being triggered.
func checkPagerDutyOnce(t *testing.T, p *notifytest.PagerDuty, all []alert.Alert) {
	t.Helper()
	keys, known := map[string]string{}, map[string]bool{} // key by alert, alerts told of
	over := map[string]bool{}                             // keys that were resolved
	for _, e := range p.Events() {
		if e.Action != "trigger" {
			over[e.DedupKey] = over[e.DedupKey] || e.Action == "resolve"
			continue
		}
		id := fmt.Sprint(e.Payload.Details["alert_id"])
		if was, ok := keys[id]; ok && was != e.DedupKey {
			t.Errorf("alert %s has the keys %s and %s", id, was, e.DedupKey)
		}
		keys[id], known[id] = e.DedupKey, true
		if n := p.Opened(e.DedupKey); n != 1 {
			t.Errorf("the incident of alert %s was opened %d times", id, n)
		}
	}
	for _, a := range all {
		want := "triggered"
		if a.Status == alert.Resolved {
			want = "resolved"
			if !known[a.ID] && over[a.ID] {
				continue
			}
		}
		if state := p.State(keys[a.ID]); !known[a.ID] || state != want {
			t.Errorf("alert %s of %s is %s, at PagerDuty %q", a.ID, a.Bucket, a.Status, state)
		}
		delete(known, a.ID)
	}
	if len(known) > 0 {
		t.Errorf("pages about alerts nobody knows: %v", known)
	}
}

// showLog gives the complaints of the killed processes.
func showLog(t *testing.T, w *world) {
	data, err := os.ReadFile(filepath.Join(w.dir, "victim.log"))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, "WARN") || strings.Contains(line, "ERROR") || strings.Contains(line, "panic") || strings.Contains(line, "victim ended") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
