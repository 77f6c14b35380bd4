package bus

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// session is the time for which this process is a member of a group, under one id.
type session struct {
	ctx      context.Context // of all work done under it
	cancel   context.CancelFunc
	timer    *time.Timer // cancels ctx unless the session is renewed
	revision uint64      // of the member's key

	mu    sync.Mutex
	until time.Time
}

// join begins a session.
func (m *member) join(ctx context.Context) error {
	m.id = nats.NewInbox()[len(nats.InboxPrefix):]
	m.peers, m.claims, m.working = map[string]peer{}, map[int]claim{}, map[int]*working{}
	m.ended = make(chan int, m.n)
	started := time.Now()
	revision, err := m.kv.Put(ctx, m.memberKey(m.id), hostname(), 0)
	if err != nil {
		return fmt.Errorf("join %s: %w", m.group, err)
	}
	s := &session{revision: revision}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.timer = time.AfterFunc(m.b.timing.lease, s.cancel)
	s.extend(started.Add(m.b.timing.lease - m.b.timing.safety))
	m.session = s
	return nil
}

// renew proves that we live. A conflict means that others buried us.
func (m *member) renew() error {
	started := time.Now() // before the server can have stored it, so that we end first
	revision, err := m.kv.Put(m.session.ctx, m.memberKey(m.id), hostname(), m.session.revision)
	if err != nil {
		return fmt.Errorf("renew lease: %w", err)
	}
	m.session.revision = revision
	m.session.extend(started.Add(m.b.timing.lease - m.b.timing.safety))
	return nil
}

func (s *session) extend(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = until
	s.timer.Reset(time.Until(until))
}

// lose ends the session, and what its work may still do.
func (s *session) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Time{}
	s.timer.Stop()
	s.cancel()
}

// held tells whether no other can think this member dead yet. The monotonic clock it reads goes on while the
// process is stopped.
func (s *session) held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until)
}

func hostname() []byte {
	host, err := os.Hostname()
	if err != nil {
		return []byte("unknown")
	}
	return []byte(host)
}
