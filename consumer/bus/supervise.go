package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
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
			b.remember(context.Background())
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
	if err := b.ensureLayout(ctx); err != nil {
		return err
	}
	return b.account(ctx, nil)
}

// account tells of what was lost: what was found before the server began, and what the streams lack.
func (b *Bus) account(ctx context.Context, found []Loss) error {
	more, err := b.compare(ctx)
	if err != nil {
		return err
	}
	if err := b.lose(ctx, append(found, more...)); err != nil || b.server != nil {
		return err
	}
	if packed := b.marks.pack(); packed != nil {
		if _, err := b.KV(State).Put(ctx, marksKey, packed, AnyRevision); err != nil {
			return fmt.Errorf("store the marks of the streams: %w", err)
		}
	}
	return nil
}

// missedLooks is at how many looks one after the other a stream of the cluster has to be missing until it is made again: who
// deletes it to restore it from a backup needs some time.
const missedLooks = 6

// superviseCluster makes again what was deleted of the layout, and tells when a stream was made anew or has lost its end.
func (b *Bus) superviseCluster() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.wg.Go(func() {
		<-b.closed
		cancel()
	})
	for missed := 0; b.wait(ctx, b.timing.look) == nil; {
		err := b.account(ctx, nil)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			missed = 0
		} else if missed++; missed >= missedLooks {
			b.log.Error("stream was deleted; it is made again", zap.Error(err))
			err = b.ensureLayout(ctx)
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("streams not looked at; tried again", zap.Error(err))
		}
	}
}

// remember keeps the marks on the disk, and how much each stream holds.
func (b *Bus) remember(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	for _, name := range b.streams() {
		if s, err := b.look(ctx, name); err == nil {
			b.marks.looked(name, s.Msgs)
		}
	}
	if err := b.marks.sync(); err != nil && !b.disk.low() {
		b.log.Warn("marks of the streams not written", zap.Error(err))
	}
}
