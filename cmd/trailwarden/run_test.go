package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// While NATS is away the daemon waits for it, and must not be deaf meanwhile.
func TestRunStopsWhileItWaitsForNATS(t *testing.T) {
	nats, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nats.Close()
	settings := filepath.Join(t.TempDir(), "trailwarden.yaml")
	text := "http: {listen: \"127.0.0.1:0\"}\nnats: {urls: [\"nats://" + nats.Addr().String() + "\"]}\n"
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	var stdout, stderr bytes.Buffer
	go func() {
		status <- run(t.Context(), []string{"run", "--config", settings}, strings.NewReader(""), &stdout, &stderr)
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if conn, err := nats.Accept(); err == nil {
			_ = conn.Close()
		}
	}()
	select {
	case <-asked: // it has begun to wait
	case got := <-status:
		t.Fatalf("exit status %d before it was stopped\n%s", got, &stderr)
	}
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-status; got != exitOK {
		t.Errorf("exit status %d\n%s", got, &stderr)
	}
}
