package bus

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// note takes a change of a key into our picture of the group.
func (m *member) note(e Entry) {
	rest, _ := strings.CutPrefix(e.Key, m.prefix()+".")
	kind, name, _ := strings.Cut(rest, ".")
	switch kind {
	case "member":
		if name == m.id {
			return
		}
		if e.Value == nil {
			delete(m.peers, name)
		} else {
			m.peers[name] = peer{revision: e.Revision, changed: time.Now()}
		}
	case "shard":
		shard, err := strconv.Atoi(name)
		if err == nil && e.Revision > m.claims[shard].revision {
			m.claims[shard] = claim{owner: string(e.Value), revision: e.Revision}
		}
	}
}

// bury deletes the members that have been silent for a lease.
func (m *member) bury() {
	for id, p := range m.peers {
		if time.Since(p.changed) < m.b.timing.lease {
			continue
		}
		err := m.kv.Delete(m.session.ctx, m.memberKey(id), p.revision)
		if err == nil {
			m.b.log.Info("dead member removed", zap.String("group", m.group))
			delete(m.peers, id)
		}
	}
}

// balance gives up what is above our share and claims what is free below it.
func (m *member) balance(wg *sync.WaitGroup) {
	share := m.share()
	for shard := m.n - 1; shard >= 0 && m.held() > share; shard-- {
		if w := m.working[shard]; w != nil && w.cancel != nil {
			w.cancel() // released when its work has returned
			w.cancel = nil
		}
	}
	for shard := 0; shard < m.n && len(m.working) < share; shard++ {
		if m.working[shard] == nil && m.free(m.claims[shard].owner) {
			m.claim(wg, shard)
		}
	}
}

// held counts the shards we work on and do not mean to give up.
func (m *member) held() int {
	count := 0
	for _, w := range m.working {
		if w.cancel != nil {
			count++
		}
	}
	return count
}

// share is how many shards are ours: members in the order of their ids take the remainder one by one.
func (m *member) share() int {
	ids := []string{m.id}
	for id := range m.peers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	share := m.n / len(ids)
	if slices.Index(ids, m.id) < m.n%len(ids) {
		share++
	}
	return share
}

// free tells whether a claim of owner is void. An id is used for one session, and its key is there before its
// first claim, so an owner without a key will never work again.
func (m *member) free(owner string) bool {
	if owner == "" || owner == m.id {
		return true
	}
	if _, alive := m.peers[owner]; alive {
		return false
	}
	_, ok, err := m.kv.Get(m.session.ctx, m.memberKey(owner)) // our picture may be late
	return err == nil && !ok
}

// claim takes a shard and begins to work on it, unless another was faster.
func (m *member) claim(wg *sync.WaitGroup, shard int) {
	revision, err := m.kv.Put(m.session.ctx, m.shardKey(shard), []byte(m.id), m.claims[shard].revision)
	if err != nil {
		return // the watch will tell who has it, or the next tick tries again
	}
	m.claims[shard] = claim{owner: m.id, revision: revision}
	ctx, cancel := context.WithCancel(m.session.ctx)
	m.working[shard] = &working{cancel: cancel}
	session, ended := m.session, m.ended
	wg.Go(func() {
		defer cancel()
		m.b.runShard(ctx, m.group, shard, m.run, session.held)
		ended <- shard
	})
}

// release gives a shard back whose work has returned.
func (m *member) release(shard int) error {
	if err := m.kv.Delete(m.session.ctx, m.shardKey(shard), m.claims[shard].revision); err != nil {
		return fmt.Errorf("release shard %d: %w", shard, err)
	}
	delete(m.working, shard)
	delete(m.claims, shard)
	return nil
}
