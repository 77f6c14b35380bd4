// Package sqstest is an SQS queue for tests: it lives in the test's process, speaks the JSON protocol of the AWS
// SDKs, and misbehaves on request in every way that SQS and the network between are known to.
//
// It delivers at least once, in any order, hides what it delivered until a timeout passes, and gives every
// delivery its own receipt, of which only the last is good for hiding the message longer.
//
//	s := sqstest.New(sqstest.Faults{Duplicate: 0.2, LostResponse: 0.1})
//	s.Send(body)
//	queue, err := sqs.Open(ctx, sqs.Config{URL: sqstest.QueueURL}, log, s.Options)
//
// Options reaches the server without a socket, so that the whole conversation fits into a synctest bubble; the
// Server is an http.Handler as well, for httptest.
package sqstest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// QueueURL is the URL of the one queue a Server has.
const QueueURL = "https://sqs.eu-west-1.amazonaws.com/111122223333/trail"

// Faults says how a Server misbehaves. Chances are from 0, never, to 1, always; each is decided anew for every
// call, entry or message it applies to.
type Faults struct {
	Duplicate    float64       // a message that is received stays visible all the same
	Reorder      bool          // messages are received in any order
	Throttle     float64       // a call is refused for being one too many
	ServerError  float64       // a call is answered with status 503 and does nothing
	PartialFail  float64       // an entry of a batch call fails, through no fault of the caller
	LostResponse float64       // a call does its work, and the connection is cut instead of an answer
	Denied       []string      // actions that are refused with AccessDenied
	Latency      time.Duration // before each answer
	Seed         uint64        // of the chances
}

// Stats is what a Server has seen. Visible, InFlight and Deleted add up to the messages sent.
type Stats struct {
	Visible, InFlight, Deleted int
	Calls                      map[string]int // by action, such as "ReceiveMessage"
	MostReceives               int            // of any one message
}

// Server is one queue. Its methods may be called at any time from any goroutine.
type Server struct {
	mu         sync.Mutex
	faults     Faults
	random     *rand.Rand
	attributes map[string]string
	visibility time.Duration
	messages   []*message // the deleted ones are cleared away now and then
	sent       int
	most       int // receives of any one message
	receipts   map[string]*message
	calls      map[string]int
	deleted    int
	changed    chan struct{} // closed and replaced when messages were sent or shown
}

type message struct {
	id, body string
	sent     time.Time
	hidden   time.Time // invisible until
	receives int
	receipt  string // the last
	deleted  bool
}

// New makes a server whose messages stay hidden for 30 seconds.
func New(f Faults) *Server {
	s := &Server{
		visibility: 30 * time.Second, receipts: make(map[string]*message),
		calls: make(map[string]int), changed: make(chan struct{}), attributes: make(map[string]string),
	}
	s.SetFaults(f)
	return s
}

// SetFaults changes how the server misbehaves from now on.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.random = f, rand.New(rand.NewPCG(f.Seed, 1))
}

// SetVisibility changes the queue's visibility timeout, in whole seconds.
func (s *Server) SetVisibility(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visibility = d
}

// SetAttribute gives the queue an attribute, such as RedrivePolicy.
func (s *Server) SetAttribute(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attributes[name] = value
}

// Send puts messages into the queue.
func (s *Server) Send(bodies ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range bodies {
		s.send(b)
	}
}

func (s *Server) send(body string) *message {
	now := time.Now()
	m := &message{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", s.sent), body: body, sent: now, hidden: now}
	s.sent++
	s.messages = append(s.messages, m)
	s.wake()
	return m
}

// Expire makes every message that is in flight visible, as if its timeout had passed.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		m.hidden = time.Now()
	}
	s.wake()
}

// Stats tells what the queue holds and what has been asked of it.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Deleted: s.deleted, MostReceives: s.most, Calls: make(map[string]int)}
	maps.Copy(st.Calls, s.calls)
	now := time.Now()
	for _, m := range s.messages {
		switch {
		case m.deleted:
		case m.hidden.After(now):
			st.InFlight++
		default:
			st.Visible++
		}
	}
	return st
}

// clear forgets deleted messages once they are most of what is kept. The mutex is held.
func (s *Server) clear() {
	if s.deleted-(s.sent-len(s.messages)) > len(s.messages)/2 {
		s.messages = slices.DeleteFunc(s.messages, func(m *message) bool { return m.deleted })
	}
}

// wake lets waiting receives look again. The mutex is held.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// chance decides whether something of the given probability happens. The mutex is held.
func (s *Server) chance(p float64) bool { return p > 0 && s.random.Float64() < p }

func checksum(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}
