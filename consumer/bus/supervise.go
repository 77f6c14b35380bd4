package bus

import (
	"context"
	"fmt"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// supervise keeps the embedded server at work. A write that meets a full disk leaves its stream, or all of
// JetStream, switched off for good: once there is room again JetStream is started afresh here. Until then
// publishers and readers wait.
func (b *Bus) supervise() {
	tick := time.NewTicker(superviseEvery)
	defer tick.Stop()
	ill := 0 // ticks; the server says it is off before it has finished switching off
	for {
		select {
		case <-b.closed:
			return
		case <-tick.C:
		}
		err := b.server.healthy()
		if err == nil {
			ill = 0
			continue
		}
		if ill++; ill < 2 || b.disk.low() {
			continue
		}
		b.log.Warn("embedded nats started afresh", zap.Error(err))
		if err := b.revive(); err != nil {
			b.log.Error("embedded nats is off", zap.String("dir", b.server.dir), zap.Error(err))
		}
	}
}

// healthy tells which stream cannot be written, if any.
func (e *embedded) healthy() error {
	if health := e.ns.Healthz(nil); health.Status != "ok" {
		return fmt.Errorf("embedded nats: %s", health.Error)
	}
	return nil
}

// revive starts JetStream again on the same files and with the same options.
func (b *Bus) revive() error {
	e := b.server
	if err := probeWrite(e.dir); err != nil {
		return err
	}
	if err := e.ns.ShutdownJetStream(); err != nil {
		return fmt.Errorf("stop jetstream: %w", err)
	}
	opts := e.options()
	err := e.ns.EnableJetStream(&natsd.JetStreamConfig{
		StoreDir: opts.StoreDir, SyncAlways: opts.SyncAlways, SyncInterval: opts.SyncInterval,
		MaxMemory: opts.JetStreamMaxMemory, MaxStore: opts.JetStreamMaxStore, Strict: true,
	})
	if err != nil {
		return fmt.Errorf("start jetstream: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), ackWait)
	defer cancel()
	return b.ensureLayout(ctx)
}
