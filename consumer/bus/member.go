package bus

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"
)

// A group's leases live in [State]: one key for each member, renewed all the time, and one key for each shard,
// naming its member:
//
//	lease.<group>.member.<id>   the host, for people
//	lease.<group>.shard.<n>     the id
//
// A member whose key does not change for the length of a lease, by the observer's own clock, counts as dead: the
// observer deletes the key, on the condition that it still has the revision seen. A member that finds its key
// gone stops its work. It also stops, by its own clock, a little before others may think it dead. No two clocks
// are ever compared.
type member struct {
	b     *Bus
	group string
	n     int
	run   RunFunc
	kv    *KV

	id      string
	session *session
	peers   map[string]peer  // other members, by id
	claims  map[int]claim    // by shard
	working map[int]*working // by shard
	ended   chan int         // shards whose work has returned; has room for all
}

type peer struct {
	revision uint64
	changed  time.Time // by our clock
}

type claim struct {
	owner    string // "" for nobody
	revision uint64
}

type working struct {
	cancel context.CancelFunc
}

func newMember(b *Bus, group string, n int, run RunFunc) *member {
	return &member{b: b, group: group, n: n, run: run, kv: b.KV(State)}
}

func (m *member) prefix() string             { return Key("lease", m.group) }
func (m *member) memberKey(id string) string { return m.prefix() + ".member." + id }
func (m *member) shardKey(shard int) string  { return m.prefix() + ".shard." + strconv.Itoa(shard) }

// work is a member, over as many sessions as it takes, until ctx ends.
func (m *member) work(ctx context.Context) error {
	for ctx.Err() == nil {
		err := m.join(ctx)
		if err == nil {
			err = m.serve(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		m.b.metrics.lost.WithLabelValues(m.group).Inc()
		m.b.log.Warn("lease lost", zap.String("group", m.group), zap.Error(err))
		if m.b.wait(ctx, m.b.timing.renew) != nil {
			break
		}
	}
	if ctx.Err() == nil {
		return ErrClosed
	}
	return nil
}

// serve keeps the session and works on its share of the shards until the session ends. All work has
// returned, and what is left of the leases is given back, when it returns.
func (m *member) serve(ctx context.Context) error {
	var wg sync.WaitGroup
	seen := make(chan Entry)
	watching, stop := context.WithCancel(m.session.ctx)
	wg.Go(func() { m.watch(watching, seen) })
	err := m.loop(&wg, seen)
	stop()
	m.session.cancel()
	wg.Wait()
	m.session.lose()
	m.leave(context.WithoutCancel(ctx))
	return err
}

// watch tells every change of the group's keys; a value that has ended comes with a nil value.
func (m *member) watch(ctx context.Context, seen chan<- Entry) {
	filter := State.subject(m.prefix() + ".>")
	alert := func() error { return nil }                                                                                // who is blind for long takes the living for dead late
	_ = m.b.follow(ctx, State.stream(), filter, &sequence{}, alert, func(msg *nats.Msg, meta *nats.MsgMetadata) error { // ends with ctx
		entry := Entry{Key: keyOf(msg.Subject), Revision: meta.Sequence.Stream}
		if !gone(msg.Header) {
			entry.Value = append([]byte{}, msg.Data...)
		}
		select {
		case seen <- entry:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func (m *member) loop(wg *sync.WaitGroup, seen <-chan Entry) error {
	tick := time.NewTicker(m.b.timing.renew)
	defer tick.Stop()
	for {
		select {
		case <-m.session.ctx.Done():
			return errors.New("not renewed in time")
		case entry := <-seen:
			m.note(entry)
			continue
		case shard := <-m.ended:
			if err := m.release(shard); err != nil {
				return err
			}
		case <-tick.C:
			if err := m.renew(); err != nil {
				m.session.lose()
				return err
			}
			m.bury()
			m.balance(wg)
		}
	}
}

// leave gives everything back, so that others need not wait for the lease to end. What cannot be given back now
// ends by itself.
func (m *member) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, m.b.timing.safety)
	defer cancel()
	if err := m.kv.Delete(ctx, m.memberKey(m.id), m.session.revision); err != nil {
		m.b.log.Debug("lease left to end by itself", zap.String("group", m.group), zap.Error(err))
	}
}
