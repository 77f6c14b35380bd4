package notifytest

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
)

// Fault is a way in which a service fails. The zero value is no fault.
type Fault struct {
	Status     int    // answer this status, having done nothing
	RetryAfter int    // with this header, in seconds, if above 0
	Body       string // and this body
	Error      string // Slack: answer 200 with this word of refusal, having done nothing
	Drop       bool   // cut the connection, having done nothing
	Lose       bool   // do what was asked, then cut the connection
	Hang       bool   // do nothing until the caller gives up
	HangDone   bool   // do what was asked, then say nothing until the caller gives up
}

// faults is what will fail next, by method.
type faults struct {
	mu      sync.Mutex
	queued  map[string][]Fault
	lasting map[string]Fault
	closing chan struct{}
}

func newFaults() *faults {
	return &faults{queued: map[string][]Fault{}, lasting: map[string]Fault{}, closing: make(chan struct{})}
}

// Fail lets the next calls of a method fail, one fault a call.
func (f *faults) Fail(method string, next ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queued[method] = append(f.queued[method], next...)
}

// Last lets every call of a method fail that Fail says nothing of, until it is called with the zero Fault.
func (f *faults) Last(method string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lasting[method] = fault
}

func (f *faults) take(method string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue := f.queued[method]
	if len(queue) == 0 {
		return f.lasting[method]
	}
	f.queued[method] = queue[1:]
	return queue[0]
}

// serve answers a call as the fault wants it; act does what was asked and gives the answer's body.
func (f *faults) serve(w http.ResponseWriter, r *http.Request, fault Fault, act func() (status int, header http.Header, body []byte)) {
	switch {
	case fault.Drop:
		cut(w)
		return
	case fault.Hang:
		f.hang(r)
		return
	case fault.Status != 0:
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(fault.RetryAfter))
		}
		w.WriteHeader(fault.Status)
		_, _ = w.Write([]byte(fault.Body))
		return
	}
	status, header, body := act()
	switch {
	case fault.Lose:
		cut(w)
		return
	case fault.HangDone:
		f.hang(r)
		return
	}
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (f *faults) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-f.closing:
	}
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}
