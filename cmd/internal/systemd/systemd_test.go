package systemd_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/trailwarden/trailwarden/cmd/internal/systemd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// manager is the socket that systemd would listen on.
func manager(t *testing.T) *net.UnixConn {
	t.Helper()
	addr := &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"}
	conn, err := net.ListenUnixgram(addr.Net, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", addr.Name)
	return conn
}

// hear is the next notification, "" if none comes within wait.
func hear(t *testing.T, conn *net.UnixConn, wait time.Duration) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

func expect(t *testing.T, conn *net.UnixConn, want string) {
	t.Helper()
	if got := hear(t, conn, 10*time.Second); got != want {
		t.Fatalf("systemd heard %q, want %q", got, want)
	}
}

// start runs a service; the function returned ends it and waits for it.
func start(t *testing.T, s systemd.Service) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	}
}

func TestReadyThenStopping(t *testing.T) {
	conn := manager(t)
	stop := start(t, systemd.Service{Log: zap.NewNop()})
	expect(t, conn, "READY=1")
	stop()
	expect(t, conn, "STOPPING=1")
}

func TestReloadingCarriesTheTimeItBegan(t *testing.T) {
	conn := manager(t)
	done := systemd.Service{Log: zap.NewNop()}.Reloading()
	lines := strings.Split(strings.TrimSpace(hear(t, conn, 10*time.Second)), "\n")
	if len(lines) != 2 || lines[0] != "RELOADING=1" {
		t.Fatalf("systemd heard %q", lines)
	}
	number, ok := strings.CutPrefix(lines[1], "MONOTONIC_USEC=")
	if usec, err := strconv.ParseInt(number, 10, 64); !ok || err != nil || usec <= 0 {
		t.Fatalf("second line is %q", lines[1])
	}
	done()
	expect(t, conn, "READY=1")
}

func TestWatchdogIsFedOnlyWhileAlive(t *testing.T) {
	conn := manager(t)
	t.Setenv("WATCHDOG_USEC", "60000")
	var ill atomic.Bool
	core, logged := observer.New(zap.ErrorLevel)
	stop := start(t, systemd.Service{Log: zap.New(core), Alive: func() error {
		if ill.Load() {
			return errors.New("stuck")
		}
		return nil
	}})
	expect(t, conn, "READY=1")
	expect(t, conn, "WATCHDOG=1")
	expect(t, conn, "WATCHDOG=1")
	ill.Store(true)
	hear(t, conn, 30*time.Millisecond) // one may have been under way
	if got := hear(t, conn, 200*time.Millisecond); got != "" {
		t.Errorf("systemd heard %q from a service that is not alive", got)
	}
	if logged.Len() == 0 {
		t.Error("nothing logged")
	}
	ill.Store(false)
	expect(t, conn, "WATCHDOG=1")
	stop()
}

func TestWatchdogIsNotFedWhileTheCheckHangs(t *testing.T) {
	conn := manager(t)
	t.Setenv("WATCHDOG_USEC", "30000")
	hang := make(chan struct{})
	stop := start(t, systemd.Service{Log: zap.NewNop(), Alive: func() error { <-hang; return nil }})
	expect(t, conn, "READY=1")
	if got := hear(t, conn, 200*time.Millisecond); got != "" {
		t.Errorf("systemd heard %q while the check hung", got)
	}
	close(hang)
	expect(t, conn, "WATCHDOG=1")
	stop()
}

func TestWatchdogOfAnotherProcessIsLeftAlone(t *testing.T) {
	for name, env := range map[string][2]string{"pid": {"WATCHDOG_PID", "1"}, "nonsense": {"WATCHDOG_USEC", "soon"}} {
		t.Run(name, func(t *testing.T) {
			conn := manager(t)
			t.Setenv("WATCHDOG_USEC", "3000")
			t.Setenv(env[0], env[1])
			stop := start(t, systemd.Service{Log: zap.NewNop(), Alive: func() error { t.Error("asked"); return nil }})
			expect(t, conn, "READY=1")
			if got := hear(t, conn, 30*time.Millisecond); got != "" {
				t.Errorf("systemd heard %q", got)
			}
			stop()
		})
	}
}

func TestWithoutSystemdNothingHappens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	core, logged := observer.New(zap.DebugLevel)
	s := systemd.Service{Log: zap.New(core)}
	s.Reloading()()
	start(t, s)()
	if logged.Len() > 0 {
		t.Errorf("logged %v", logged.All())
	}
}

func TestASocketThatIsGoneIsLogged(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	core, logged := observer.New(zap.WarnLevel)
	systemd.Service{Log: zap.New(core)}.Reloading()()
	if logged.Len() != 2 {
		t.Errorf("logged %d times, want 2", logged.Len())
	}
}
