package notifytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// The methods of PagerDuty's Events API, for Fail.
const (
	Enqueue = "enqueue"
	Change  = "change"
)

// ChangeEvent is a change that PagerDuty accepted.
type ChangeEvent struct {
	RoutingKey string `json:"routing_key"`
	Payload    struct {
		Summary   string         `json:"summary"`
		Timestamp time.Time      `json:"timestamp"`
		Source    string         `json:"source"`
		Details   map[string]any `json:"custom_details"`
	} `json:"payload"`
}

// Event is what PagerDuty accepted.
type Event struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Payload    struct {
		Summary  string         `json:"summary"`
		Source   string         `json:"source"`
		Severity string         `json:"severity"`
		Details  map[string]any `json:"custom_details"`
	} `json:"payload"`
}

// PagerDuty is a strict stand-in for the Events API v2.
type PagerDuty struct {
	*faults
	RoutingKey string
	server     *httptest.Server

	mu     sync.Mutex
	calls  int
	events []Event
	change []ChangeEvent
	state  map[string]string
	opened map[string]int
}

// NewPagerDuty starts a stand-in; Close ends it.
func NewPagerDuty() *PagerDuty {
	p := &PagerDuty{faults: newFaults(), RoutingKey: "0123456789abcdef0123456789abcdef", state: map[string]string{}, opened: map[string]int{}}
	p.server = httptest.NewServer(http.HandlerFunc(p.handle))
	return p
}

// Close ends the stand-in and whatever hangs in it.
func (p *PagerDuty) Close() {
	close(p.closing)
	p.server.Close()
}

// URL is what to set as events_url.
func (p *PagerDuty) URL() string { return p.server.URL + "/v2/enqueue" }

// Rotate makes another routing key the only right one.
func (p *PagerDuty) Rotate(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.RoutingKey = key
}

// Events gives the accepted events in order.
func (p *PagerDuty) Events() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// Forget empties the list of accepted events; the incidents stay.
func (p *PagerDuty) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = nil
}

// Changes gives the accepted change events in order.
func (p *PagerDuty) Changes() []ChangeEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.change)
}

// Calls counts the calls, failed ones included.
func (p *PagerDuty) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// Opened counts the incidents opened under a key.
func (p *PagerDuty) Opened(dedupKey string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened[dedupKey]
}

// State is where the key's incident stands: triggered, acknowledged, resolved or "".
func (p *PagerDuty) State(dedupKey string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state[dedupKey]
}

func (p *PagerDuty) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	method, accept := Enqueue, p.accept
	if r.URL.Path == "/v2/change/enqueue" {
		method, accept = Change, p.acceptChange
	}
	p.serve(w, r, p.take(method), func() (int, http.Header, []byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if problem := accept(r, body); problem != "" {
			return http.StatusBadRequest, nil, fmt.Appendf(nil, `{"status":"invalid event","message":"Event object is invalid","errors":[%q]}`, problem)
		}
		return http.StatusAccepted, nil, []byte(`{"status":"success","message":"Event processed"}`)
	})
}

// accept checks an event and applies it; the answer is what is wrong with it.
func (p *PagerDuty) accept(r *http.Request, body []byte) string {
	var e Event
	switch err := json.Unmarshal(body, &e); {
	case r.URL.Path != "/v2/enqueue" || r.Method != http.MethodPost:
		return "no such resource"
	case err != nil:
		return "the event is no JSON"
	case len(body) > 512<<10:
		return "the event is larger than 512 KB"
	case e.RoutingKey != p.RoutingKey:
		return "'routing_key' is invalid"
	case e.DedupKey == "" || len(e.DedupKey) > 255:
		return "'dedup_key' is missing or too long"
	}
	switch e.Action {
	case "trigger":
		if problem := checkPayload(e); problem != "" {
			return problem
		}
		if p.state[e.DedupKey] == "" || p.state[e.DedupKey] == "resolved" {
			p.opened[e.DedupKey]++
			p.state[e.DedupKey] = "triggered"
		}
	case "acknowledge":
		if p.state[e.DedupKey] == "triggered" {
			p.state[e.DedupKey] = "acknowledged"
		}
	case "resolve":
		if p.state[e.DedupKey] != "" {
			p.state[e.DedupKey] = "resolved"
		}
	default:
		return "'event_action' is unknown"
	}
	p.events = append(p.events, e)
	return ""
}

// acceptChange checks a change event and keeps it; the answer is what is wrong with it.
func (p *PagerDuty) acceptChange(r *http.Request, body []byte) string {
	var e ChangeEvent
	switch err := json.Unmarshal(body, &e); {
	case r.Method != http.MethodPost:
		return "no such resource"
	case err != nil:
		return "the event is no JSON"
	case len(body) > 512<<10:
		return "the event is larger than 512 KB"
	case e.RoutingKey != p.RoutingKey:
		return "'routing_key' is invalid"
	case e.Payload.Summary == "" || utf8.RuneCountInString(e.Payload.Summary) > 1024:
		return "'payload.summary' is missing or too long"
	}
	p.change = append(p.change, e)
	return ""
}

func checkPayload(e Event) string {
	switch {
	case e.Payload.Summary == "" || utf8.RuneCountInString(e.Payload.Summary) > 1024:
		return "'payload.summary' is missing or too long"
	case e.Payload.Source == "":
		return "'payload.source' is missing"
	case !slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity):
		return "'payload.severity' is unknown"
	default:
		return ""
	}
}
