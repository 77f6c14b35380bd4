package bus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Fence tells the work on a shard whether it may still be done.
type Fence struct {
	group string
	shard int
	held  func() bool // nil: always
}

// Err is nil while this process surely owns the shard, and [*LostError] from then on. It is cheap and, unlike the
// context of the work, right even in the instant after the process was stopped and continued: ask before
// an effect that the revisions of the key-value store do not guard.
func (f Fence) Err() error {
	if f.held == nil || f.held() {
		return nil
	}
	return &LostError{Group: f.group, Shard: f.shard}
}

// RunFunc works on one shard until ctx ends. An error while ctx lives is logged; the shard is then released,
// and begun again, here or elsewhere, after a pause. Returning nil releases it in the same way.
type RunFunc func(ctx context.Context, shard int, fence Fence) error

// Own works on the shards of a group, 0 to n-1, together with all processes that call it for the same group: each
// shard is owned by one of them, each has its fair share. Run's ctx ends as soon as the shard is, or may be, lost;
// another process has it within ten seconds. Own returns nil after ctx has ended, every run has returned and all is released.
//
// With the embedded server, whose store is locked, this process owns all shards.
func (b *Bus) Own(ctx context.Context, group string, n int, run RunFunc) error {
	if !b.owned.enter(group) {
		return fmt.Errorf("shards of %s are already owned in this process", group)
	}
	defer b.owned.leave(group)
	if b.server != nil {
		b.ownAll(ctx, group, n, run)
		return nil
	}
	return newMember(b, group, n, run).work(ctx)
}

func (b *Bus) ownAll(ctx context.Context, group string, n int, run RunFunc) {
	var wg sync.WaitGroup
	for shard := range n {
		wg.Go(func() {
			for b.runShard(ctx, group, shard, run, nil) {
			}
		})
	}
	wg.Wait()
}

// runShard works on a shard once and tells whether it should be worked on again, after its pause.
func (b *Bus) runShard(ctx context.Context, group string, shard int, run RunFunc, held func() bool) bool {
	owned := b.metrics.owned.WithLabelValues(group)
	owned.Inc()
	err := run(ctx, shard, Fence{group: group, shard: shard, held: held})
	owned.Dec()
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		b.log.Error("shard stopped", zap.String("group", group), zap.Int("shard", shard),
			zap.Duration("retry_in", b.timing.again), zap.Error(err))
	}
	return b.wait(ctx, b.timing.again) == nil
}

// timing is how fast the parts that wait do so; tests shorten it.
type timing struct {
	reconnect time.Duration // between attempts to reconnect
	again     time.Duration // before a shard that stopped is begun again
	renew     time.Duration // between renewals of a lease
	lease     time.Duration // silence after which a process counts as dead
	safety    time.Duration // how much sooner than that it stops by itself
	look      time.Duration // between two looks at the streams of a cluster
	patience  time.Duration // for an acknowledgement, until the bus is not ready
}

func defaultTiming() timing {
	return timing{reconnect: 500 * time.Millisecond, again: time.Second, renew: time.Second, lease: 5 * time.Second, safety: time.Second, look: 5 * time.Second, patience: 10 * time.Second}
}

// groups are the groups this process works for.
type groups struct {
	mu    sync.Mutex
	names map[string]bool
}

func (g *groups) enter(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.names == nil {
		g.names = map[string]bool{}
	}
	if g.names[name] {
		return false
	}
	g.names[name] = true
	return true
}

func (g *groups) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.names, name)
}
