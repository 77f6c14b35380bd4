package slack_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
)

// wall is an incoming webhook.
type wall struct {
	mu     sync.Mutex
	posted []hooked
	answer []int // statuses of the next posts; 200 after them
}

type hooked struct {
	Text   string
	Blocks json.RawMessage
}

func (w *wall) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.answer) > 0 {
		status := w.answer[0]
		w.answer = w.answer[1:]
		if status != http.StatusOK {
			rw.WriteHeader(status)
			return
		}
	}
	var m hooked
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	w.posted = append(w.posted, m)
}

func newHook(t *testing.T) (*slack.Hook, *wall, string) {
	t.Helper()
	w := &wall{}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(server.URL+"/services/T0/B0/hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client := httpcall.NewClient()
	t.Cleanup(client.CloseIdleConnections)
	return slack.NewHook(notify.Slack{WebhookURLFile: file}, slack.Options{
		Client: client, Pacer: slack.NewPacer(0), Log: zap.NewNop(), Now: time.Now,
	}), w, file
}

func TestAWebhookGetsTheCardAndThenItsChanges(t *testing.T) {
	h, w, _ := newHook(t)
	a := notifytest.KopsState()
	told, err := h.Tell(t.Context(), a, notify.Told{})
	if err != nil || told.Revision != 1 {
		t.Fatal(told, err)
	}
	closed, by := a.EventTime.Add(time.Minute), "bob <!channel>"
	a.Revision, a.Status, a.ResolvedAt, a.ResolvedBy = 2, alert.Resolved, &closed, &by
	a.Updates = append(a.Updates, alert.Update{Time: closed, EventID: "e2", Kind: "resolved", Text: "PutBucketAcl by bob"})
	if told, err = h.Tell(t.Context(), a, told); err != nil || told.Revision != 2 {
		t.Fatal(told, err)
	}
	if len(w.posted) != 2 || !strings.Contains(string(w.posted[0].Blocks), "Score 93") || w.posted[1].Blocks != nil {
		t.Fatalf("posted %+v", w.posted)
	}
	if text := w.posted[1].Text; !strings.Contains(text, "RESOLVED · prod-kops-state · public for 1 m") || !strings.Contains(text, "PutBucketAcl by bob") || strings.Contains(text, "<!") {
		t.Errorf("the change: %s", text)
	}
}

func TestAWebhooksAnswers(t *testing.T) {
	a := notifytest.KopsState()
	h, w, file := newHook(t)
	w.answer = []int{400, 200}
	if told, err := h.Tell(t.Context(), a, notify.Told{}); err != nil || !told.Plain || w.posted[0].Blocks != nil {
		t.Errorf("blocks refused: %+v, %v", told, err)
	}
	w.answer = []int{400, 400}
	_, err := h.Tell(t.Context(), a, notify.Told{})
	if _, ok := errors.AsType[*notify.PermanentError](err); !ok {
		t.Errorf("refused for good: %v", err)
	}
	for _, status := range []int{403, 404, 410} {
		w.answer = []int{status}
		_, err := h.Tell(t.Context(), a, notify.Told{})
		if _, ok := errors.AsType[*notify.CredentialError](err); !ok || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%d: %v", status, err)
		}
	}
	w.answer = []int{500}
	if told, err := h.Tell(t.Context(), a, notify.Told{}); err == nil || told.Revision != 0 {
		t.Errorf("500: %+v, %v", told, err)
	}
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*notify.CredentialError](h.Check(t.Context())); !ok {
		t.Error("no word of the missing file")
	}
}
