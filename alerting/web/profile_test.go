package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/web"
)

func TestProfilesAreServedToWhoMayAskWhereTheSettingsAllowIt(t *testing.T) {
	paths := []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine", "/debug/pprof/profile?seconds=1", "/debug/pprof/trace?seconds=0.1"}
	off := serve(t, story(), func(*web.Config) {})
	on := serve(t, story(), func(c *web.Config) { c.Profiling = true })
	token := file(t, "hunter2")
	guarded := serve(t, story(), func(c *web.Config) { c.Profiling, c.TokenFile = true, token })
	elsewhere := story()
	elsewhere.elsewhere = errors.New("ask the role alerting")
	role := serve(t, elsewhere, func(c *web.Config) { c.Profiling = true })
	for _, path := range paths {
		if got := get(t, "http://"+off+path); got.status != http.StatusNotFound {
			t.Errorf("%s where it is off: %d", path, got.status)
		}
		for _, addr := range []string{on, role} {
			if got := get(t, "http://"+addr+path); got.status != http.StatusOK || got.body == "" {
				t.Errorf("%s: %d %s", path, got.status, got.body)
			}
		}
		if got := get(t, "http://"+guarded+path); got.status != http.StatusUnauthorized {
			t.Errorf("%s without the token: %d", path, got.status)
		}
	}
	withToken := ask(t, http.MethodGet, "http://"+guarded+"/debug/pprof/goroutine?debug=1", "", func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer hunter2")
	})
	if withToken.status != http.StatusOK || !strings.Contains(withToken.body, "goroutine profile") {
		t.Errorf("with the token: %d %.60s", withToken.status, withToken.body)
	}
	if got := get(t, "http://"+on+"/debug/pprof/cmdline"); got.status != http.StatusNotFound {
		t.Errorf("the command line is shown: %d", got.status)
	}
}
