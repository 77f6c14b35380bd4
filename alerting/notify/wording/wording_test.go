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
		"resolved":       {notifytest.CharityWebsite(), "RESOLVED · was public 11 m 04 s · closed by bob (PutBucketPublicAccessBlock)"},
		"attempt":        {changed(func(a *alert.Alert) { a.Attempt = true }), "OPEN · CRITICAL 93 · Attempt: S3 bucket public: prod-kops-state"},
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
	if got := wording.Sentence(notifytest.CharityWebsite(), 300); !strings.Contains(got, "www.charity-run.example was public 11 m 04 s") {
		t.Errorf("%q does not tell the end", got)
	}
}

func TestOldDataIsSaid(t *testing.T) {
	a := &alert.Alert{Source: alert.Source{
		IP: "203.0.113.7", Country: "RO", Network: "vpn",
		Missing: []string{"asn: no database configured", "city: GeoLite2-City of 2026-02-04 is stale", "country: GeoLite2-Country of 2026-01-01 is stale"},
	}}
	const want = "203.0.113.7 · RO · vpn · by old data: GeoLite2-City of 2026-02-04, GeoLite2-Country of 2026-01-01"
	if got := wording.Source(a); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownIsSaid(t *testing.T) {
	a := &alert.Alert{Source: alert.Source{IP: "unknown", Country: "unknown", Network: "unknown"}}
	for got, want := range map[string]string{
		wording.Source(a):  "unknown · country unknown · network unknown",
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
		wording.Source(a):            "203.0.113.77 · RO Bucharest · vpn vpn-list · AS64501 Example VPN SRL",
		wording.Actor(c):             "alice@charity-run.example as WebTeam (AssumedRole)",
		wording.Grant(refused):       "AllUsers READ · refused, would have been public (internet), unconfirmed",
		wording.Blocks(refused):      "the call was refused: AccessDenied",
		wording.Factor(a.Factors[0]): "+40 grant: AllUsers may READ",
		wording.Later(a):             "",
		wording.Later(c):             "1 later event, in the thread: 09:41:04 resolved: closed by bob with PutBucketPublicAccessBlock",
		wording.Moment(a.Timeline[0], a.EventTime.AddDate(0, 0, 1)): "Mar 14 02:03:31 GetCallerIdentity · 203.0.113.77 · first time: country",
		wording.Moment(a.Timeline[0], a.EventTime):                  "02:03:31 GetCallerIdentity · 203.0.113.77 · first time: country",
		wording.Update(c.Updates[0], c.EventTime):                   "09:41:04 resolved: closed by bob with PutBucketPublicAccessBlock",
		wording.Duration(26 * time.Hour):                            "1 d 02 h",
		wording.Duration(200 * time.Minute):                         "3 h 20 m",
		wording.Duration(-time.Minute):                              "0 s",
		wording.Bucket(alert.BucketState{Bucket: "a", Before: "private", After: "public", Reach: "internet", OpenedAt: a.EventTime, ResolvedAt: &closed}): "a: private → public (internet), closed after 1 h 00 m",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
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
		wording.GrantLabel(a):                           "call",
		wording.Grant(a):                                "StopLogging · refused: AccessDenied",
		wording.Bucket(alert.BucketState{Bucket: "a"}):  "a",
		wording.ObjectLabel(notifytest.KopsState()):     "bucket",
		wording.GrantLabel(notifytest.CharityWebsite()): "grant",
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
