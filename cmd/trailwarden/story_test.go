package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
	"github.com/trailwarden/trailwarden/enrich/geoip/geoiptest"
)

// story is what surrounds the daemon of a script: the queue it is fed from, and the services it tells.
type story struct {
	queue     *sqstest.Server
	slack     *notifytest.Slack
	pagerDuty *notifytest.PagerDuty
	sent      int
	paged     int               // events that pages printed
	printed   map[string]string // by ts: what channel printed of it
}

// storyCmds are the commands of scripts that tell a story.
func storyCmds() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"services": services, "learnt": learnt, "send": send, "channel": channel, "pages": pages, "picture": picture,
	}
}

// services is the script command that starts a queue, a Slack and a PagerDuty, strict ones, and points the settings at
// them. Slack takes a message a second.
func services(ts *testscript.TestScript, _ bool, _ []string) {
	s := &story{queue: sqstest.New(sqstest.Faults{}), slack: notifytest.NewSlack(), pagerDuty: notifytest.NewPagerDuty(), printed: map[string]string{}}
	s.slack.Interval = time.Second
	*ts.Value(storyKey{}).(*story) = *s
	queues := httptest.NewServer(s.queue)
	ts.Defer(s.slack.Close)
	ts.Defer(s.pagerDuty.Close)
	ts.Defer(queues.Close)
	for name, text := range map[string]string{"slack-token": s.slack.Token, "slack-app-token": s.slack.AppToken, "pagerduty-key": s.pagerDuty.RoutingKey} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": queues.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_EC2_METADATA_DISABLED": "true", "TRAILWARDEN_HTTP_LISTEN": ts.Getenv("LISTEN"),
		"TRAILWARDEN_ALERTING_RECEIVERS_0_SLACK_API_URL":        s.slack.URL(),
		"TRAILWARDEN_ALERTING_RECEIVERS_1_PAGERDUTY_EVENTS_URL": s.pagerDuty.URL(),
		"TRAILWARDEN_ENRICH_GEOIP_CITY":                         filepath.Join(ts.Getenv("GEOIP"), "city.mmdb"),
		"TRAILWARDEN_ENRICH_GEOIP_ASN":                          filepath.Join(ts.Getenv("GEOIP"), "asn.mmdb"),
	} {
		ts.Setenv(name, value)
	}
}

type storyKey struct{}

// geoip makes the data files of all stories.
func geoip(t *testing.T) string {
	dir := t.TempDir()
	geoiptest.WriteTo(t, filepath.Join(dir, "city.mmdb"), "GeoLite2-City", time.Now(), geoiptest.Records{
		"203.0.113.0/24": geoiptest.City("RO", "Bucharest", 44.4, 26.1), "198.51.100.0/24": geoiptest.City("DE", "Hamburg", 53.6, 10.0),
	})
	geoiptest.WriteTo(t, filepath.Join(dir, "asn.mmdb"), "GeoLite2-ASN", time.Now(), geoiptest.Records{
		"203.0.113.0/24": geoiptest.ASN(64501, "Example VPN SRL"), "198.51.100.0/24": geoiptest.ASN(64502, "Example Office ISP"),
	})
	return dir
}

// standing is how far the daemon has come.
type standing struct {
	Messages, Records struct{ In, Pending int }
	Alerts            struct{ Opened, Updated, Resolved int }
	Receivers         map[string]struct{ Pending int }
}

func (s *standing) pending() int {
	n := s.Messages.Pending + s.Records.Pending
	for _, r := range s.Receivers {
		n += r.Pending
	}
	return n
}

func (s *standing) changes() int { return s.Alerts.Opened + s.Alerts.Updated + s.Alerts.Resolved }

// await asks the daemon for its ledger until that is as it should be.
func await(ts *testscript.TestScript, what string, good func(*standing) bool) {
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for held := 0; ; {
		now, err := ledger(ts)
		if held++; err != nil || !good(now) {
			held = 0
		}
		if held == 3 { // between two stages nothing is pending for a moment
			return
		}
		select {
		case <-deadline.C:
			ts.Fatalf("waited in vain: %s: %+v, %v", what, now, err)
		case <-again.C:
		}
	}
}

func ledger(ts *testscript.TestScript) (*standing, error) {
	resp, err := http.Get(ts.Getenv("URL") + "/api/v1/ledger")
	if err != nil {
		return &standing{}, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end
	now := &standing{}
	return now, json.NewDecoder(resp.Body).Decode(now)
}

// learnt is the script command `learnt N`: the daemon has learnt from N records.
func learnt(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(strings.Join(args, " "))
	ts.Check(err)
	await(ts, "the past is learnt", func(now *standing) bool { return now.Records.In == n && now.pending() == 0 })
}

// send is the script command `send FILE [N]`: the queue is sent the records of the file, and all is told of the N
// changes of alerts that come of them, 1 if it is left out.
func send(ts *testscript.TestScript, _ bool, args []string) {
	want := 1
	if len(args) == 2 {
		var err error
		want, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	s := ts.Value(storyKey{}).(*story)
	before, err := ledger(ts)
	ts.Check(err)
	s.queue.Send(ts.ReadFile(args[0]))
	s.sent++
	await(ts, "what was sent is told", func(now *standing) bool {
		return s.queue.Stats().Deleted == s.sent && now.changes() >= before.changes()+want && now.pending() == 0
	})
	if problems := s.slack.Problems(); len(problems) > 0 || s.slack.Limited() > 0 {
		ts.Fatalf("Slack minds %q, and refused %d for coming too fast", problems, s.slack.Limited())
	}
}

// took is what differs from run to run.
var took = regexp.MustCompile(`sent \d+\.\d s after`)

const tookAlways = "sent 0.2 s after"

// channel is the script command that prints what has changed in Slack since it was last used: each card, and after > each
// new reply in its thread, or after >> one that went to the channel as well.
func channel(ts *testscript.TestScript, _ bool, _ []string) {
	var out strings.Builder
	s := ts.Value(storyKey{}).(*story)
	for _, m := range s.slack.Messages() {
		text, err := m.Show()
		ts.Check(err)
		switch {
		case m.ThreadTS == "":
			text = m.Text + "\n" + text
		case m.Broadcast:
			text = ">> " + strings.ReplaceAll(text, "\n", "\n>> ")
		default:
			text = "> " + strings.ReplaceAll(text, "\n", "\n> ")
		}
		if text = took.ReplaceAllString(text, tookAlways); text != s.printed[m.TS] {
			out.WriteString(text + "\n\n")
		}
		s.printed[m.TS] = text
	}
	_, err := fmt.Fprint(ts.Stdout(), out.String())
	ts.Check(err)
}

// pages is the script command that prints what PagerDuty accepted since it was last used, and how each incident stands.
func pages(ts *testscript.TestScript, _ bool, _ []string) {
	var out strings.Builder
	s := ts.Value(storyKey{}).(*story)
	p, seen := s.pagerDuty, map[string]bool{}
	events := p.Events()
	for _, e := range events[s.paged:] {
		fmt.Fprintf(&out, "%s %s %s %s\n", e.Action, e.DedupKey, e.Payload.Severity, e.Payload.Summary)
	}
	s.paged = len(events)
	for _, e := range events {
		if !seen[e.DedupKey] {
			fmt.Fprintf(&out, "%s is %s, opened %d times\n", e.DedupKey, p.State(e.DedupKey), p.Opened(e.DedupKey))
		}
		seen[e.DedupKey] = true
	}
	_, err := fmt.Fprint(ts.Stdout(), out.String())
	ts.Check(err)
}

// picture is the script command `picture NAME`: the newest card and its thread are those that testdata/cards/NAME.json
// holds, of which the picture was made.
func picture(ts *testscript.TestScript, _ bool, args []string) {
	all := ts.Value(storyKey{}).(*story).slack.Messages()
	var card notifytest.Message
	for _, m := range all {
		if m.ThreadTS == "" {
			card = m
		}
	}
	drawn := drawing{Blocks: card.Blocks}
	for _, m := range all {
		if m.ThreadTS == card.TS {
			drawn.Thread = append(drawn.Thread, m.Text)
		}
	}
	data, err := json.MarshalIndent(drawn, "", "  ")
	ts.Check(err)
	got := took.ReplaceAllString(string(data), tookAlways) + "\n"
	path := filepath.Join(ts.Getenv("CARDS"), args[0]+".json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		ts.Check(os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	ts.Check(err)
	if string(want) != got {
		ts.Fatalf("%s is not what Slack was told (UPDATE_GOLDEN=1 writes it anew, .ci/pictures draws it): %s", path, got)
	}
}

// drawing is a card with its thread, as a picture shows it.
type drawing struct {
	Blocks json.RawMessage `json:"blocks"`
	Thread []string        `json:"thread"`
}
