// Package systemd tells the service manager how the daemon stands, by the notify protocol of sd_notify(3): ready,
// reloading, stopping, and — only while it is seen alive — that its watchdog need not bite. Without systemd, that is
// without NOTIFY_SOCKET in the environment, everything here does nothing.
package systemd

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// Service is the daemon as systemd sees it.
type Service struct {
	// Alive returns nil while the process can do its work. It is asked three times in each WatchdogSec; while it
	// returns an error, or does not return, the watchdog is not fed and systemd kills and restarts the service.
	Alive func() error
	Log   *zap.Logger
}

// feeds is how often the watchdog is fed in the time after which it bites.
const feeds = 3

// Run says that the service is ready, feeds the watchdog until ctx ends, and then says that it is stopping. It
// always returns nil.
func (s Service) Run(ctx context.Context) error {
	s.tell(daemon.SdNotifyReady)
	defer s.tell(daemon.SdNotifyStopping)
	bite, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.Log.Warn("watchdog not understood; it is not fed", zap.Error(err))
	}
	if bite <= 0 {
		<-ctx.Done()
		return nil
	}
	feed := time.NewTicker(max(bite/feeds, time.Millisecond))
	defer feed.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-feed.C:
		}
		if err := s.Alive(); err != nil {
			s.Log.Error("watchdog not fed", zap.Error(err))
			continue
		}
		s.tell(daemon.SdNotifyWatchdog)
	}
}

// Reloading says that the settings are being reloaded, until done is called.
func (s Service) Reloading() (done func()) {
	s.tell(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	return func() { s.tell(daemon.SdNotifyReady) }
}

func (s Service) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn("systemd not told", zap.String("state", state), zap.Error(err))
	}
}
