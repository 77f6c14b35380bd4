package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
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
		return w.pagerDuty.State(key) == "acknowledged" && shows("ACKNOWLEDGED", "acknowledged by anna (Slack UANNA) at ")()
	})

	// An expected change, with a reason.
	press("UANNA", "expected", a.ID)
	eventually(t, "the dialog opens", func() bool { return len(w.slack.Views()) == 1 })
	answer := notifytest.Submit("UANNA", w.slack.Views()[0], map[string]string{"trailwarden-reason": "CHG-99 demo", "trailwarden-for": "24h0m0s"})
	if err := w.slack.Interact(answer); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is shown", shows("SUPPRESSED", "expected change until", "by anna (Slack UANNA): CHG-99 demo"))
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
	eventually(t, "the card is closed", shows("RESOLVED", "closed by anna (Slack UANNA) (false positive: a honeypot)"))
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
