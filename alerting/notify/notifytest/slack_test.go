package notifytest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// call asks the stand-in as a bot does, and gives Slack's word of refusal, or "ok".
func call(t *testing.T, s *notifytest.Slack, method string, form url.Values) string {
	t.Helper()
	if form.Get("token") == "" {
		form.Set("token", s.Token)
	}
	if form.Get("channel") == "" {
		form.Set("channel", s.Channel)
	}
	resp, err := http.PostForm(s.URL()+"/"+method, form)
	if err != nil {
		return "cut"
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		OK    bool
		Error string
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&answer) != nil {
		return resp.Status
	}
	if answer.OK {
		return "ok"
	}
	return answer.Error
}

func texts(n int, kind, text string) string {
	return strings.TrimSuffix(strings.Repeat(`{"type":"`+kind+`","text":"`+text+`"},`, n), ",")
}

// TestBlocksLimits states that the stand-in is as strict as Slack.
func TestBlocksLimits(t *testing.T) {
	s := notifytest.NewSlack()
	defer s.Close()
	for name, c := range map[string]struct{ blocks, want string }{
		"header at its limit":    {`[{"type":"header","text":` + texts(1, "plain_text", strings.Repeat("h", 150)) + `}]`, "ok"},
		"header too long":        {`[{"type":"header","text":` + texts(1, "plain_text", strings.Repeat("h", 151)) + `}]`, "invalid_blocks"},
		"header of markup":       {`[{"type":"header","text":` + texts(1, "mrkdwn", "h") + `}]`, "invalid_blocks"},
		"section too long":       {`[{"type":"section","text":` + texts(1, "plain_text", strings.Repeat("s", 3001)) + `}]`, "invalid_blocks"},
		"section of nothing":     {`[{"type":"section"}]`, "invalid_blocks"},
		"ten fields":             {`[{"type":"section","fields":[` + texts(10, "plain_text", "f") + `]}]`, "ok"},
		"eleven fields":          {`[{"type":"section","fields":[` + texts(11, "plain_text", "f") + `]}]`, "invalid_blocks"},
		"field too long":         {`[{"type":"section","fields":[` + texts(1, "plain_text", strings.Repeat("f", 2001)) + `]}]`, "invalid_blocks"},
		"empty field":            {`[{"type":"section","fields":[` + texts(1, "plain_text", "") + `]}]`, "invalid_blocks"},
		"ten elements":           {`[{"type":"context","elements":[` + texts(10, "plain_text", "e") + `]}]`, "ok"},
		"eleven elements":        {`[{"type":"context","elements":[` + texts(11, "plain_text", "e") + `]}]`, "invalid_blocks"},
		"rich text of nothing":   {`[{"type":"rich_text","elements":[]}]`, "invalid_blocks"},
		"rich text with mention": {`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"}]}]}]`, "invalid_blocks"},
		"too many blocks":        {`[` + strings.TrimSuffix(strings.Repeat(`{"type":"section","text":{"type":"plain_text","text":"x"}},`, 51), ",") + `]`, "invalid_blocks"},
		"too much in all":        {`[` + strings.TrimSuffix(strings.Repeat(`{"type":"section","text":`+texts(1, "plain_text", strings.Repeat("s", 2900))+`},`, 5), ",") + `]`, "invalid_blocks"},
		"unknown type":           {`[{"type":"marquee"}]`, "invalid_blocks"},
		"no JSON":                {`[`, "invalid_blocks"},
	} {
		if got := call(t, s, "chat.postMessage", url.Values{"text": {"x"}, "blocks": {c.blocks}}); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRefusalsAndFaults(t *testing.T) {
	s := notifytest.NewSlack()
	defer s.Close()
	s.Fail("auth.test", notifytest.Fault{Status: 500}, notifytest.Fault{Error: "fatal_error"}, notifytest.Fault{Drop: true}, notifytest.Fault{Lose: true})
	for _, c := range []struct {
		method string
		form   url.Values
		want   string
	}{
		{"auth.test", url.Values{}, "500 Internal Server Error"},
		{"auth.test", url.Values{}, "fatal_error"},
		{"auth.test", url.Values{}, "cut"},
		{"auth.test", url.Values{}, "cut"},
		{"auth.test", url.Values{}, "ok"},
		{"auth.test", url.Values{"token": {"wrong"}}, "invalid_auth"},
		{"chat.postMessage", url.Values{"channel": {"C9"}, "text": {"x"}}, "channel_not_found"},
		{"chat.postMessage", url.Values{}, "no_text"},
		{"chat.postMessage", url.Values{"text": {strings.Repeat("x", 40001)}}, "msg_too_long"},
		{"chat.postMessage", url.Values{"text": {"x"}, "metadata": {"{"}}, "invalid_metadata_format"},
		{"chat.update", url.Values{"ts": {"1"}, "text": {"x"}}, "message_not_found"},
		{"conversations.history", url.Values{}, "ok"},
		{"chat.meMessage", url.Values{}, "unknown_method"},
	} {
		if got := call(t, s, c.method, c.form); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.method, c.form, got, c.want)
		}
	}
	if n := s.Calls("auth.test"); n != 6 {
		t.Errorf("%d calls of auth.test", n)
	}
}

// TestWhatReadersMind states that the stand-in notices what Slack would take, and readers would mind.
func TestWhatReadersMind(t *testing.T) {
	quiet := url.Values{"unfurl_links": {"false"}, "unfurl_media": {"false"}, "mrkdwn": {"false"}, "parse": {"none"}}
	for name, c := range map[string]struct {
		text, blocks string
		minds        bool
	}{
		"plain":          {text: "all well"},
		"mention":        {text: "<!channel>", minds: true},
		"escaped":        {text: "&lt;!channel&gt;"},
		"bare mention":   {text: "@here", minds: true},
		"link":           {text: "https://x.example", minds: true},
		"fence":          {text: "```", minds: true},
		"bidi":           {text: "a\u202eb", minds: true},
		"control":        {text: "a", blocks: `[{"type":"section","text":{"type":"plain_text","text":"a\u001bb"}}]`, minds: true},
		"live markup":    {text: "a", blocks: `[{"type":"section","text":{"type":"mrkdwn","text":"a"}}]`, minds: true},
		"inert markup":   {text: "a", blocks: `[{"type":"section","text":{"type":"mrkdwn","text":"a","verbatim":true}}]`},
		"text too long":  {text: strings.Repeat("a", 301), blocks: `[{"type":"section","text":{"type":"plain_text","text":"a"}}]`, minds: true},
		"long but alone": {text: strings.Repeat("a", 301)},
	} {
		s := notifytest.NewSlack()
		form := url.Values{"text": {c.text}, "blocks": {c.blocks}}
		maps.Copy(form, quiet)
		if got := call(t, s, "chat.postMessage", form); got != "ok" || len(s.Problems()) > 0 != c.minds {
			t.Errorf("%s: %s, problems %q", name, got, s.Problems())
		}
		s.Close()
	}
	s := notifytest.NewSlack()
	defer s.Close()
	if call(t, s, "chat.postMessage", url.Values{"text": {"x"}}); len(s.Problems()) != 4 {
		t.Errorf("settings that bring text to life pass: %q", s.Problems())
	}
}

func TestPaceIsEnforced(t *testing.T) {
	s := notifytest.NewSlack()
	defer s.Close()
	s.Interval = time.Hour
	if got := call(t, s, "chat.postMessage", url.Values{"text": {"one"}}); got != "ok" {
		t.Error(got)
	}
	if got := call(t, s, "chat.postMessage", url.Values{"text": {"two"}}); got != "429 Too Many Requests" || s.Limited() != 1 {
		t.Errorf("%s, %d limited", got, s.Limited())
	}
	ts := s.Messages()[0].TS
	if got := call(t, s, "chat.update", url.Values{"text": {"three"}, "ts": {ts}}); got != "ok" || s.Messages()[0].Text != "three" {
		t.Errorf("an update gives %s", got)
	}
	s.Delete(ts)
	if len(s.Messages()) != 0 {
		t.Error("the message is still there")
	}
}
