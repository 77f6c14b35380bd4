package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// measureVariable is for how many seconds TestTimeFromReceiveToPost measures; it is short by default.
//
//	TRAILWARDEN_MEASURE=60 go test ./cmd/internal/app -run TimeFromReceiveToPost -v
const measureVariable = "TRAILWARDEN_MEASURE"

// pager notes when the page of each bucket came in.
type pager struct {
	*httptest.Server
	mu   sync.Mutex
	came map[string]time.Time
}

func newPager(t *testing.T) *pager {
	t.Helper()
	p := &pager{came: map[string]time.Time{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		var e struct {
			Payload struct{ Component string }
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		if _, ok := p.came[e.Payload.Component]; !ok {
			p.came[e.Payload.Component] = at
		}
		p.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(p.Close)
	return p
}

// took gives the times from sent to the page, shortest first.
func (p *pager) took(sent map[string]time.Time) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []time.Duration
	for bucket, at := range sent {
		if came, ok := p.came[bucket]; ok {
			all = append(all, came.Sub(at))
		}
	}
	slices.Sort(all)
	return all
}

// traffic is what one daemon under measure is given.
type traffic struct {
	c     *cloud
	queue *sqstest.Server
	d     *daemon
	pager *pager
	next  int // of the log files
}

const recordsPerFile = 1000

// files stores log files of ordinary records and gives their notices.
func (l *traffic) files(t *testing.T, n int) []string {
	t.Helper()
	notices := make([]string, n)
	for i := range notices {
		l.next++
		key := fmt.Sprintf("load/%d.json.gz", l.next)
		l.c.put(t, key, packed(t, logFile(ordinary(recordsPerFile, uint64(l.next)))))
		notices[i] = s3Notice(t, logBucket, key)
	}
	return notices
}

// most is how many records a second the daemon takes in when it is given as many as it can take.
func (l *traffic) most(t *testing.T, files int) float64 {
	t.Helper()
	notices := l.files(t, files)
	before, begin := l.queue.Stats().Deleted, time.Now()
	l.queue.Send(notices...)
	eventually(t, "the load is taken in", func() bool {
		return l.queue.Stats().Deleted == before+len(notices) && l.d.ledger(t).Records.Pending == 0
	})
	return float64(len(notices)*recordsPerFile) / time.Since(begin).Seconds()
}

// half gives the daemon half of what it can take for a while, with a deed 20 times a second among it, and tells when
// each was sent.
func (l *traffic) half(t *testing.T, most float64, seconds, turn int) map[string]time.Time {
	t.Helper()
	notices := l.files(t, max(1, int(most/2*float64(seconds)/recordsPerFile)))
	bucket := func(i int) string { return fmt.Sprintf("state-%d-%d", turn, i) }
	deeds := make([]string, 20*seconds)
	for i := range deeds {
		d := kops()
		d.account, d.user, d.bucket = fmt.Sprintf("1111%08d", i%16), fmt.Sprintf("dev-%d-%d", turn, i), bucket(i)
		d.id = fmt.Sprintf("%08d-5f0e-4f39-9d9a-6a1f9a3f8b%02d", i, turn)
		deeds[i] = apiCall(t, d.record())
	}
	sent := map[string]time.Time{}
	begin := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for files := 0; files < len(notices) || len(sent) < len(deeds); <-ticker.C {
		part := min(time.Since(begin).Seconds()/float64(seconds), 1)
		for files < int(part*float64(len(notices))) {
			l.queue.Send(notices[files])
			files++
		}
		for i := len(sent); i < int(part*float64(len(deeds))); i++ {
			sent[bucket(i)] = time.Now()
			l.queue.Send(deeds[i])
		}
	}
	return sent
}

// slowest is the share of all times that was no longer than the time it gives; times are sorted.
func slowest(took []time.Duration, share float64) time.Duration {
	return took[min(int(share*float64(len(took))), len(took)-1)]
}

// TestTimeFromReceiveToPost measures one daemon at half of its maximum rate, by turns beside a Slack that answers and
// one that hangs. It prints what it measured, and fails if the dead Slack makes pages later; measured on purpose, also
// if they take longer than they should.
func TestTimeFromReceiveToPost(t *testing.T) {
	const (
		turns  = 4 // every second one beside a dead Slack
		should = 100 * time.Millisecond
	)
	seconds, err := strconv.Atoi(os.Getenv(measureVariable))
	onPurpose := err == nil
	if !onPurpose {
		seconds = 1
	}
	c := shared.part(t)
	queue, url := c.queue("load", sqstest.Faults{})
	w := newWorld(t, url, "")
	l := &traffic{c: c, queue: queue, pager: newPager(t)}
	w.edit(t, w.pagerDuty.URL(), l.pager.URL)
	l.d = w.start(t)
	most := l.most(t, max(20, 8*seconds))
	took := map[bool][]time.Duration{}
	for turn := range turns {
		dead := turn%2 == 1
		fault := notifytest.Fault{Hang: dead}
		for _, method := range []string{"chat.postMessage", "chat.update", "conversations.history", "conversations.replies"} {
			w.slack.Last(method, fault)
		}
		sent := l.half(t, most, seconds, turn)
		eventually(t, "all are paged", func() bool { return len(l.pager.took(sent)) == len(sent) })
		turnTook := l.pager.took(sent)
		t.Logf("turn %d: p50 %s, p99 %s", turn, slowest(turnTook, .5), slowest(turnTook, .99))
		took[dead] = append(took[dead], turnTook...)
	}
	for _, dead := range []bool{false, true} {
		all := took[dead]
		slices.Sort(all)
		at := func(share float64) time.Duration { return slowest(all, share).Round(100 * time.Microsecond) }
		t.Logf("most %.0f records/s; at half of it, slack is dead: %t, from SQS to the POST of %d alerts: p50 %s, p99 %s, longest %s",
			most, dead, len(all), at(.5), at(.99), at(1))
		if onPurpose && at(.99) > should {
			t.Errorf("p99 is %s, over %s", at(.99), should)
		}
	}
	bound := should
	if !onPurpose {
		bound = 2 * time.Second // of a busy machine; a lane that waits for Slack waits ten
	}
	if more := slowest(took[true], .99) - slowest(took[false], .99); more > bound {
		t.Errorf("beside a dead Slack p99 is %s more", more)
	}
}
