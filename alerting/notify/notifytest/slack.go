package notifytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is what stands in a Slack channel.
type Message struct {
	TS, ThreadTS string
	Text         string
	Blocks       json.RawMessage // nil without blocks
	Metadata     Metadata
	Updates      int // how often it was changed
	Broadcast    bool
}

// Metadata is what a bot attached to a message.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// ID is the alert that a message says it is about.
func (m Message) ID() string {
	id, _ := m.Metadata.EventPayload["id"].(string)
	return id
}

// Slack is a strict stand-in for Slack's Web API with one channel. Methods for Fail are those of Slack, such as
// "chat.postMessage".
type Slack struct {
	*faults
	Token, Channel string
	Interval       time.Duration // at least between two new messages; 0: no limit
	NoHistory      bool          // the bot lacks the scope channels:history
	NoThreads      bool          // every thread is locked
	NoChannelInfo  bool          // the bot lacks the scope channels:read
	Archived       bool          // the channel is
	NotMember      bool          // the bot is in the workspace, and not in the channel
	Scopes         string        // of the bot token, as the header X-OAuth-Scopes lists them
	server         *httptest.Server

	mu       sync.Mutex
	messages []Message
	calls    map[string]int
	limited  int
	last     time.Time
	serial   int
	problems []string
	locked   map[string]bool // threads

	socket // what is behind buttons
}

// NewSlack starts a stand-in; Close ends it.
func NewSlack() *Slack {
	s := &Slack{faults: newFaults(), Token: "xoxb-secret-token", Channel: "C0123456789", calls: map[string]int{}, locked: map[string]bool{}, socket: newSocket()}
	s.server = httptest.NewServer(http.HandlerFunc(s.handle))
	return s
}

// Close ends the stand-in and whatever hangs in it.
func (s *Slack) Close() {
	close(s.closing)
	s.hangUp()
	s.server.Close()
}

// URL is what to set as api_url.
func (s *Slack) URL() string { return s.server.URL + "/api" }

// Messages gives a copy of everything in the channel, replies included, in the order of arrival.
func (s *Slack) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Keep puts messages into the channel that were posted before the stand-in was started.
func (s *Slack) Keep(messages []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, messages...)
}

// Rotate makes another bot token the only right one.
func (s *Slack) Rotate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Token = token
}

// TopLevel gives the messages that are no replies.
func (s *Slack) TopLevel() []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool { return m.ThreadTS != "" })
}

// Calls counts the calls of a method, failed ones included.
func (s *Slack) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Limited counts the messages refused because they came too fast.
func (s *Slack) Limited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limited
}

// Problems lists what was wrong with what was posted, whether refused or not.
func (s *Slack) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

func (s *Slack) handle(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == socketPath {
		s.serveSocket(w, r)
		return
	}
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	var view json.RawMessage
	if method == "views.open" { // the one call that is made in JSON
		view, _ = io.ReadAll(r.Body)
	}
	_ = r.ParseForm()
	s.mu.Lock()
	s.calls[method]++
	s.mu.Unlock()
	fault := s.take(method)
	s.serve(w, r, fault, func() (int, http.Header, []byte) {
		header := http.Header{"Content-Type": {"application/json"}}
		if fault.Error != "" {
			return http.StatusOK, header, refuse(fault.Error)
		}
		body, wait := s.answer(method, r, view)
		if wait {
			header.Set("Retry-After", "1")
			return http.StatusTooManyRequests, header, refuse("ratelimited")
		}
		if s.Scopes != "" {
			header.Set("X-OAuth-Scopes", s.Scopes)
		}
		return http.StatusOK, header, body
	})
}

func refuse(word string) []byte { return fmt.Appendf(nil, `{"ok":false,"error":%q}`, word) }

func (s *Slack) answer(method string, r *http.Request, view json.RawMessage) (body []byte, wait bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := r.Form.Get("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	if method == "apps.connections.open" {
		return s.connect(token), false
	}
	if token != s.Token {
		return refuse("invalid_auth"), false
	}
	switch method {
	case "auth.test":
		return []byte(`{"ok":true,"user_id":"U1","team_id":"T1"}`), false
	case "views.open":
		return s.open(view), false
	case "usergroups.users.list":
		body, _ := json.Marshal(map[string]any{"ok": true, "users": s.Groups[r.Form.Get("usergroup")]})
		return body, false
	}
	if r.Form.Get("channel") != s.Channel {
		return refuse("channel_not_found"), false
	}
	switch method {
	case "conversations.info":
		if s.NoChannelInfo {
			return refuse("missing_scope"), false
		}
		return fmt.Appendf(nil, `{"ok":true,"channel":{"id":%q,"is_archived":%t,"is_member":%t}}`, s.Channel, s.Archived, !s.NotMember), false
	case "conversations.history", "conversations.replies":
		return s.history(r.Form.Get("ts"), r.Form.Get("include_all_metadata") == "1"), false
	case "chat.postMessage":
		if s.Archived {
			return refuse("is_archived"), false
		}
		if s.NotMember && !strings.Contains(s.Scopes, "chat:write.public") {
			return refuse("not_in_channel"), false
		}
		return s.post(r)
	case "chat.update":
		return s.update(r), false
	case "chat.postEphemeral":
		s.whispers = append(s.whispers, r.Form.Get("user")+": "+r.Form.Get("text"))
		return []byte(`{"ok":true,"message_ts":"1.1"}`), false
	default:
		return refuse("unknown_method"), false
	}
}

// history answers with the channel, newest first, or with a thread.
func (s *Slack) history(thread string, metadata bool) []byte {
	if s.NoHistory {
		return refuse("missing_scope")
	}
	type message struct {
		Type     string    `json:"type"`
		TS       string    `json:"ts"`
		Text     string    `json:"text"`
		Metadata *Metadata `json:"metadata,omitempty"`
	}
	all := []message{}
	for _, m := range s.messages {
		if m.ThreadTS != thread && m.TS != thread {
			continue
		}
		out := message{Type: "message", TS: m.TS, Text: m.Text}
		if metadata {
			out.Metadata = &m.Metadata
		}
		all = append(all, out)
	}
	if thread == "" {
		slices.Reverse(all)
	}
	body, _ := json.Marshal(map[string]any{"ok": true, "messages": all, "has_more": false})
	return body
}

func (s *Slack) post(r *http.Request) (body []byte, wait bool) {
	now := time.Now()
	if s.Interval > 0 && now.Sub(s.last) < s.Interval {
		s.limited++
		return nil, true
	}
	m, word := s.read(r)
	if word != "" {
		return refuse(word), false
	}
	if m.ThreadTS = r.Form.Get("thread_ts"); m.ThreadTS != "" {
		if word := s.thread(m.ThreadTS); word != "" {
			return refuse(word), false
		}
	}
	s.last = now
	s.serial++
	m.TS = fmt.Sprintf("%d.%06d", now.Unix(), s.serial)
	m.Broadcast = r.Form.Get("reply_broadcast") == "true"
	s.messages = append(s.messages, m)
	return fmt.Appendf(nil, `{"ok":true,"channel":%q,"ts":%q}`, s.Channel, m.TS), false
}

// thread says why a thread cannot be written; "" if it can.
func (s *Slack) thread(ts string) string {
	i := slices.IndexFunc(s.messages, func(m Message) bool { return m.TS == ts })
	switch {
	case i < 0:
		return "thread_not_found"
	case s.NoThreads || s.locked[ts]:
		return "restricted_action_thread_locked"
	case s.messages[i].ThreadTS != "":
		return "cannot_reply_to_message"
	default:
		return ""
	}
}

// Lock lets nobody write in the thread of a message any more.
func (s *Slack) Lock(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked[ts] = true
}

func (s *Slack) update(r *http.Request) []byte {
	i := slices.IndexFunc(s.messages, func(m Message) bool { return m.TS == r.Form.Get("ts") })
	if i < 0 {
		return refuse("message_not_found")
	}
	m, word := s.read(r)
	if word != "" {
		return refuse(word)
	}
	old := s.messages[i]
	m.TS, m.ThreadTS, m.Updates = old.TS, old.ThreadTS, old.Updates+1
	s.messages[i] = m
	return fmt.Appendf(nil, `{"ok":true,"channel":%q,"ts":%q}`, s.Channel, m.TS)
}

// Delete removes a message, as a person might.
func (s *Slack) Delete(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m Message) bool { return m.TS == ts })
}

// read takes a message from a call, and the word with which Slack would refuse it.
func (s *Slack) read(r *http.Request) (m Message, word string) {
	m.Text = r.Form.Get("text")
	if text := r.Form.Get("metadata"); text != "" && json.Unmarshal([]byte(text), &m.Metadata) != nil {
		return m, "invalid_metadata_format"
	}
	if blocks := r.Form.Get("blocks"); blocks != "" && blocks != "[]" {
		m.Blocks = json.RawMessage(blocks)
	}
	s.problems = append(s.problems, inspect(r, m)...)
	if m.Text == "" && m.Blocks == nil {
		return m, "no_text"
	}
	if len([]rune(m.Text)) > 40000 {
		return m, "msg_too_long"
	}
	if problem := checkBlocks(m.Blocks); problem != "" {
		s.problems = append(s.problems, problem)
		return m, "invalid_blocks"
	}
	return m, ""
}
