package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/webhook"
	"github.com/trailwarden/trailwarden/config/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// post tells an alert and gives what the SIEM received.
func post(t *testing.T, a *alert.Alert, told notify.Told, key string) (body []byte, signature string, after notify.Told) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		signature = r.Header.Get(webhook.SignatureHeader)
	}))
	defer server.Close()
	client := httpcall.NewClient()
	defer client.CloseIdleConnections()
	dir := t.TempDir()
	cfg := notify.Webhook{URLFile: filepath.Join(dir, "url")}
	files := map[string]string{cfg.URLFile: server.URL}
	if key != "" {
		cfg.SecretFile = filepath.Join(dir, "key")
		files[cfg.SecretFile] = key
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := webhook.New(cfg, webhook.Options{Client: client, Now: func() time.Time { return time.Unix(1773453600, 0) }})
	if err := n.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := n.Tell(t.Context(), a, told)
	if err != nil {
		t.Fatal(err)
	}
	return body, signature, after
}

func TestFinding(t *testing.T) {
	for name, c := range map[string]struct {
		alert *alert.Alert
		told  notify.Told
		want  map[string]any
	}{
		"new": {notifytest.KopsState(), notify.Told{}, map[string]any{
			"class_uid": 2004., "type_uid": 200401., "activity_id": 1., "severity_id": 5., "severity": "Critical", "status_id": 1., "status": "New", "risk_score": 93.,
		}},
		"resolved": {notifytest.CharityWebsite(), notify.Told{Revision: 1}, map[string]any{
			"class_uid": 2004., "type_uid": 200403., "activity_id": 3., "severity_id": 2., "severity": "Low", "status_id": 4., "status": "Resolved", "risk_score": 22.,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			body, signature, told := post(t, c.alert, c.told, "")
			var got map[string]any
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			for key, want := range c.want {
				if diff := cmp.Diff(want, got[key]); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
			}
			info, _ := got["finding_info"].(map[string]any)
			if info["uid"] != c.alert.ID || signature != "" || told.Revision != c.alert.Revision {
				t.Errorf("finding_info %v, signature %q, told %+v", info, signature, told)
			}
		})
	}
}

func TestSignature(t *testing.T) {
	body, signature, _ := post(t, notifytest.KopsState(), notify.Told{}, "key")
	if want := webhook.Sign(secret.New("key"), time.Unix(1773453600, 0), body); signature != want {
		t.Errorf("signature %q, want %q", signature, want)
	}
	// Computed with openssl: printf '1773453600.{}' | openssl dgst -sha256 -hmac key
	const known = "t=1773453600,v1=9de4191671bfd89ad0519e8d2d8df6e2a15cca071f6ef450ad7755fee7606942"
	if got := webhook.Sign(secret.New("key"), time.Unix(1773453600, 0), []byte("{}")); got != known {
		t.Errorf("signed %q, want %q", got, known)
	}
}
