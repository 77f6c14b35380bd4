package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a notifier with a Slack of its own, driven as a lane drives it.
type bench struct {
	t     testing.TB
	slack *notifytest.Slack
	n     *slack.Notifier
	logs  *observer.ObservedLogs
	token string // path of the token file
}

func newBench(t testing.TB) *bench {
	t.Helper()
	fake := notifytest.NewSlack()
	t.Cleanup(fake.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(fake.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client := httpcall.NewClient()
	t.Cleanup(client.CloseIdleConnections)
	core, logs := observer.New(zap.DebugLevel)
	n := slack.New(notify.Slack{TokenFile: token, Channel: fake.Channel, APIURL: fake.URL()}, slack.Options{
		Client: client, Pacer: slack.NewPacer(0), Log: zap.New(core), Now: time.Now,
		Page: func(id string) string { return "https://trailwarden.example/alerts/" + id },
	})
	return &bench{t: t, slack: fake, n: n, logs: logs, token: token}
}

// tell takes steps until all is told or one fails.
func (b *bench) tell(a *alert.Alert, told notify.Told) (notify.Told, error) {
	b.t.Helper()
	for range 20 {
		if told.Revision == a.Revision {
			return told, nil
		}
		var err error
		if told, err = b.n.Tell(b.t.Context(), a, told); err != nil {
			return told, err
		}
	}
	b.t.Fatal("telling never ends")
	return told, nil
}

func (b *bench) must(told notify.Told, err error) notify.Told {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return told
}

// clean demands that nothing was posted that Slack or a reader would mind.
func (b *bench) clean() {
	b.t.Helper()
	if problems := b.slack.Problems(); len(problems) > 0 {
		b.t.Errorf("problems: %s", strings.Join(problems, "\n"))
	}
}

func TestCards(t *testing.T) {
	for name, a := range map[string]*alert.Alert{"kops-state": notifytest.KopsState(), "charity-website": notifytest.CharityWebsite()} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.must(b.tell(a, notify.Told{}))
			b.clean()
			all := b.slack.Messages()
			if len(all) != 2 || all[1].ThreadTS != all[0].TS {
				t.Fatalf("want a card and its thread, got %d messages", len(all))
			}
			var blocks bytes.Buffer
			if err := json.Indent(&blocks, all[0].Blocks, "", "  "); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", blocks.Bytes())
			golden(t, name+".txt", []byte(all[0].Text+"\n\n"+all[1].Text+"\n"))
		})
	}
}

// golden compares with a file of testdata, which UPDATE_GOLDEN=1 writes anew.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestLifeOfAnAlert(t *testing.T) {
	b := newBench(t)
	a := notifytest.KopsState()
	told := b.must(b.tell(a, notify.Told{}))

	wider := *a
	wider.Revision, wider.Score = 2, 97
	wider.Updates = []alert.Update{{Time: a.EventTime.Add(time.Minute), Kind: "grew", Text: "AllUsers WRITE as well"}}
	told = b.must(b.tell(&wider, told))

	reopened := wider
	reopened.Revision = 3
	reopened.Updates = append(reopened.Updates, alert.Update{Time: a.EventTime.Add(2 * time.Minute), Kind: "escalated", Text: "score 97"})
	told = b.must(b.tell(&reopened, told))

	closed := reopened
	at, by, reason := a.EventTime.Add(664*time.Second), "bob", "PutBucketPublicAccessBlock"
	closed.Revision, closed.Status, closed.ResolvedAt, closed.ResolvedBy, closed.ResolvedReason = 4, alert.Resolved, &at, &by, &reason
	closed.Updates = append(closed.Updates, alert.Update{Time: at, EventID: "e2", Kind: "resolved", Text: "closed by bob"})
	told = b.must(b.tell(&closed, told))

	if told.Revision != 4 || told.Status != alert.Resolved || told.Updates != 3 {
		t.Errorf("told %+v", told)
	}
	top := b.slack.TopLevel()
	if len(top) != 1 || top[0].Updates != 3 || top[0].ID() != a.ID {
		t.Fatalf("want one card updated three times, got %+v", top)
	}
	card := string(top[0].Blocks)
	for _, want := range []string{"RESOLVED · prod-kops-state · public for 11 m 4 s · closed by bob (PutBucketPublicAccessBlock)", a.Bucket, a.ID} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	if strings.Contains(card, "What to do") {
		t.Error("a closed card asks for closing")
	}
	var thread []string
	for _, m := range b.slack.Messages()[1:] {
		thread = append(thread, m.Text)
		if want := strings.Contains(m.Text, "Severity raised"); m.Broadcast != want {
			t.Errorf("broadcast is %t for %q", m.Broadcast, m.Text)
		}
	}
	if len(thread) != 4 || !strings.Contains(thread[3], "Resolved: closed by bob · public for 11 m 4 s") {
		t.Errorf("thread: %q", thread)
	}
	b.clean()
}

func TestRefusals(t *testing.T) {
	t.Run("blocks refused: text at once", func(t *testing.T) {
		b := newBench(t)
		b.slack.Fail("chat.postMessage", notifytest.Fault{Error: "invalid_blocks"})
		told := b.must(b.tell(notifytest.KopsState(), notify.Told{}))
		m := b.slack.TopLevel()[0]
		if !told.Plain || m.Blocks != nil || !strings.Contains(m.Text, "prod-kops-state") || !strings.Contains(m.Text, "203.0.113.77") {
			t.Errorf("told %+v, posted %q", told, m.Text)
		}
		b.clean()
	})
	t.Run("text refused as well: for good", func(t *testing.T) {
		b := newBench(t)
		b.slack.Fail("chat.postMessage", notifytest.Fault{Error: "invalid_blocks"}, notifytest.Fault{Error: "no_text"})
		_, err := b.tell(notifytest.KopsState(), notify.Told{})
		if _, ok := errors.AsType[*notify.PermanentError](err); !ok {
			t.Errorf("got %v", err)
		}
	})
	t.Run("update refused: reply", func(t *testing.T) {
		b := newBench(t)
		a := notifytest.KopsState()
		told := b.must(b.tell(a, notify.Told{}))
		next := *a
		next.Revision, next.Status, next.AcknowledgedBy = 2, alert.Acknowledged, "carol"
		b.slack.Fail("chat.update", notifytest.Fault{Error: "cant_update_message"})
		told = b.must(b.tell(&next, told))
		all := b.slack.Messages()
		if last := all[len(all)-1]; !told.Fixed || last.ThreadTS != told.TS || !strings.Contains(last.Text, "ACKNOWLEDGED · CRITICAL 93") {
			t.Errorf("told %+v, last %q", told, last.Text)
		}
	})
	t.Run("wrong channel is a matter of settings", func(t *testing.T) {
		b := newBench(t)
		b.slack.Channel = "C999"
		_, err := b.tell(notifytest.KopsState(), notify.Told{})
		if _, ok := errors.AsType[*notify.CredentialError](err); !ok {
			t.Errorf("got %v", err)
		}
		if err := b.n.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "channel_not_found") {
			t.Errorf("check says %v", err)
		}
	})
}

// TestUnknownOutcome lets calls end without an answer at each effect: whatever happened, it stands there once.
func TestUnknownOutcome(t *testing.T) {
	for name, fault := range map[string]notifytest.Fault{
		"lost answer":     {Lose: true},
		"cut before":      {Drop: true},
		"server error":    {Status: 503},
		"internal error":  {Error: "internal_error"},
		"rate limit":      {Status: 429, RetryAfter: 7},
		"strange success": {Status: 200, Body: "{}"},
	} {
		for _, at := range []int{0, 1} { // the card, the thread
			t.Run(name, func(t *testing.T) {
				b := newBench(t)
				b.slack.Fail("chat.postMessage", append(make([]notifytest.Fault, at), fault)...)
				told, err := b.tell(notifytest.KopsState(), notify.Told{})
				if err == nil {
					t.Fatal("no error")
				}
				if wait, ok := errors.AsType[*notify.RetryAfterError](err); ok != (name == "rate limit") || ok && wait.After != 7*time.Second {
					t.Errorf("got %v", err)
				}
				b.must(b.tell(notifytest.KopsState(), told))
				if n := len(b.slack.Messages()); n != 2 {
					t.Errorf("%d messages, want a card and its thread", n)
				}
			})
		}
	}
}

func TestHistoryNotShown(t *testing.T) {
	b := newBench(t)
	b.slack.NoHistory = true
	b.slack.Fail("chat.postMessage", notifytest.Fault{Lose: true})
	told, err := b.tell(notifytest.KopsState(), notify.Told{})
	if err == nil {
		t.Fatal("no error")
	}
	b.must(b.tell(notifytest.KopsState(), told))
	if n := len(b.slack.TopLevel()); n != 2 {
		t.Errorf("%d messages, want it posted again", n)
	}
	if b.logs.FilterMessageSnippet("posted again").Len() != 1 {
		t.Error("nothing said of it")
	}
}

func TestTokenIsReadAnew(t *testing.T) {
	b := newBench(t)
	if err := os.WriteFile(b.token, []byte("xoxb-old-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{b.n.Check(t.Context()), second(b.tell(notifytest.KopsState(), notify.Told{}))} {
		if _, ok := errors.AsType[*notify.CredentialError](err); !ok || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
	if err := os.WriteFile(b.token, []byte(b.slack.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.n.Check(t.Context()); err != nil {
		t.Error(err)
	}
	b.must(b.tell(notifytest.KopsState(), notify.Told{}))
}

func second(_ notify.Told, err error) error { return err }

func TestCallIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.slack.Fail("chat.postMessage", notifytest.Fault{HangDone: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	a := notifytest.KopsState()
	told := b.must(b.n.Tell(ctx, a, notify.Told{}))
	told, err := b.n.Tell(ctx, a, told)
	if err == nil || !told.Unsure {
		t.Fatalf("told %+v, error %v", told, err)
	}
	b.must(b.tell(a, told))
	if n := len(b.slack.TopLevel()); n != 1 {
		t.Errorf("%d cards", n)
	}
}

func TestHostileText(t *testing.T) {
	for _, text := range []string{
		"<!channel> <@U123> <#C1> @here @everyone https://evil.example <https://evil.example|bank>", "```*bold*``` `code` &amp; & &&&&&&&&", "",
		"a\x1b[31m\u202eb\u200b\r\nc", strings.Repeat("A", 5000), strings.Repeat("<>&`", 2000), strings.Repeat("\"\\", 3000), strings.Repeat("💣", 2000),
	} {
		hostile(t, newBench(t), text)
	}
}

func hostile(t testing.TB, b *bench, text string) {
	t.Helper()
	for _, status := range []alert.Status{alert.Open, alert.Resolved} {
		a := notifytest.Hostile(notifytest.KopsState(), text)
		a.Status = status
		b.must(b.tell(a, notify.Told{}))
		alerts := []*alert.Alert{a, a, a, a, a, a}
		b.digest(alerts, make([]notify.Told, len(alerts)))
	}
	b.clean()
}

func FuzzHostileText(f *testing.F) {
	f.Add("<!here> \u202e ``` https://x")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, text string) { hostile(t, &bench{t: t, slack: b.slack, n: b.n}, text) })
}

// That a bucket was deleted is told in the channel: its data is gone.
func TestADeletedBucketIsToldInTheChannel(t *testing.T) {
	b := newBench(t)
	a := notifytest.KopsState()
	told := b.must(b.tell(a, notify.Told{}))
	gone := *a
	at, by, reason := a.EventTime.Add(time.Hour), "bob", alert.BucketDeleted
	gone.Revision, gone.Status, gone.ResolvedAt, gone.ResolvedBy, gone.ResolvedReason = 2, alert.Resolved, &at, &by, &reason
	gone.Updates = append(gone.Updates, alert.Update{Time: at, EventID: "e2", Kind: "resolved", Text: reason + ": DeleteBucket by bob"})
	b.must(b.tell(&gone, told))
	all := b.slack.Messages()
	if last := all[len(all)-1]; !last.Broadcast || !strings.Contains(last.Text, "bucket deleted, its data is gone: DeleteBucket by bob") {
		t.Errorf("broadcast %t: %q", last.Broadcast, last.Text)
	}
	if card := string(b.slack.TopLevel()[0].Blocks); !strings.Contains(card, "RESOLVED · prod-kops-state · bucket deleted, its data is gone · by bob") {
		t.Errorf("card: %s", card)
	}
	b.clean()
}

// An incident of more updates than are listed goes on being told, its escalation and its end included.
func TestWhatHasMoreUpdatesThanAreListedIsToldOn(t *testing.T) {
	b, a := newBench(t), notifytest.KopsState()
	told := b.must(b.tell(a, notify.Told{}))
	long := *a
	for n := range 260 {
		if len(long.Updates) >= 200 {
			long.Updates, long.Forgotten = append(long.Updates[:1:1], long.Updates[2:]...), long.Forgotten+1
		}
		kind := "grew"
		if n == 250 {
			kind = "escalated"
		}
		long.Updates = append(long.Updates, alert.Update{Time: a.EventTime.Add(time.Duration(n) * time.Second), Kind: kind, Text: fmt.Sprintf("change %d.", n)})
		if long.Revision++; n >= 190 {
			told = b.must(b.tell(&long, told))
		}
	}
	all := b.slack.Messages()
	said := 0
	for _, m := range all[2:] {
		said += strings.Count(m.Text, "change 2")
		if strings.Contains(m.Text, "change 250.") != m.Broadcast {
			t.Errorf("broadcast %t: %s", m.Broadcast, m.Text)
		}
	}
	if last := all[len(all)-1].Text; !strings.Contains(last, "change 259.") || said < 60 {
		t.Errorf("the last of %d messages is %q; %d of the latest changes were told", len(all), last, said)
	}
	b.clean()
}
