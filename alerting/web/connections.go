package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
)

const (
	// maxConnections bounds the connections, which take a quarter of the process's descriptors at most: the rest are for
	// queues, stores and receivers.
	maxConnections = 256
	leastOpen      = 8
	// refusedEvery is how often it is logged that connections were refused.
	refusedEvery = time.Minute
)

// connectionLimit is how many connections this process may have.
func connectionLimit() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return maxConnections
	}
	return int(min(maxConnections, max(files.Cur/4, leastOpen)))
}

// connections is a listener that keeps at most so many connections open. For a new one beyond that it closes the one that
// proved nothing, or asked nothing, for longest; if all are answered, it closes the new one.
type connections struct {
	net.Listener
	most int
	log  *zap.Logger

	mu     sync.Mutex
	open   map[*connection]bool
	logged time.Time
}

// connection is one of them.
type connection struct {
	net.Conn
	owner   *connections
	trusted atomic.Bool // somebody who may ask did, on this connection
	since   time.Time   // of its state
	active  bool        // a request is being read or answered
}

// Accept implements net.Listener.
func (c *connections) Accept() (net.Conn, error) {
	for {
		raw, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if one := c.admit(raw); one != nil {
			return one, nil
		}
		_ = raw.Close() // nothing was said on it
	}
}

// admit makes room for a connection; nil if there is none.
func (c *connections) admit(raw net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.most {
		if now := time.Now(); now.Sub(c.logged) > refusedEvery {
			c.logged = now
			c.log.Warn("connections refused, too many are open", zap.Int("limit", c.most))
		}
		worst := c.worst()
		if worst == nil {
			return nil
		}
		delete(c.open, worst)
		_ = worst.Conn.Close() // its reader notices
	}
	one := &connection{Conn: raw, owner: c, since: time.Now()}
	c.open[one] = true
	return one
}

// worst is the connection to close for a new one: untrusted ones first, then the idle, of these the oldest.
func (c *connections) worst() *connection {
	var worst *connection
	for one := range c.open {
		trusted := one.trusted.Load()
		switch {
		case trusted && one.active:
		case worst == nil, worst.trusted.Load() && !trusted, worst.trusted.Load() == trusted && one.since.Before(worst.since):
			worst = one
		}
	}
	return worst
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.open, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}

// changed follows the states of connections.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	one := under(conn)
	if one == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if active := state == http.StateActive; active != one.active {
		one.active, one.since = active, time.Now()
	}
}

// under is the connection that a server's connection is of.
func under(conn net.Conn) *connection {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	one, _ := conn.(*connection)
	return one
}

type connectionKey struct{}

// know lets trust find the connection of a request.
func know(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, under(conn))
}

// trust notes that who may ask did, on the request's connection.
func trust(r *http.Request) {
	if one, ok := r.Context().Value(connectionKey{}).(*connection); ok && one != nil {
		one.trusted.Store(true)
	}
}
