package slack_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// grown is the alert with one more update.
func grown(a *alert.Alert, text string) *alert.Alert {
	next := *a
	next.Revision++
	next.Updates = append(append([]alert.Update(nil), a.Updates...), alert.Update{Time: a.EventTime.Add(time.Minute), Kind: "grew", Text: text})
	return &next
}

// An alert whose message or thread cannot be written any more is told on in a new message.
func TestWhatCannotBeWrittenIsToldInANewMessage(t *testing.T) {
	for name, spoil := range map[string]func(b *bench, ts string){
		"card deleted":  func(b *bench, ts string) { b.slack.Delete(ts) },
		"thread locked": func(b *bench, ts string) { b.slack.Lock(ts) },
		"not to be replied to": func(b *bench, _ string) {
			b.slack.Fail("chat.postMessage", notifytest.Fault{Error: "cannot_reply_to_message"})
		},
		"not a thread": func(b *bench, _ string) {
			b.slack.Fail("chat.postMessage", notifytest.Fault{Error: "invalid_thread_ts"})
		},
		"no threads in the channel": func(b *bench, _ string) {
			b.slack.Fail("chat.postMessage", notifytest.Fault{Error: "restricted_action_non_threadable_channel"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, a := newBench(t), notifytest.KopsState()
			told := b.must(b.tell(a, notify.Told{}))
			first := told.TS
			spoil(b, first)
			next := grown(a, "AllUsers WRITE as well")
			told = b.must(b.tell(next, told))
			top := b.slack.TopLevel()
			card, all := top[len(top)-1], b.slack.Messages()
			if card.TS == first || card.TS != told.TS || card.ID() != a.ID || !strings.Contains(string(card.Blocks), "continues an earlier message") {
				t.Errorf("%d messages, the last %s of %s; told %+v", len(top), card.TS, card.ID(), told)
			}
			if last := all[len(all)-1]; last.ThreadTS != card.TS || !strings.Contains(last.Text, "AllUsers WRITE as well") {
				t.Errorf("the last reply is to %s: %s", last.ThreadTS, last.Text)
			}
			told = b.must(b.tell(grown(next, "and more"), told))
			if told.TS != card.TS || told.Moved != "" {
				t.Errorf("moved again: %+v", told)
			}
			b.clean()
		})
	}
}

// A new message whose answer is lost is found again, and not taken for the one it stands for.
func TestAMovedAlertIsFoundAgain(t *testing.T) {
	b, a := newBench(t), notifytest.KopsState()
	told := b.must(b.tell(a, notify.Told{}))
	b.slack.Lock(told.TS)
	b.slack.Fail("chat.postMessage", notifytest.Fault{}, notifytest.Fault{Lose: true})
	next := grown(a, "AllUsers WRITE as well")
	told, err := b.tell(next, told)
	if err == nil {
		t.Fatal("no error")
	}
	b.must(b.tell(next, told))
	if n := len(b.slack.TopLevel()); n != 2 {
		t.Errorf("%d cards, want the locked one and one more", n)
	}
}

// Refused again for the same cause in a new message is refused for good.
func TestANewMessageIsRefusedForTheSameCause(t *testing.T) {
	b := newBench(t)
	b.slack.NoThreads = true
	told, err := b.tell(notifytest.KopsState(), notify.Told{})
	if _, ok := errors.AsType[*notify.PermanentError](err); !ok || !strings.Contains(err.Error(), "restricted_action_thread_locked") {
		t.Errorf("got %v; told %+v", err, told)
	}
	if n := len(b.slack.TopLevel()); n != 2 {
		t.Errorf("%d cards", n)
	}
}

// A digest that was deleted is told on in a new one that names everything.
func TestADigestThatCannotBeWrittenIsToldInANewOne(t *testing.T) {
	for name, spoil := range map[string]func(b *bench, ts string){
		"deleted": func(b *bench, ts string) { b.slack.Delete(ts) },
		"locked":  func(b *bench, ts string) { b.slack.Lock(ts) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			var alerts []*alert.Alert
			for range 6 {
				a := notifytest.KopsState()
				a.ID = strings.Repeat("a", 10+len(alerts))
				alerts = append(alerts, a)
			}
			told := b.digest(alerts, make([]notify.Told, len(alerts)))
			first := told[0].TS
			spoil(b, first)
			alerts[3] = grown(alerts[3], "more")
			told = b.digest(alerts, told)
			top := b.slack.TopLevel()
			if last := top[len(top)-1]; told[0].TS == first || last.TS != told[0].TS || !strings.HasPrefix(last.Text, "6 alerts") {
				t.Errorf("told %+v, last %s", told[0], last.Text)
			}
		})
	}
}
