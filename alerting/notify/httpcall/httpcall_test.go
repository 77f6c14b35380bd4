package httpcall_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPostJSON(t *testing.T) {
	var got *http.Request
	var body string
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = r, string(data)
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(strings.Repeat("x", 100_000)))
	}))
	defer server.Close()
	client := httpcall.NewClient()
	defer client.CloseIdleConnections()

	if err := httpcall.PostJSON(t.Context(), client, server.URL, http.Header{"X-Signature": {"s"}}, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("X-Signature") != "s" || got.Header.Get("Content-Type") != "application/json" || body != "{}" {
		t.Errorf("sent %v %q", got.Header, body)
	}
	status = http.StatusTeapot
	refused, ok := errors.AsType[*httpcall.StatusError](httpcall.PostJSON(t.Context(), client, server.URL, nil, nil))
	if !ok || refused.Status != status || len(refused.Body) != 8<<10 || strings.Contains(refused.Error(), "x") {
		t.Errorf("got %v", refused)
	}
	status = http.StatusServiceUnavailable
	wait, ok := errors.AsType[*notify.RetryAfterError](httpcall.PostJSON(t.Context(), client, server.URL, nil, nil))
	if !ok || wait.After != 3*time.Second {
		t.Errorf("got %v", wait)
	}
}

func TestErrorsNameNoURL(t *testing.T) {
	client := httpcall.NewClient()
	defer client.CloseIdleConnections()
	for _, target := range []string{"http://127.0.0.1:1/hush", "http://[hush", "hush://x", "http://hush.invalid/hush\x00"} {
		err := httpcall.PostJSON(t.Context(), client, target, nil, nil)
		if err == nil || strings.Contains(err.Error(), "/hush") || strings.Contains(err.Error(), "[hush") {
			t.Errorf("%q gives %v", target, err)
		}
	}
	err := httpcall.PostJSON(t.Context(), client, "http://127.0.0.1:1/", nil, nil)
	if !httpcall.NeverSent(err) || httpcall.NeverSent(io.ErrUnexpectedEOF) {
		t.Errorf("a refused connection was not seen as such: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"0": 0, "1.5": 1500 * time.Millisecond, "30": 30 * time.Second, "86400": 15 * time.Minute,
			time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat):  20 * time.Second,
			time.Now().Add(-20 * time.Second).UTC().Format(http.TimeFormat): 0,
		} {
			if got, ok := httpcall.RetryAfter(http.Header{"Retry-After": {value}}); !ok || got != want {
				t.Errorf("%q means %s, %t; want %s", value, got, ok, want)
			}
		}
		for _, value := range []string{"", "soon", "-3", "NaN"} {
			if got, ok := httpcall.RetryAfter(http.Header{"Retry-After": {value}}); ok {
				t.Errorf("%q means %s", value, got)
			}
		}
	})
}
