package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// pressable is a world whose cards have buttons, which anna may use.
func pressable(t *testing.T, queueURL string) *world {
	t.Helper()
	w := newWorld(t, queueURL, "")
	w.write(t, "app-token", w.slack.AppToken)
	w.write(t, "signing-secret", "8f742231b10e8888abcd99yyyzzz85a5")
	w.edit(t, "slack: {token_file: slack-token,", "slack: {token_file: slack-token, app_token_file: app-token, signing_secret_file: signing-secret, allowed_users: [UANNA],")
	return w
}

func TestWhatAPersonDoesInSlackIsSeenThereAndInPagerDuty(t *testing.T) {
	c := newCloud(t)
	queue, sqsURL := c.queue("trail", sqstest.Faults{})
	w := pressable(t, sqsURL)
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	eventually(t, "the daemon is ready", func() bool {
		status, _ := d.ask(t, http.MethodGet, "/-/ready", "")
		return status == http.StatusOK && w.slack.Connected()
	})
	card := func() string { return string(w.slack.TopLevel()[0].Blocks) }
	shows := func(what ...string) func() bool {
		return func() bool {
			for _, text := range what {
				if !strings.Contains(card(), text) {
					return false
				}
			}
			return true
		}
	}
	press := func(user, action, value string) {
		t.Helper()
		if err := w.slack.Interact(w.slack.Press(user, "trailwarden-"+action, value)); err != nil {
			t.Fatal(err)
		}
	}
	key := w.pagerDuty.Events()[0].DedupKey

	press("UMALLORY", "resolve", a.ID)
	eventually(t, "mallory is turned away", func() bool { return len(w.slack.Whispers()) == 1 })
	press("UANNA", "acknowledge", a.ID)
	eventually(t, "the card and PagerDuty show it", func() bool {
		return w.pagerDuty.State(key) == "acknowledged" && shows("ACKNOWLEDGED", "Acknowledged by anna (Slack UANNA) at ")()
	})

	// An expected change, with a reason.
	press("UANNA", "expected", a.ID)
	eventually(t, "the dialog opens", func() bool { return len(w.slack.Views()) == 1 })
	answer := notifytest.Submit("UANNA", w.slack.Views()[0], map[string]string{"trailwarden-reason": "CHG-99 demo", "trailwarden-for": "24h0m0s"})
	if err := w.slack.Interact(answer); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is shown", shows("SUPPRESSED", "CHG-99 demo"))
	eventually(t, "the page ends", func() bool { return w.pagerDuty.State(key) == "resolved" })

	// A false positive, told by a signed request; its card has no buttons any more.
	press("UANNA", "false-positive", a.ID)
	eventually(t, "the dialog opens", func() bool { return len(w.slack.Views()) == 2 })
	answer = notifytest.Submit("UANNA", w.slack.Views()[1], map[string]string{"trailwarden-reason": "a honeypot"})
	if status := d.interact(t, string(answer), "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong signature: %d", status)
	}
	if status := d.interact(t, string(answer), "8f742231b10e8888abcd99yyyzzz85a5"); status != http.StatusOK {
		t.Errorf("a signed request: %d", status)
	}
	eventually(t, "the card is closed", shows("RESOLVED", "honeypot"))
	if strings.Contains(card(), "trailwarden-") {
		t.Error("the closed card has buttons")
	}
	if problems := w.slack.Problems(); len(problems) > 0 {
		t.Errorf("Slack: %q", problems)
	}
	eventually(t, "nothing waits", func() bool { return d.ledger(t).settled() })
	d.ledger(t).closes(t)
}

func TestSilencingFromTheCardHidesWhatIsLikeIt(t *testing.T) {
	c := newCloud(t)
	queue, sqsURL := c.queue("trail", sqstest.Faults{})
	w := pressable(t, sqsURL)
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	eventually(t, "the socket is open", w.slack.Connected)
	if err := w.slack.Interact(w.slack.Press("UANNA", "trailwarden-silence", a.ID+"|1h0m0s")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is silenced", func() bool { return d.alerts(t)[0].Status == alert.Suppressed && d.ledger(t).settled() })
	other := kops()
	other.id, other.user, other.bucket = "11111111-5f0e-4f39-9d9a-6a1f9a3f8b11", "dev-bert", "payroll"
	queue.Send(apiCall(t, other.record()))
	eventually(t, "another bucket is told of", func() bool { return len(w.slack.TopLevel()) == 2 && d.ledger(t).settled() })
	d.ledger(t).closes(t)
}

// TestSlackKeepsToTheLimitsOfTheAPI: what the API would refuse, a card's buttons do not do, and who clicked is told why.
func TestSlackKeepsToTheLimitsOfTheAPI(t *testing.T) {
	c := newCloud(t)
	queue, sqsURL := c.queue("trail", sqstest.Faults{})
	w := pressable(t, sqsURL)
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	a := toldOnce(t, d, w, deleted(queue, 1))
	eventually(t, "the socket is open", w.slack.Connected)
	refused := func(want string, payload json.RawMessage) {
		t.Helper()
		before := len(w.slack.Whispers())
		if err := w.slack.Interact(payload); err != nil {
			t.Fatal(err)
		}
		eventually(t, want, func() bool { return len(w.slack.Whispers()) > before })
		if told := w.slack.Whispers()[before]; !strings.HasPrefix(told, "UANNA: Not done: ") || !strings.Contains(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	}
	dialog := func(action, reason, length string) json.RawMessage {
		view, err := json.Marshal(map[string]string{"private_metadata": fmt.Sprintf(`{"alert_id":%q,"action":%q,"channel":%q}`, a.ID, action, w.slack.Channel)})
		if err != nil {
			t.Fatal(err)
		}
		return notifytest.Submit("UANNA", view, map[string]string{"trailwarden-reason": reason, "trailwarden-for": length})
	}
	refused("at most 366 days", w.slack.Press("UANNA", "trailwarden-silence", a.ID+"|9000h0m0s"))
	refused("not after the start", w.slack.Press("UANNA", "trailwarden-silence", a.ID+"|-1h0m0s"))
	refused("at most 366 days", dialog("expected", "CHG-1", "9000h0m0s"))
	refused("more than 0", dialog("expected", "CHG-1", "0s"))
	refused("the reason is required", dialog("expected", " ", "1h0m0s"))
	refused("at most 500 bytes", dialog("false-positive", strings.Repeat("x", 501), ""))
	if now := d.alerts(t)[0]; now.Status != alert.Open || now.Suppression != nil {
		t.Errorf("the alert is %s", now.Status)
	}
	if all := get[[]silence.Silence](t, d, "/api/v1/silences"); len(all) != 0 {
		t.Errorf("silences %+v", all)
	}
	if err := w.slack.Interact(w.slack.Press("UANNA", "trailwarden-acknowledge", a.ID)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is acknowledged", func() bool { return d.alerts(t)[0].Status == alert.Acknowledged })
	refused("already acknowledged by anna", w.slack.Press("UANNA", "trailwarden-acknowledge", a.ID))
}

// interact makes a request as Slack signs it, and gives the status.
func (d *daemon) interact(t *testing.T, payload, key string) int {
	t.Helper()
	body := url.Values{"payload": {payload}}.Encode()
	stamp := fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/slack/interactions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
