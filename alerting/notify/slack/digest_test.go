package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
)

// digest takes steps until all is told.
func (b *bench) digest(alerts []*alert.Alert, told []notify.Told) []notify.Told {
	b.t.Helper()
	for range 20 {
		done := true
		for i, a := range alerts {
			done = done && told[i].Revision == a.Revision
		}
		if done {
			return told
		}
		next, err := b.n.TellDigest(b.t.Context(), alerts, told)
		if err != nil {
			b.t.Log(err)
		}
		told = next
	}
	b.t.Fatal("telling never ends")
	return nil
}

func storm(n int) []*alert.Alert {
	alerts := make([]*alert.Alert, n)
	for i := range alerts {
		alerts[i] = notifytest.KopsState()
		alerts[i].ID = fmt.Sprintf("%024d", i)
		alerts[i].Bucket = fmt.Sprintf("%s-%02d", strings.Repeat("b", 60), i)
	}
	return alerts
}

func TestDigest(t *testing.T) {
	for name, fault := range map[string]notifytest.Fault{"clean": {}, "lost answer": {Lose: true}, "cut": {Drop: true}, "blocks refused": {Error: "invalid_blocks"}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.slack.Fail("chat.postMessage", fault)
			alerts := storm(b.n.Most())
			told := b.digest(alerts, make([]notify.Told, len(alerts)))
			top := b.slack.TopLevel()
			if len(top) != 1 {
				t.Fatalf("%d messages, want one", len(top))
			}
			for i, a := range alerts {
				if !strings.Contains(string(top[0].Blocks)+top[0].Text, a.Bucket) {
					t.Errorf("%s is not named", a.Bucket)
				}
				if top[0].Blocks != nil && !strings.Contains(string(top[0].Blocks), "https://trailwarden.example/alerts/"+a.ID) {
					t.Errorf("%s has no link to its page", a.Bucket)
				}
				if len(told[i].Digest) != len(alerts) {
					t.Errorf("alert %d does not know its digest", i)
				}
			}
			b.clean()
		})
	}
}

func TestDigestLivesOn(t *testing.T) {
	for name, fault := range map[string]notifytest.Fault{"clean": {}, "lost answer": {Lose: true}, "cut": {Drop: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			alerts := storm(8)
			told := b.digest(alerts, make([]notify.Told, len(alerts)))
			at := alerts[5].EventTime.Add(time.Minute)
			closed := *alerts[5]
			closed.Revision, closed.Status, closed.ResolvedAt = 2, alert.Resolved, &at
			closed.Updates = []alert.Update{{Time: at, EventID: "e2", Kind: "resolved", Text: "closed by bob"}}
			alerts[5] = &closed
			b.slack.Fail("chat.postMessage", fault)
			b.digest(alerts, told)
			all := b.slack.Messages()
			if len(all) != 2 || all[0].Updates != 1 || !strings.Contains(all[1].Text, "closed by bob") {
				t.Fatalf("got %d messages, the first updated %d times", len(all), all[0].Updates)
			}
			if !strings.Contains(string(all[0].Blocks), "RESOLVED · "+closed.Bucket+" · public for 1 m") {
				t.Errorf("the digest does not show the change: %s", all[0].Blocks)
			}
			b.clean()
		})
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := slack.NewPacer(time.Second)
		start := time.Now()
		var at []time.Duration
		for range 3 {
			if err := p.Wait(t.Context(), "C1"); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
		}
		p.Sent("C1")
		if err := p.Wait(t.Context(), "C1"); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(t.Context(), "C2"); err != nil { // another channel waits for nothing
			t.Fatal(err)
		}
		at = append(at, time.Since(start))
		if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}; fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("messages left at %v, want %v", at, want)
		}
	})
}
