package wording_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

func changed(change func(*alert.Alert)) *alert.Alert {
	a := notifytest.KopsState()
	change(a)
	return a
}

func TestHeadline(t *testing.T) {
	for name, c := range map[string]struct {
		alert *alert.Alert
		want  string
	}{
		"open":           {notifytest.KopsState(), "OPEN · CRITICAL 93 · S3 bucket public: prod-kops-state"},
		"resolved":       {notifytest.CharityWebsite(), "RESOLVED · www.charity-run.example · public for 11 m 4 s · closed by bob (PutBucketPublicAccessBlock)"},
		"attempt":        {changed(func(a *alert.Alert) { a.Attempt = true }), "OPEN · CRITICAL 93 · Failed attempt: S3 bucket public: prod-kops-state"},
		"title names it": {changed(func(a *alert.Alert) { a.Title = "prod-kops-state is public" }), "OPEN · CRITICAL 93 · prod-kops-state is public"},
		"account":        {changed(func(a *alert.Alert) { a.Bucket, a.Exposure.Scope = "", "account" }), "OPEN · CRITICAL 93 · S3 bucket public: account 111122223333"},
		"several": {
			changed(func(a *alert.Alert) { a.Buckets = make([]alert.BucketState, 3); a.Buckets[0].Bucket = "a" }),
			"OPEN · CRITICAL 93 · S3 bucket public: a and 2 more",
		},
		"long bucket": {
			changed(func(a *alert.Alert) { a.Bucket = strings.Repeat("a", 60) + strings.Repeat("z", 60) }),
			"OPEN · CRITICAL 93 · S3 bucket public: " + strings.Repeat("a", 53) + "…" + strings.Repeat("z", 53),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wording.Headline(c.alert, 150); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSentence(t *testing.T) {
	a := notifytest.KopsState()
	a.Summary = "Something happened."
	if got := wording.Sentence(a, 300); !strings.Contains(got, a.Bucket) {
		t.Errorf("%q does not name the bucket", got)
	}
	if got := wording.Sentence(notifytest.CharityWebsite(), 300); !strings.Contains(got, "www.charity-run.example, public for 11 m 4 s, closed by bob (PutBucketPublicAccessBlock).") {
		t.Errorf("%q does not tell the end", got)
	}
}

func TestOldDataIsSaid(t *testing.T) {
	a := &alert.Alert{Source: alert.Source{
		IP: "203.0.113.7", Country: "RO", Network: "vpn",
		Missing: []string{"asn: no database configured", "city: GeoLite2-City of 2026-02-04 is outdated", "country: GeoLite2-Country of 2026-01-01 is outdated"},
	}}
	const want = "203.0.113.7 · RO · VPN or proxy · outdated GeoIP data: GeoLite2-City of 2026-02-04, GeoLite2-Country of 2026-01-01"
	if got := wording.Source(a); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownIsSaid(t *testing.T) {
	a := &alert.Alert{Source: alert.Source{IP: "unknown", Country: "unknown", Network: "unknown"}}
	for got, want := range map[string]string{
		wording.Source(a):  "unknown · location unknown · network type unknown",
		wording.Actor(a):   "unknown",
		wording.Tool(a):    "unknown",
		wording.Account(a): "unknown",
		wording.Blocks(a):  "",
		wording.Grant(a):   "unknown",
		wording.Object(a):  "account unknown",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPhrases(t *testing.T) {
	a, c := notifytest.KopsState(), notifytest.CharityWebsite()
	refused := changed(func(a *alert.Alert) {
		a.Attempt, a.ErrorCode, a.Exposure.Attempted, a.Exposure.Confidence = true, "AccessDenied", "public", "unconfirmed"
	})
	closed := a.EventTime.Add(time.Hour)
	for got, want := range map[string]string{
		wording.Source(a):                   "203.0.113.77 · Bucharest, RO · VPN or proxy \"vpn-list\" · AS64501 Example VPN SRL",
		wording.Actor(c):                    "alice@charity-run.example (assumed role WebTeam)",
		wording.Grant(refused):              "AllUsers READ · not applied; would be public: anyone on the internet",
		wording.Blocks(refused):             "The call failed: AccessDenied. Nothing changed.",
		wording.Factor(a.Factors[0], false): "+40 Access granted: AllUsers may READ",
		wording.Later(a):                    "",
		wording.Later(c):                    "1 update in the thread: 09:41:04 Resolved: closed by bob with PutBucketPublicAccessBlock",
		wording.Moment(a.Timeline[0], a.EventTime.AddDate(0, 0, 1)): "Mar 14 02:03:31 GetCallerIdentity · 203.0.113.77 · first seen: country",
		wording.Moment(a.Timeline[0], a.EventTime):                  "02:03:31 GetCallerIdentity · 203.0.113.77 · first seen: country",
		wording.Update(c.Updates[0], c.EventTime):                   "09:41:04 Resolved: closed by bob with PutBucketPublicAccessBlock",
		alert.Duration(26 * time.Hour):                              "1 d 2 h",
		alert.Duration(200 * time.Minute):                           "3 h 20 m",
		alert.Duration(-time.Minute):                                "0 s",
		wording.Bucket(alert.BucketState{Bucket: "a", Before: "private", After: "public", Reach: "internet", OpenedAt: a.EventTime, ResolvedAt: &closed}): "a: private → public (anyone on the internet), closed after 1 h",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// An alert that a person resolved says whether what it tells of is over.
func TestResolvedByAPerson(t *testing.T) {
	by, reason, at := "alice (Slack U1)", "manually", time.Date(2026, 3, 14, 4, 12, 31, 0, time.UTC)
	resolved := func(after, event string) *alert.Alert {
		return changed(func(a *alert.Alert) {
			a.Status, a.ResolvedAt, a.ResolvedBy, a.ResolvedReason, a.Exposure.After = alert.Resolved, &at, &by, &reason, after
			a.Exposure.Widest = "public"
			a.Updates = []alert.Update{{Kind: "resolved", EventID: event, Time: at}}
		})
	}
	for name, c := range map[string]struct {
		alert *alert.Alert
		want  string
	}{
		"still public":   {resolved("public", ""), "RESOLVED MANUALLY · STILL PUBLIC · prod-kops-state · by alice (Slack U1)"},
		"still shared":   {resolved("shared", ""), "RESOLVED MANUALLY · STILL SHARED · prod-kops-state · by alice (Slack U1)"},
		"private before": {resolved("private", ""), "RESOLVED · prod-kops-state · public for 2 h 5 m · resolved manually by alice (Slack U1)"},
		"by an event":    {resolved("private", "e1"), "RESOLVED · prod-kops-state · public for 2 h 5 m · closed by alice (Slack U1)"},
	} {
		if got := wording.Headline(c.alert, 150); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", name, got, c.want)
		}
	}
	if got, want := wording.Sentence(resolved("public", ""), 300), "RESOLVED MANUALLY, STILL PUBLIC: S3 bucket public: prod-kops-state, by alice (Slack U1)."; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestLimitsHold states that no text of a stranger makes a phrase longer than asked for.
func TestLimitsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := notifytest.Hostile(notifytest.KopsState(), rapid.String().Draw(t, "text"))
		a.Status = rapid.SampledFrom([]alert.Status{alert.Open, alert.Resolved, alert.Acknowledged}).Draw(t, "status")
		for _, got := range []string{wording.Headline(a, 150), wording.Sentence(a, 150)} {
			if len(got) > 150 || !utf8.ValidString(got) {
				t.Fatalf("%d bytes: %q", len(got), got)
			}
		}
	})
}

func TestWhatIsAboutNoExposureSaysSo(t *testing.T) {
	a := &alert.Alert{AccountID: "111122223333", Resource: "trail-a", EventName: "StopLogging", ErrorCode: "AccessDenied", Resources: []string{"trail-a", "trail-b"}}
	for got, want := range map[string]string{
		wording.ObjectLabel(a):                          "resource",
		wording.Object(a):                               "trail-a and 1 more",
		strings.Join(wording.Members(a), ";"):           "trail-a;trail-b",
		wording.GrantLabel(a):                           "API call",
		wording.Grant(a):                                "StopLogging · denied: AccessDenied",
		wording.Bucket(alert.BucketState{Bucket: "a"}):  "a",
		wording.ObjectLabel(notifytest.KopsState()):     "bucket",
		wording.GrantLabel(notifytest.CharityWebsite()): "Access granted",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if all := wording.Members(notifytest.KopsState()); all != nil {
		t.Errorf("members of one bucket: %q", all)
	}
}

func TestSuppression(t *testing.T) {
	a := notifytest.KopsState()
	until := a.EventTime.Add(time.Hour)
	a.Suppression = &alert.Suppression{Kind: alert.BySilence, ID: "s1", By: "dora", Reason: "rehearsal", Until: until}
	if got := wording.Suppression(a); got != "" {
		t.Errorf("live, and yet: %q", got)
	}
	a.Status = alert.Suppressed
	if got := wording.Suppression(a); got != "silence s1 until 2026-03-14 03:07:31 UTC, by dora: rehearsal" {
		t.Errorf("got %q", got)
	}
}
