package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

func TestStoriesAreListedWithTheirParts(t *testing.T) {
	d := story()
	part := alert.Part{AlertID: "a1", RuleID: "iam-user-created", Severity: alert.Medium, Sentence: "eve created svc."}
	d.stories = []*alert.Story{
		{ID: "a1", Severity: alert.High, Actor: "eve", Alerts: 1, Parts: []alert.Part{part}},
		{ID: "a2", Severity: alert.Low, Actor: "bob", Alerts: 1, Parts: []alert.Part{}},
	}
	at := "http://" + serve(t, d, nil)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/api/v1/stories":              {http.StatusOK, `"parts":[{"alert_id":"a1",`},
		"/api/v1/stories?limit=1":      {http.StatusOK, `[{"id":"a1"`},
		"/api/v1/stories/a1":           {http.StatusOK, `"rule_id":"iam-user-created","severity":"medium"`},
		"/api/v1/stories/a9":           {http.StatusNotFound, "no such story"},
		"/api/v1/stories?severity=low": {http.StatusBadRequest, "unknown parameter"},
		"/api/v1/stories?limit=0":      {http.StatusBadRequest, "limit"},
		"/api/v1/stories?cursor=none":  {http.StatusBadRequest, "cursor"},
	} {
		got := get(t, at+path)
		if got.status != want.status || !strings.Contains(got.body, want.text) {
			t.Errorf("%s: %d %s, want %d with %q", path, got.status, got.body, want.status, want.text)
		}
	}
}
