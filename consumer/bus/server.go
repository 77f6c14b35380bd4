package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

const (
	embeddedPayload = 4 << 20 // bytes
	startPatience   = 10 * time.Minute
	unlimitedStore  = 1 << 50 // the streams' own limits and the disk guard bound the store
	superviseEvery  = time.Second
)

// embedded is a NATS server inside this process, reachable by nobody else.
type embedded struct {
	ns   *natsd.Server
	lock *os.File
	dir  string // of the server's files
	// losses are what was damaged in the files of the streams before the server began.
	losses []Loss
	torn   map[string]record // by stream: the record at its end that is not whole
}

// startEmbedded locks dataDir and starts the server on it. Everything acknowledged before a crash is recovered
// before it returns, but for what the disk has damaged.
func startEmbedded(dataDir string, streams []string, log *zap.Logger) (*embedded, error) {
	dir := filepath.Join(dataDir, "jetstream")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w: give the daemon's user a folder it may write", err)
	}
	lock, err := lockDir(dataDir)
	if err != nil {
		return nil, err
	}
	e := &embedded{lock: lock, dir: dir}
	if e.losses, e.torn, err = repair(dataDir, streams, log); err == nil {
		err = e.start(log)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

func (e *embedded) start(log *zap.Logger) error {
	if err := probeWrite(e.dir); err != nil {
		return err
	}
	ns, err := natsd.NewServer(e.options())
	if err != nil {
		return fmt.Errorf("set up embedded nats: %w", err)
	}
	ns.SetLoggerV2(serverLog{log.Named("nats").Sugar()}, false, false, false)
	e.ns = ns
	ns.Start()
	if !ns.ReadyForConnections(startPatience) || !ns.JetStreamEnabled() {
		ns.Shutdown()
		ns.WaitForShutdown()
		return fmt.Errorf("embedded nats did not start on %s: see its messages above", e.dir)
	}
	return nil
}

func (e *embedded) options() *natsd.Options {
	return &natsd.Options{
		ServerName: "trailwarden", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: filepath.Dir(e.dir), // the server adds the last folder itself
		SyncAlways: true, JetStreamMaxStore: unlimitedStore, JetStreamMaxMemory: 64 << 20,
		MaxPayload: embeddedPayload, MaxPending: 256 << 20,
	}
}

// stop ends the server. The lock goes last: it is released by the kernel if this process dies first.
func (e *embedded) stop(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.ns.Shutdown()
		e.ns.WaitForShutdown()
	}()
	select {
	case <-done:
		return e.lock.Close()
	case <-ctx.Done():
		return fmt.Errorf("stop embedded nats: %w", context.Cause(ctx))
	}
}

// lockDir makes sure that one process alone uses dataDir.
func lockDir(dataDir string) (*os.File, error) {
	path := filepath.Join(dataDir, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data_dir: %w: give the daemon's user a folder it may write", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("data_dir %s is in use by another trailwarden: stop it, or choose another folder", dataDir)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// probeWrite finds a read-only or full disk before the server does, whose own message is obscure.
func probeWrite(dir string) error {
	path := filepath.Join(dir, ".probe")
	err := os.WriteFile(path, make([]byte, 4096), 0o600)
	err = errors.Join(err, os.Remove(path))
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("data_dir: %w: free some space", err)
	}
	if err != nil {
		return fmt.Errorf("data_dir: %w: give the daemon's user a folder it may write", err)
	}
	return nil
}

// serverLog hands the server's messages to zap.
type serverLog struct{ log *zap.SugaredLogger }

func (l serverLog) Noticef(format string, v ...any) { l.log.Debugf(format, v...) }
func (l serverLog) Warnf(format string, v ...any)   { l.log.Warnf(format, v...) }
func (l serverLog) Fatalf(format string, v ...any)  { l.log.Errorf(format, v...) }
func (l serverLog) Errorf(format string, v ...any)  { l.log.Errorf(format, v...) }
func (l serverLog) Debugf(format string, v ...any)  { l.log.Debugf(format, v...) }
func (l serverLog) Tracef(format string, v ...any)  { l.log.Debugf(format, v...) }

var _ natsd.Logger = serverLog{}
