package web_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

// hostile is what an attacker may write wherever CloudTrail lets strangers write.
const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'javascript:alert(3)` + "\u202e\u200b\x1b[2J\x00"

// attacked is an alert with hostile text in every place that strangers can write to.
func attacked() *alert.Alert {
	a := notifytest.KopsState()
	for _, place := range []*string{
		&a.Title, &a.Summary, &a.Why, &a.Do, &a.AccountName, &a.Region, &a.Bucket, &a.Resource, &a.Actor.ARN, &a.Actor.Name, &a.Actor.Session,
		&a.Source.IP, &a.Source.Country, &a.Source.Org, &a.Source.UserAgent, &a.Exposure.Grant, &a.Exposure.Reasons[0], &a.EventIDs[0],
		&a.Factors[0].Detail, &a.Counterfactual, &a.Remediation[0], &a.Timeline[0].Name, &a.Timeline[0].Bucket, &a.Timeline[0].Error, &a.Sensitivity.Reasons[0],
	} {
		*place = hostile
	}
	a.Exposure.Blocks = []string{hostile}
	a.Buckets = []alert.BucketState{{Bucket: hostile}, {Bucket: "b", Resource: hostile, Before: "private", After: "public"}}
	a.Updates = []alert.Update{{Kind: hostile, Text: hostile}}
	reason := hostile
	a.ResolvedReason = &reason
	return a
}

func TestHostileTextIsDataOnEveryPage(t *testing.T) {
	d := story()
	d.alerts = append(d.alerts, attacked())
	d.alerts[2].ID = "attacked"
	d.silences = []silence.Silence{{ID: "x", Bucket: hostile, Author: hostile, Comment: hostile, EndsAt: time.Now().Add(time.Hour)}}
	base := "http://" + serve(t, d, nil)
	for _, path := range []string{"/", "/alerts/attacked"} {
		got := get(t, base+path)
		if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Fatalf("%s: %d %v", path, got.status, got.header)
		}
		for _, live := range []string{"<script", "<img", "onerror=alert(2)>", `href="javascript`} {
			if strings.Contains(got.body, live) {
				t.Errorf("%s holds %q", path, live)
			}
		}
		for _, r := range got.body {
			if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
				t.Errorf("%s holds %U", path, r)
			}
		}
		if !strings.Contains(got.body, "&lt;script&gt;") {
			t.Errorf("%s does not show the text at all", path)
		}
	}
}

func TestPagesTellTheStory(t *testing.T) {
	d, now := story(), time.Now()
	d.alerts = []*alert.Alert{d.alerts[1], d.alerts[0]} // the older one is what somebody has to do something about
	d.silences = []silence.Silence{
		{ID: "5f2c9a1be07d", Bucket: "www-*", Author: "dora", Comment: "moving", EndsAt: now.Add(time.Hour)},
		{ID: "77aa01c4d9be", Bucket: "db-*", Author: "erin", Comment: "moved", EndsAt: now.Add(-time.Hour)},
	}
	base := "http://" + serve(t, d, nil)
	list := get(t, base+"/").body
	for _, want := range []string{"1 of 2 alerts are open or acknowledged", "prod-kops-state", "critical", "dev-anna", `href="/alerts/` + d.alerts[1].ID + `"`, "2026-03-14 02:07:31 UTC", "bucket=www-*", "dora"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not hold %q", want)
		}
	}
	if strings.Index(list, "prod-kops-state") > strings.Index(list, "charity-run") || strings.Contains(list, "erin") {
		t.Error("what is live does not come first, or a silence that has ended is shown")
	}
	closed := get(t, base+"/alerts/"+d.alerts[0].ID).body
	if !strings.Contains(closed, "resolved: public for 11 m 4 s · closed by bob (PutBucketPublicAccessBlock)") {
		t.Error("a closed alert's page does not say how it ended")
	}
	page := get(t, base+"/alerts/"+d.alerts[1].ID).body
	for _, want := range []string{
		"prod-kops-state", "203.0.113.77", "RO", "vpn", "Example VPN SRL", "Why 93", "AllUsers may READ", "aws s3api put-bucket-acl", "GetCallerIdentity",
		"private → public", d.alerts[1].EventIDs[0], "T1530", "CIS 2.1.4",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

func TestListIsBoundedAndSaysSo(t *testing.T) {
	d := story()
	for i := range 600 {
		a := notifytest.CharityWebsite()
		a.ID = fmt.Sprintf("id-%03d", i)
		d.alerts = append(d.alerts, a)
	}
	base := "http://" + serve(t, d, nil)
	older := regexp.MustCompile(`<a href="([^"]+)">Older alerts</a>`)
	seen := map[string]bool{}
	for path, pages := "/?limit=250", 0; path != ""; pages++ {
		body := get(t, base+path).body
		if n := strings.Count(body, "<tr"); n > 251 || n != 251 && pages < 2 || !strings.Contains(body, "1 of 602 alerts are open or acknowledged. ") {
			t.Errorf("%s: %d rows", path, n)
		}
		for _, id := range regexp.MustCompile(`/alerts/([^"]+)"`).FindAllStringSubmatch(body, -1) {
			seen[id[1]] = true
		}
		path = ""
		if next := older.FindStringSubmatch(body); next != nil {
			path = html.UnescapeString(next[1])
		}
	}
	if len(seen) != 602 {
		t.Errorf("the pages show %d alerts of 602", len(seen))
	}
	if body := get(t, base+"/?status=open&severity=critical").body; strings.Count(body, "<tr") != 2 {
		t.Error("the page is not narrowed to what is asked for")
	}
	d.alerts = nil
	if body := get(t, base+"/").body; !strings.Contains(body, "No alerts.") {
		t.Error("an empty list says nothing")
	}
}
