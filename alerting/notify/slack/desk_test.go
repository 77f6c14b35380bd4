package slack_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
)

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// office is a desk with a Slack of its own, and what it was asked to do.
type office struct {
	slack *notifytest.Slack
	cfg   notify.Slack
	desk  *slack.Desk

	client *http.Client

	mu   sync.Mutex
	done []notify.Deed
	fail error
	told map[string][]string // receivers by alert
}

func (o *office) Told(_ context.Context, id string) ([]string, error) { return o.told[id], nil }

func (o *office) Do(_ context.Context, d notify.Deed) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = append(o.done, d)
	return o.fail
}

func (o *office) deeds() []notify.Deed {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.done
}

// newOffice runs a desk until the test ends.
func newOffice(t *testing.T, edit func(*notify.Slack)) *office {
	t.Helper()
	o := &office{slack: notifytest.NewSlack()}
	t.Cleanup(o.slack.Close)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	o.cfg = notify.Slack{
		TokenFile: file("token", o.slack.Token), AppTokenFile: file("app", o.slack.AppToken), SigningSecretFile: file("secret", signingSecret),
		Channel: o.slack.Channel, APIURL: o.slack.URL(), AllowedUsers: []string{"UANNA", "SSOC"},
	}
	o.slack.Groups["SSOC"] = []string{"UBERT"}
	if edit != nil {
		edit(&o.cfg)
	}
	client := httpcall.NewClient()
	t.Cleanup(client.CloseIdleConnections)
	o.client = client
	o.run(t, notify.Receiver{Name: "soc", Slack: &o.cfg})
	return o
}

// run runs the desk of receivers until the test ends.
func (o *office) run(t *testing.T, receivers ...notify.Receiver) {
	t.Helper()
	client := o.client
	o.desk = slack.NewDesk(receivers, o, slack.DeskOptions{Client: client, Log: zap.NewNop(), Now: time.Now})
	if o.desk == nil {
		return
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = o.desk.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !true() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-again.C:
		}
	}
}

func (o *office) connected(t *testing.T) {
	t.Helper()
	eventually(t, "the socket is open", func() bool { return o.slack.Connected() && o.desk.Ready() == nil })
}

func (o *office) interact(t *testing.T, payload json.RawMessage) {
	t.Helper()
	if err := o.slack.Interact(payload); err != nil {
		t.Fatal(err)
	}
}

func TestButtonsThroughTheSocket(t *testing.T) {
	o := newOffice(t, nil)
	o.connected(t)
	const by = "anna (Slack UANNA)"
	for _, step := range []struct {
		action, value string
		want          notify.Deed
	}{
		{"trailwarden-acknowledge", "a1", notify.Deed{AlertID: "a1", Action: notify.Acknowledge, By: by}},
		{"trailwarden-resolve", "a2", notify.Deed{AlertID: "a2", Action: notify.Resolve, By: by}},
		{"trailwarden-silence", "a3|4h0m0s", notify.Deed{AlertID: "a3", Action: notify.Silence, By: by, For: 4 * time.Hour}},
	} {
		before := len(o.deeds())
		o.interact(t, o.slack.Press("UANNA", step.action, step.value))
		eventually(t, step.action, func() bool { return len(o.deeds()) > before })
		if diff := cmp.Diff(step.want, o.deeds()[before]); diff != "" {
			t.Errorf("%s:\n%s", step.action, diff)
		}
	}

	// The socket breaks now and then; the next one serves as well, members of a group too.
	o.slack.HangUp()
	eventually(t, "the socket is open again", o.slack.Connected)
	o.interact(t, o.slack.Press("UBERT", "trailwarden-acknowledge", "a4"))
	eventually(t, "bert acknowledges", func() bool { return len(o.deeds()) == 4 })
}

func TestDialogsAskForTheReason(t *testing.T) {
	o := newOffice(t, nil)
	o.connected(t)
	for n, step := range []struct {
		action string
		want   notify.Deed
	}{
		{"trailwarden-expected", notify.Deed{AlertID: "a1", Action: notify.Expected, Reason: "CHG-1 <!here>", For: 168 * time.Hour}},
		{"trailwarden-false-positive", notify.Deed{AlertID: "a1", Action: notify.FalsePositive, Reason: "CHG-1 <!here>"}},
	} {
		o.interact(t, o.slack.Press("UANNA", step.action, "a1"))
		eventually(t, "a dialog opens", func() bool { return len(o.slack.Views()) == n+1 })
		if len(o.deeds()) != n {
			t.Fatal("done before the reason was given")
		}
		o.interact(t, notifytest.Submit("UANNA", o.slack.Views()[n], map[string]string{"trailwarden-reason": "CHG-1 <!here>", "trailwarden-for": "168h0m0s"}))
		eventually(t, "the wish is carried out", func() bool { return len(o.deeds()) == n+1 })
		step.want.By = "anna (Slack UANNA)"
		if diff := cmp.Diff(step.want, o.deeds()[n]); diff != "" {
			t.Errorf("%s:\n%s", step.action, diff)
		}
	}
	if problems := o.slack.Problems(); len(problems) > 0 {
		t.Errorf("Slack: %q", problems)
	}
}

func TestWhoMayNotActIsToldSoAndNothingIsDone(t *testing.T) {
	for name, allowed := range map[string][]string{"others may": {"UANNA", "SSOC"}, "nobody may": nil} {
		o := newOffice(t, func(c *notify.Slack) { c.AllowedUsers = allowed })
		o.connected(t)
		o.interact(t, o.slack.Press("UMALLORY", "trailwarden-resolve", "a1"))
		eventually(t, "mallory is told", func() bool { return len(o.slack.Whispers()) == 1 })
		if told := o.slack.Whispers()[0]; !strings.HasPrefix(told, "UMALLORY: You are not allowed to do this") {
			t.Errorf("%s: %s", name, told)
		}
		// A dialog that was never opened for her opens no door either.
		o.interact(t, notifytest.Submit("UMALLORY", json.RawMessage(fmt.Sprintf(`{"private_metadata":"{\"alert_id\":\"a1\",\"action\":\"false-positive\",\"channel\":%q}"}`, o.slack.Channel)), nil))
		if len(o.deeds()) != 0 {
			t.Errorf("%s: done %+v", name, o.deeds())
		}
	}
	o := newOffice(t, nil)
	o.connected(t)
	o.fail = errors.New("the alert is already resolved")
	o.interact(t, o.slack.Press("UANNA", "trailwarden-resolve", "a1"))
	eventually(t, "anna is told", func() bool { return len(o.slack.Whispers()) == 1 })
	if told := o.slack.Whispers()[0]; told != "UANNA: Not done: the alert is already resolved" {
		t.Error(told)
	}
	// If the members of the group cannot be read, nobody who is not named may act.
	o.slack.Fail("usergroups.users.list", notifytest.Fault{Error: "missing_scope"})
	o = newOffice(t, nil)
	o.connected(t)
	o.slack.Fail("usergroups.users.list", notifytest.Fault{Error: "missing_scope"})
	o.interact(t, o.slack.Press("UBERT", "trailwarden-resolve", "a1"))
	eventually(t, "bert is told", func() bool { return len(o.slack.Whispers()) == 1 })
	if len(o.deeds()) != 0 {
		t.Errorf("done %+v", o.deeds())
	}
}

func TestARefusedAppTokenIsSaid(t *testing.T) {
	o := newOffice(t, func(c *notify.Slack) {
		if err := os.WriteFile(c.AppTokenFile, []byte("xapp-revoked"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	eventually(t, "it is said", func() bool {
		err := o.desk.Ready()
		return err != nil && strings.Contains(err.Error(), "invalid_auth") && !strings.Contains(err.Error(), "revoked")
	})
}

// signed is a request as Slack makes it.
func signed(payload json.RawMessage, key string, at time.Time) *http.Request {
	body := url.Values{"payload": {string(payload)}}.Encode()
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	r := httptest.NewRequest(http.MethodPost, "/slack/interactions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

func TestButtonsThroughSignedRequests(t *testing.T) {
	o := newOffice(t, func(c *notify.Slack) { c.AppTokenFile = "" })
	if err := o.desk.Ready(); err != nil {
		t.Errorf("not ready without a socket: %v", err)
	}
	press := o.slack.Press("UANNA", "trailwarden-acknowledge", "a1")
	now := time.Now()
	forged := signed(press, signingSecret, now)
	forged.Body = signed(o.slack.Press("UANNA", "trailwarden-resolve", "a1"), signingSecret, now).Body
	unsigned := signed(press, signingSecret, now)
	unsigned.Header.Del("X-Slack-Signature")
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"another secret":   {signed(press, "another", now), http.StatusUnauthorized},
		"another body":     {forged, http.StatusUnauthorized},
		"no signature":     {unsigned, http.StatusUnauthorized},
		"an old recording": {signed(press, signingSecret, now.Add(-6*time.Minute)), http.StatusUnauthorized},
		"from the future":  {signed(press, signingSecret, now.Add(6*time.Minute)), http.StatusUnauthorized},
		"no JSON":          {signed(json.RawMessage("x"), signingSecret, now), http.StatusBadRequest},
		"right":            {signed(press, signingSecret, now), http.StatusOK},
	} {
		w := httptest.NewRecorder()
		o.desk.ServeHTTP(w, c.r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
	eventually(t, "the one that is right is carried out", func() bool { return len(o.deeds()) == 1 })
}

func TestOnlyCardsOfReceiversThatListenHaveButtons(t *testing.T) {
	if slack.NewDesk([]notify.Receiver{{Name: "soc", Slack: &notify.Slack{}}}, nil, slack.DeskOptions{}) != nil {
		t.Error("a desk without buttons")
	}
	a := notifytest.KopsState()
	for status, want := range map[alert.Status][]string{
		alert.Open:         {"acknowledge", "resolve", "silence", "expected", "false-positive"},
		alert.Acknowledged: {"resolve", "silence", "expected", "false-positive"},
		alert.Suppressed:   {"acknowledge", "resolve", "false-positive"},
		alert.Resolved:     nil,
	} {
		b := newBench(t)
		b.n = slack.New(notify.Slack{TokenFile: b.token, AppTokenFile: "app", Channel: b.slack.Channel, APIURL: b.slack.URL()}, slack.Options{
			Client: httpcall.NewClient(), Pacer: slack.NewPacer(0), Log: zap.NewNop(), Now: time.Now,
		})
		one := *a
		one.Status = status
		b.must(b.tell(&one, notify.Told{}))
		b.clean()
		var got []string
		var blocks []struct {
			Type     string
			Elements []struct {
				ActionID string `json:"action_id"`
			}
		}
		_ = json.Unmarshal(b.slack.TopLevel()[0].Blocks, &blocks)
		for _, block := range blocks {
			for _, e := range block.Elements {
				if block.Type == "actions" {
					got = append(got, strings.TrimPrefix(e.ActionID, "trailwarden-"))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", status, diff)
		}
	}
}

func FuzzInteractions(f *testing.F) {
	f.Add(`{"type":"block_actions","user":{"id":"UANNA"},"channel":{"id":"C0123456789"},"actions":[{"action_id":"trailwarden-silence","selected_option":{"value":"a|1h"}}]}`)
	f.Add(`{"type":"view_submission","view":{"private_metadata":"{}","state":{"values":{"x":null}}}}`)
	f.Add(`[]`)
	secret := filepath.Join(f.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(signingSecret), 0o600); err != nil {
		f.Fatal(err)
	}
	o := &office{}
	f.Fuzz(func(t *testing.T, payload string) {
		desk := slack.NewDesk([]notify.Receiver{{Name: "soc", Slack: &notify.Slack{SigningSecretFile: secret, Channel: "C0123456789"}}}, o,
			slack.DeskOptions{Client: http.DefaultClient, Log: zap.NewNop(), Now: time.Now})
		desk.ServeHTTP(httptest.NewRecorder(), signed(json.RawMessage(payload), signingSecret, time.Now()))
		ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		_ = desk.Run(ctx)
		if len(o.deeds()) > 0 {
			t.Errorf("nobody may act, and %q did %+v", payload, o.deeds())
		}
	})
}

func TestASignedRequestCountsOnce(t *testing.T) {
	o := newOffice(t, func(c *notify.Slack) { c.AppTokenFile = "" })
	now := time.Now()
	press := o.slack.Press("UANNA", "trailwarden-acknowledge", "a1")
	for range 3 {
		w := httptest.NewRecorder()
		o.desk.ServeHTTP(w, signed(press, signingSecret, now))
		if w.Code != http.StatusOK {
			t.Errorf("answered %d", w.Code)
		}
	}
	later := httptest.NewRecorder()
	o.desk.ServeHTTP(later, signed(press, signingSecret, now.Add(-time.Second))) // another click
	eventually(t, "both clicks are carried out", func() bool { return len(o.deeds()) == 2 })
	var at []int64
	for _, d := range o.deeds() {
		at = append(at, d.At.Unix())
	}
	slices.Sort(at)
	if at[0] != now.Unix()-1 || at[1] != now.Unix() {
		t.Errorf("carried out at %v, want the times that were signed", at)
	}
}

// stuck is hands that do nothing until they are let go.
type stuck struct{ started, free chan struct{} }

func (stuck) Told(context.Context, string) ([]string, error) { return nil, nil }

func (s stuck) Do(ctx context.Context, _ notify.Deed) error {
	s.started <- struct{}{}
	select {
	case <-s.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestAClickThatFailsSaysSo: for whatever reason nothing comes of a click, who clicked is told.
func TestAClickThatFailsSaysSo(t *testing.T) {
	o := newOffice(t, nil)
	o.connected(t)
	whispered := func(want string) {
		t.Helper()
		eventually(t, want, func() bool {
			for _, told := range o.slack.Whispers() {
				if strings.Contains(told, "UANNA: Not done: ") && strings.Contains(told, want) {
					return true
				}
			}
			return false
		})
	}
	o.interact(t, o.slack.Press("UANNA", "trailwarden-silence", "a1|for ever"))
	whispered("the time of the silence cannot be read")
	o.interact(t, o.slack.Press("UANNA", "trailwarden-escalate", "a1"))
	whispered("another version")
	if len(o.deeds()) > 0 {
		t.Errorf("done %+v", o.deeds())
	}

	// What still waits when the daemon stops, and what was being done.
	hands := stuck{make(chan struct{}, 100), make(chan struct{})}
	desk := slack.NewDesk([]notify.Receiver{{Name: "soc", Slack: &o.cfg}}, hands, slack.DeskOptions{Client: o.client, Log: zap.NewNop(), Now: time.Now})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = desk.Run(ctx)
	}()
	press := func(n int) int {
		w := httptest.NewRecorder()
		desk.ServeHTTP(w, signed(o.slack.Press("UANNA", "trailwarden-resolve", fmt.Sprint("b", n)), signingSecret, time.Now()))
		return w.Code
	}
	for n := range 5 {
		if code := press(n); code != http.StatusOK {
			t.Errorf("click %d: %d", n, code)
		}
	}
	for range 4 {
		<-hands.started
	}
	before := len(o.slack.Whispers())
	stop()
	<-ended
	if told := o.slack.Whispers()[before:]; len(told) != 5 || slices.ContainsFunc(told, func(s string) bool { return !strings.Contains(s, "stopping") }) {
		t.Errorf("told %q, want five that nothing came of their clicks", told)
	}
}
