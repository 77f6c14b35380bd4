package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthTellsWhatTheDaemonAnswers(t *testing.T) {
	answers := map[string]struct {
		status int
		text   string
	}{
		"/-/serving":   {http.StatusOK, "healthy\n"},
		"/-/ready":     {http.StatusServiceUnavailable, "nats: ok\nconsumer: not ready: \x1b[31mno queue\n"},
		"/up/-/ready":  {http.StatusOK, "nats: ok\n"},
		"/-/elsewhere": {http.StatusOK, ""},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers[r.URL.Path].status)
		_, _ = w.Write([]byte(answers[r.URL.Path].text))
	}))
	defer server.Close()
	for name, c := range map[string]struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		"alive":       {[]string{"--url", server.URL}, exitOK, "healthy\n", ""},
		"last slash":  {[]string{"--url", server.URL + "/"}, exitOK, "healthy\n", ""},
		"below":       {[]string{"--ready", "--url", server.URL + "/up"}, exitOK, "nats: ok\n", ""},
		"not ready":   {[]string{"--ready", "--url", server.URL}, exitFailure, `not ready: \x1b[31mno queue`, "503"},
		"nobody":      {[]string{"--url", "http://127.0.0.1:1"}, exitFailure, "", "is it running"},
		"no URL":      {[]string{"--url", "http://[::1"}, exitFailure, "", "--url is no URL"},
		"wrong usage": {[]string{"--uri", server.URL}, exitUsage, "", "unknown flag"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), append([]string{"health"}, c.args...), strings.NewReader(""), &stdout, &stderr)
			if status != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("exit status %d\nstdout: %s\nstderr: %s", status, &stdout, &stderr)
			}
		})
	}
}
