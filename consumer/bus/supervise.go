package bus

import (
	"context"
	"errors"
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
			b.remember()
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
	return errors.Join(b.ensureLayout(ctx), b.compare(ctx))
}

// compare looks whether each stream is the one that its mark tells of, and holds all that was acknowledged of it. One that
// does not gets a new name among positions, before anything new is stored in it.
func (b *Bus) compare(ctx context.Context) error {
	for _, name := range b.streams() {
		s, err := b.look(ctx, name)
		if err != nil {
			return fmt.Errorf("look at stream %s: %w", name, err)
		}
		was, known := b.marks.get(name)
		now := mark{made: s.created, losses: was.losses, last: s.LastSeq, held: s.Msgs}
		if s.LastSeq > 0 {
			now.at = s.LastTime.UnixNano()
		}
		switch {
		case !known:
		case was.made != s.created:
			now.losses = 0
			b.log.Error("stream was made anew: what it held is lost", zap.String("stream", name), zap.Uint64("last_sequence", was.last),
				zap.Uint64("messages", was.held), zap.Time("last_time", time.Unix(0, was.at).UTC()))
		case was.last > s.LastSeq:
			now.losses++
			b.log.Error("stream has lost its end", zap.String("stream", name), zap.Uint64("acknowledged", was.last),
				zap.Uint64("last_sequence", s.LastSeq), zap.Time("acknowledged_at", time.Unix(0, was.at).UTC()))
		}
		b.marks.set(name, now)
	}
	return b.marks.sync()
}

// remember keeps the marks on the disk, and how much each stream holds.
func (b *Bus) remember() {
	ctx, cancel := context.WithTimeout(context.Background(), ackWait)
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
