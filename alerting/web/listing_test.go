package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// many is a daemon with n closed alerts, the newest first, a minute apart.
func many(n int) *daemon {
	d := story()
	d.alerts = nil
	for i := range n {
		a := notifytest.CharityWebsite()
		a.ID = fmt.Sprintf("id-%04d", i)
		a.FirstSeen = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Minute)
		a.LastSeen = a.FirstSeen
		d.alerts = append(d.alerts, a)
	}
	return d
}

func TestAlertsComeByPage(t *testing.T) {
	base := "http://" + serve(t, many(1234), nil)
	seen := map[string]bool{}
	path, pages := "/api/v1/alerts?severity=medium,low,high,critical,info&since=2026-02-01T00:00:00Z", 0
	for path != "" {
		got := get(t, base+path)
		var page []alert.Alert
		if err := json.Unmarshal([]byte(got.body), &page); err != nil || len(page) > 500 {
			t.Fatalf("%s: %d alerts, %v", path, len(page), err)
		}
		for i := range page {
			seen[page[i].ID] = true
		}
		link, _ := strings.CutSuffix(got.header.Get("Link"), `>; rel="next"`)
		path = strings.TrimPrefix(link, "<")
		pages++
	}
	if pages != 3 || len(seen) != 1234 {
		t.Errorf("%d pages hold %d alerts of 1234", pages, len(seen))
	}
	for query, want := range map[string]int{"": 500, "limit=20": 20, "limit=1000": 1000, "since=2026-03-01T11:51:00Z": 10, "since=2026-03-01T12:51:00%2B01:00&limit=3": 3} {
		var page []alert.Alert
		if got := get(t, base+"/api/v1/alerts?"+query); json.Unmarshal([]byte(got.body), &page) != nil || len(page) != want {
			t.Errorf("%s: %d alerts, want %d", query, len(page), want)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	d := story()
	base := "http://" + serve(t, d, nil)
	id := d.alerts[0].ID
	for path, want := range map[string]string{
		"/api/v1/alerts?stauts=open":            "unknown parameter",
		"/api/v1/alerts?status=closed":          "acknowledged",
		"/api/v1/alerts?status=open,":           "unknown status",
		"/api/v1/alerts?severity=awful":         "critical",
		"/api/v1/alerts?limit=0":                "from 1 to 1000",
		"/api/v1/alerts?limit=1001":             "from 1 to 1000",
		"/api/v1/alerts?limit=many":             "from 1 to 1000",
		"/api/v1/alerts?since=yesterday":        "2026-12-01T08:00:00Z",
		"/api/v1/alerts?cursor=none":            "Link",
		"/api/v1/alerts?status=open&status=all": "more than once",
		"/api/v1/alerts?bucket=%zz":             "cannot be read",
		"/?severity=awful":                      "critical",
		"/?page=2":                              "unknown parameter",
		"/alerts/" + id + "?x":                  "takes none",
		"/api/v1/ledger?since=1":                "takes none",
		"/api/v1/alerts/" + id + "?full=1":      "takes none",
		"/api/v1/alerts?%E2%80%AE%1b[2J%0Ax=1":  "unknown parameter",
	} {
		got := get(t, base+path)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, want) {
			t.Errorf("GET %s: %d %s", path, got.status, got.body)
		}
		if strings.ContainsAny(got.body, "\u202e\x1b") {
			t.Errorf("GET %s echoes control characters: %q", path, got.body)
		}
	}
	for path, want := range map[string]string{"/api/v1/silences?dry_run=yes": "true or false", "/api/v1/silences?dryrun=true": "unknown parameter", "/api/v1/alerts/" + id + "/ack?by=eve": "takes none"} {
		if got := ask(t, http.MethodPost, base+path, `{"bucket":"x","author":"eve","comment":"x","duration":"2h"}`, nil); got.status != http.StatusBadRequest || !strings.Contains(got.body, want) {
			t.Errorf("POST %s: %d %s", path, got.status, got.body)
		}
	}
	if len(d.commanded) > 0 {
		t.Error("a request with an unknown parameter was carried out")
	}
}
