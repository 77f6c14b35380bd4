package receiver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/receiver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "hush-0123456789"

// every builds all notifiers that call a service, pointed at handler.
func every(t *testing.T, handler http.Handler) map[string]notify.Notifier {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := httpcall.NewClient()
	t.Cleanup(client.CloseIdleConnections)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	all, err := receiver.Build([]notify.Receiver{
		{Name: "slack", Slack: &notify.Slack{TokenFile: file(secret), Channel: "C1", APIURL: server.URL}},
		{Name: "pagerduty", PagerDuty: &notify.PagerDuty{RoutingKeyFile: file(secret), EventsURL: server.URL}},
		{Name: "webhook", Webhook: &notify.Webhook{URLFile: file(server.URL + "/" + secret), SecretFile: file(secret)}},
	}, receiver.Deps{Client: client, Log: zap.NewNop(), SlackInterval: time.Nanosecond, SlackSettle: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tell takes steps until one fails or all is told.
func tell(ctx context.Context, n notify.Notifier, a *alert.Alert) error {
	told := notify.Told{}
	for range 10 {
		var err error
		if told, err = n.Tell(ctx, a, told); err != nil || told.Revision == a.Revision {
			return err
		}
	}
	return errors.New("never told")
}

func class(err error) string {
	var wait *notify.RetryAfterError
	switch {
	case err == nil:
		return "told"
	case errors.As(err, &wait):
		return "wait " + wait.After.String()
	}
	if _, ok := errors.AsType[*notify.PermanentError](err); ok {
		return "permanent"
	}
	if _, ok := errors.AsType[*notify.CredentialError](err); ok {
		return "credential"
	}
	return "retry"
}

// TestContract holds every notifier to the same classes of error, for every kind of answer.
func TestContract(t *testing.T) {
	type wants map[string]string
	same := func(class string) wants { return wants{"slack": class, "pagerduty": class, "webhook": class} }
	for _, c := range []struct {
		status int
		after  string
		want   wants
	}{
		{200, "", wants{"slack": "retry", "pagerduty": "told", "webhook": "told"}}, // Slack's 200 says nothing without a body
		{202, "", wants{"slack": "retry", "pagerduty": "told", "webhook": "told"}},
		{301, "", same("retry")},
		{400, "", wants{"slack": "retry", "pagerduty": "permanent", "webhook": "permanent"}},
		{401, "", same("credential")},
		{403, "", same("credential")},
		{404, "", wants{"slack": "retry", "pagerduty": "retry", "webhook": "credential"}},
		{408, "", same("retry")},
		{413, "", wants{"slack": "retry", "pagerduty": "permanent", "webhook": "permanent"}},
		{422, "", wants{"slack": "retry", "pagerduty": "retry", "webhook": "permanent"}},
		{429, "", same("retry")},
		{429, "17", same("wait 17s")},
		{500, "", same("retry")},
		{502, "", same("retry")},
		{503, "", same("retry")},
		{504, "", same("retry")},
	} {
		for name, n := range every(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			if c.status == 301 {
				w.Header().Set("Location", "http://"+r.Host+"/elsewhere/"+secret)
			}
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte("you sent " + secret))
		})) {
			err := tell(t.Context(), n, notifytest.KopsState())
			if got := class(err); got != c.want[name] {
				t.Errorf("%s makes of %d (Retry-After %q): %s (%v), want %s", name, c.status, c.after, got, err, c.want[name])
			}
			noSecret(t, name, err)
		}
	}
}

// TestNoKindEscapesTheContract fails for a kind that calls a service and that every leaves out.
func TestNoKindEscapesTheContract(t *testing.T) {
	held := every(t, http.NotFoundHandler())
	for _, kind := range reflect.VisibleFields(reflect.TypeFor[notify.Receiver]()) {
		name := strings.ToLower(kind.Name)
		if kind.Type.Kind() == reflect.Pointer && name != "console" && held[name] == nil {
			t.Errorf("%s receivers are not held to the contract: add one to every, and what it makes of each answer", name)
		}
	}
}

func noSecret(t *testing.T, name string, err error) {
	t.Helper()
	if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, secret) {
		t.Errorf("%s tells its secret: %s", name, text)
	}
}

func TestContractWithoutAnswer(t *testing.T) {
	for fault, handler := range map[string]http.HandlerFunc{
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		},
		"hang": func(_ http.ResponseWriter, r *http.Request) {
			readAll(t, r) // until then the server does not see that the caller has gone
			<-r.Context().Done()
		},
	} {
		for name, n := range every(t, handler) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err := tell(ctx, n, notifytest.KopsState())
			cancel()
			if got := class(err); got != "retry" {
				t.Errorf("%s makes of %s: %s (%v)", name, fault, got, err)
			}
			noSecret(t, name, err)
		}
	}
}

func TestCredentialsThatCannotBeRead(t *testing.T) {
	all, err := receiver.Build([]notify.Receiver{
		{Name: "slack", Slack: &notify.Slack{TokenFile: secret, Channel: "C1"}},
		{Name: "pagerduty", PagerDuty: &notify.PagerDuty{RoutingKeyFile: secret}},
		{Name: "webhook", Webhook: &notify.Webhook{URLFile: secret}},
	}, receiver.Deps{Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range all {
		for _, err := range []error{tell(t.Context(), n, notifytest.KopsState()), n.(notify.Checker).Check(t.Context())} {
			if class(err) != "credential" {
				t.Errorf("%s: %v", name, err)
			}
			noSecret(t, name, err)
		}
	}
}

func TestEveryKind(t *testing.T) {
	var out bytes.Buffer
	all, err := receiver.Build([]notify.Receiver{{Name: "terminal", Console: &notify.Console{}}}, receiver.Deps{Log: zap.NewNop(), Console: &out})
	if err != nil {
		t.Fatal(err)
	}
	if err := tell(t.Context(), all["terminal"], notifytest.KopsState()); err != nil || !strings.Contains(out.String(), "prod-kops-state") {
		t.Errorf("console wrote %q, %v", out.String(), err)
	}
	if _, err := receiver.Build([]notify.Receiver{{Name: "none"}}, receiver.Deps{Log: zap.NewNop()}); err == nil {
		t.Error("a receiver without a kind was built")
	}
}

// FuzzHostileText states that no receiver is stopped, and no terminal moved, by what a stranger wrote.
func FuzzHostileText(f *testing.F) {
	f.Add("\x1b[2J\u202e<!here>")
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		bodies := 0
		accept := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !json.Valid(readAll(t, r)) {
				t.Error("no JSON")
			}
			bodies++
			w.WriteHeader(http.StatusAccepted)
		})
		all := every(t, accept)
		delete(all, "slack")
		more, err := receiver.Build([]notify.Receiver{{Name: "terminal", Console: &notify.Console{}}}, receiver.Deps{Log: zap.NewNop(), Console: &out})
		if err != nil {
			t.Fatal(err)
		}
		all["terminal"] = more["terminal"]
		for name, n := range all {
			if err := tell(t.Context(), n, notifytest.Hostile(notifytest.KopsState(), text)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if strings.ContainsFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == '\u202e' || r == 0x7f }) || bodies != 2 {
			t.Errorf("%d calls; the terminal got %q", bodies, out.String())
		}
	})
}

func readAll(t *testing.T, r *http.Request) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Error(err)
	}
	return b.Bytes()
}
