package notifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

const socketPath = "/socket"

// socket is the part of the stand-in behind buttons: Socket Mode, dialogs, user groups and whispers.
type socket struct {
	AppToken string
	Others   int                 // sockets of the app that others hold open
	Groups   map[string][]string // members by user group

	live      sync.Mutex
	conn      *websocket.Conn
	acks      map[string]chan struct{}
	envelopes int
	views     []json.RawMessage
	whispers  []string
}

func newSocket() socket {
	return socket{AppToken: "xapp-secret-token", Groups: map[string][]string{}, acks: map[string]chan struct{}{}}
}

// connect answers apps.connections.open.
func (s *Slack) connect(token string) []byte {
	if token != s.AppToken {
		return refuse("invalid_auth")
	}
	return fmt.Appendf(nil, `{"ok":true,"url":%q}`, "ws"+strings.TrimPrefix(s.server.URL, "http")+socketPath)
}

func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	s.live.Lock()
	s.conn = conn
	_ = conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"hello","num_connections":%d,"connection_info":{"app_id":"A1"}}`, 1+s.Others))
	s.live.Unlock()
	for {
		var answer struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if conn.ReadJSON(&answer) != nil {
			return
		}
		s.live.Lock()
		if done, ok := s.acks[answer.EnvelopeID]; ok {
			close(done)
			delete(s.acks, answer.EnvelopeID)
		}
		s.live.Unlock()
	}
}

// hangUp cuts the socket.
func (s *Slack) hangUp() {
	s.live.Lock()
	defer s.live.Unlock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn = nil
}

// HangUp cuts the socket, as Slack does now and then; whoever listens opens another.
func (s *Slack) HangUp() { s.hangUp() }

// Connected reports whether somebody listens to buttons.
func (s *Slack) Connected() bool {
	s.live.Lock()
	defer s.live.Unlock()
	return s.conn != nil
}

// Interact tells of a button or a dialog through the socket, and gives an error unless that was acknowledged within
// the three seconds Slack allows.
func (s *Slack) Interact(payload json.RawMessage) error {
	s.live.Lock()
	if s.conn == nil {
		s.live.Unlock()
		return fmt.Errorf("nobody listens")
	}
	s.envelopes++
	id := fmt.Sprint("envelope-", s.envelopes)
	done := make(chan struct{})
	s.acks[id] = done
	err := s.conn.WriteJSON(map[string]any{"envelope_id": id, "type": "interactive", "accepts_response_payload": true, "payload": payload})
	s.live.Unlock()
	if err != nil {
		return err
	}
	timer := time.NewTimer(3 * time.Second)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fmt.Errorf("not acknowledged within three seconds")
	}
}

// Press is what Slack tells of a button: what the user of this id pressed, and the value of the button, or of the
// option that was chosen.
func (s *Slack) Press(user, action, value string) json.RawMessage {
	if strings.Contains(value, "|") {
		return s.Choose(user, action, value)
	}
	return s.clicked(user, map[string]any{"action_id": action, "block_id": "b", "type": "button", "value": value})
}

// Choose is what Slack tells of a menu.
func (s *Slack) Choose(user, action, value string) json.RawMessage {
	return s.clicked(user, map[string]any{"action_id": action, "block_id": "b", "type": "static_select", "selected_option": map[string]any{
		"text": map[string]any{"type": "plain_text", "text": "x"}, "value": value,
	}})
}

func (s *Slack) clicked(user string, what map[string]any) json.RawMessage {
	body, _ := json.Marshal(map[string]any{
		"type": "block_actions", "trigger_id": "trigger-1", "user": map[string]any{"id": user, "username": "anna", "name": "anna"},
		"channel": map[string]any{"id": s.Channel, "name": "soc"}, "actions": []any{what},
	})
	return body
}

// Submit is what Slack tells of a dialog that was filled in.
func Submit(user string, view json.RawMessage, values map[string]string) json.RawMessage {
	var opened struct {
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
	}
	_ = json.Unmarshal(view, &opened)
	state := map[string]any{}
	for id, value := range values {
		state[id] = map[string]any{id: map[string]any{"value": value, "selected_option": map[string]any{"value": value}}}
	}
	body, _ := json.Marshal(map[string]any{
		"type": "view_submission", "user": map[string]any{"id": user, "username": "anna", "name": "anna"},
		"view": map[string]any{"callback_id": opened.CallbackID, "private_metadata": opened.PrivateMetadata, "state": map[string]any{"values": state}},
	})
	return body
}

// Views gives the dialogs that were opened.
func (s *Slack) Views() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.views)
}

// Whispers gives what single users were told, each with the user's id before it.
func (s *Slack) Whispers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.whispers)
}

// open answers views.open.
func (s *Slack) open(body json.RawMessage) []byte {
	var call struct {
		TriggerID string          `json:"trigger_id"`
		View      json.RawMessage `json:"view"`
	}
	var view struct {
		Type  string
		Title textObject
	}
	if json.Unmarshal(body, &call) != nil || json.Unmarshal(call.View, &view) != nil || call.TriggerID == "" {
		return refuse("invalid_arguments")
	}
	if view.Type != "modal" || checkText(view.Title, 24) != "" {
		s.problems = append(s.problems, "dialog with title "+view.Title.Text)
		return refuse("invalid_arguments")
	}
	s.views = append(s.views, call.View)
	return []byte(`{"ok":true,"view":{"id":"V1"}}`)
}

// checkActions says what Slack would refuse the buttons for.
func checkActions(raw json.RawMessage) string {
	type option struct {
		Text  textObject
		Value string
	}
	var all []struct {
		Type        string
		ActionID    string `json:"action_id"`
		Value       string
		Text        textObject
		Placeholder textObject
		Options     []option
	}
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 || len(all) > 25 {
		return fmt.Sprintf("%d buttons", len(all))
	}
	seen := map[string]bool{}
	for _, b := range all {
		label, values := b.Text, []option{{b.Text, b.Value}}
		if b.Type == "static_select" {
			label, values = b.Placeholder, b.Options
		}
		if seen[b.ActionID] || b.ActionID == "" || len(b.ActionID) > 255 || label.Type != "plain_text" || checkText(label, 75) != "" || len(values) == 0 || len(values) > 100 {
			return "button " + b.ActionID
		}
		seen[b.ActionID] = true
		for _, o := range values {
			most := 2000
			if b.Type == "static_select" {
				most = 75
			}
			if o.Value == "" || utf8.RuneCountInString(o.Value) > most || checkText(o.Text, 75) != "" {
				return "option of button " + b.ActionID
			}
		}
	}
	return ""
}
