package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// over is an alert of one actor over many buckets, some of them closed.
func over(n, closed int) *alert.Alert {
	a := notifytest.KopsState()
	for i := range n {
		b := alert.BucketState{Bucket: fmt.Sprintf("bucket-%03d-of-the-storm", i), Before: "private", After: "shared", Reach: "cross-account", OpenedAt: a.EventTime}
		if i < closed {
			at := a.EventTime.Add(time.Minute)
			b.After, b.ResolvedAt = "private", &at
		}
		if i == n-1 {
			b.After, b.Reach = "public", "internet"
		}
		a.Buckets = append(a.Buckets, b)
	}
	return a
}

// Every bucket of a storm is named in the thread, in as many replies as that takes, each once.
func TestAStormOfOneActorNamesEveryBucket(t *testing.T) {
	for name, fault := range map[string]notifytest.Fault{"": {}, "lost answers": {Lose: true}, "cut": {Drop: true}} {
		t.Run(name, func(t *testing.T) {
			b, a := newBench(t), over(500, 0)
			var told notify.Told
			for call := range 100 {
				var err error
				if call%3 == 1 {
					b.slack.Fail("chat.postMessage", fault)
				}
				if told, err = b.n.Tell(t.Context(), a, told); told.Revision == a.Revision {
					break
				} else if err != nil && fault == (notifytest.Fault{}) {
					t.Fatal(err)
				}
			}
			replies := 0
			named := map[string]int{}
			for _, m := range b.slack.Messages() {
				if m.ThreadTS == "" {
					continue
				}
				if replies++; len(m.Text) > 4000 {
					t.Errorf("a reply of %d characters", len(m.Text))
				}
				for _, s := range a.Buckets {
					named[s.Bucket] += strings.Count(m.Text, s.Bucket)
				}
			}
			for _, s := range a.Buckets {
				if named[s.Bucket] != 1 {
					t.Fatalf("%s is named %d times in %d replies", s.Bucket, named[s.Bucket], replies)
				}
			}
			b.clean()
		})
	}
}

// Buckets that join later are named as well, and only those; a change that names one itself is enough.
func TestBucketsThatJoinLaterAreNamed(t *testing.T) {
	b, a := newBench(t), over(3, 0)
	told := b.must(b.tell(a, notify.Told{}))
	more := grown(over(6, 0), "bucket-004-of-the-storm: everyone may read")
	more.Revision = 2
	b.must(b.tell(more, told))
	all := b.slack.Messages()
	last := all[len(all)-1].Text
	for i, want := range []int{0, 0, 0, 1, 1, 1} {
		if n := strings.Count(last, fmt.Sprintf("bucket-%03d", i)); n != want {
			t.Errorf("bucket %d is named %d times, want %d: %s", i, n, want, last)
		}
	}
}

// The card says how many buckets are open still, and lists the worst of them first.
func TestTheWorstOpenBucketsComeFirst(t *testing.T) {
	b, a := newBench(t), over(12, 9)
	b.must(b.tell(a, notify.Told{}))
	text, err := b.slack.TopLevel()[0].Show()
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(text, "3 of 12 buckets still open\n")
	if !ok || !strings.HasPrefix(list, "• bucket-011-of-the-storm: private → public") || strings.Index(list, "bucket-009") > strings.Index(list, "bucket-000") {
		t.Errorf("the card says %s", text)
	}
}

// Every change of a digest is told, in as many replies as that takes.
func TestEveryChangeOfADigestIsTold(t *testing.T) {
	b, alerts := newBench(t), storm(25)
	told := b.digest(alerts, make([]notify.Told, len(alerts)))
	for i, a := range alerts {
		next := *a
		next.Revision = 2
		for n := range 6 {
			next.Updates = append(next.Updates, alert.Update{Time: a.EventTime, Kind: "grew", Text: fmt.Sprintf("change %d of alert %d.", n, i)})
		}
		alerts[i] = &next
	}
	b.digest(alerts, told)
	var thread strings.Builder
	for _, m := range b.slack.Messages() {
		if m.ThreadTS != "" {
			thread.WriteString(m.Text)
		}
	}
	for i := range alerts {
		for n := range 6 {
			if said := strings.Count(thread.String(), fmt.Sprintf("change %d of alert %d.", n, i)); said != 1 {
				t.Errorf("change %d of alert %d is told %d times", n, i, said)
			}
		}
	}
	b.clean()
}

// The channel hears of a reminder: a thread alone goes unread.
func TestAReminderIsToldInTheChannel(t *testing.T) {
	b, a := newBench(t), notifytest.KopsState()
	told := b.must(b.tell(a, notify.Told{}))
	next := grown(a, "still public after 24 h")
	next.Updates[len(next.Updates)-1].Kind = "reminded"
	b.must(b.tell(next, told))
	all := b.slack.Messages()
	if last := all[len(all)-1]; !last.Broadcast || !strings.Contains(last.Text, "still public after 24 h") {
		t.Errorf("broadcast %t: %s", last.Broadcast, last.Text)
	}
}
