package bus

import (
	"context"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// supervise keeps the embedded server at work: when a write meets a full disk JetStream switches itself off, and
// stays off. Once there is room again it is switched on here; until then publishers and readers wait.
func (b *Bus) supervise() {
	tick := time.NewTicker(superviseEvery)
	defer tick.Stop()
	off := 0 // ticks; the server says it is off before it has finished switching off
	for {
		select {
		case <-b.closed:
			return
		case <-tick.C:
		}
		if b.server.ns.JetStreamEnabled() {
			off = 0
			continue
		}
		if off++; off < 2 || b.disk.low() {
			continue
		}
		if err := b.server.revive(); err != nil {
			b.log.Error("embedded nats is off", zap.String("dir", b.server.dir), zap.Error(err))
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), ackWait)
		err := b.ensureLayout(ctx)
		cancel()
		if err != nil {
			b.log.Error("streams not set up", zap.Error(err))
			continue
		}
		b.log.Info("embedded nats is on again")
	}
}

// revive switches JetStream on again with the options it was started with.
func (e *embedded) revive() error {
	if err := probeWrite(e.dir); err != nil {
		return err
	}
	opts := e.options()
	return e.ns.EnableJetStream(&natsd.JetStreamConfig{
		StoreDir: opts.StoreDir, SyncAlways: opts.SyncAlways, SyncInterval: opts.SyncInterval,
		MaxMemory: opts.JetStreamMaxMemory, MaxStore: opts.JetStreamMaxStore, Strict: true,
	})
}
