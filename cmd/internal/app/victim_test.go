package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
)

// victimVariable makes the test binary a daemon with the settings of the file it names.
const victimVariable = "TRAILWARDEN_TEST_VICTIM"

// victim runs the daemon until its standard input ends, as it does when the test dies, or until it is killed.
func victim(file string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	log, err := zap.NewDevelopment()
	if err != nil {
		return 1
	}
	a, err := app.New(ctx, app.Options{
		ConfigFile: file, Log: log, Console: io.Discard, Started: func(addr string) { fmt.Println(addr) },
	})
	if err == nil {
		err = a.Run(ctx)
	}
	if err != nil {
		log.Error("victim ended", zap.Error(err))
		return 1
	}
	return 0
}

// process is a daemon of its own.
type process struct {
	cmd     *exec.Cmd
	started chan struct{} // closed once all its parts run
	done    chan struct{} // closed once it has ended
}

// spawn starts a daemon in a process of its own; what it logs is added to the file victim.log of the world.
func (w *world) spawn(t *testing.T) *process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(w.dir, "victim.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(os.Args[0]), started: make(chan struct{}), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), victimVariable+"="+w.file)
	p.cmd.Stderr = log
	if _, err := p.cmd.StdinPipe(); err != nil { // held open until the process has ended
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		if _, err := bufio.NewReader(stdout).ReadString('\n'); err == nil {
			close(p.started)
		}
		_, _ = io.Copy(io.Discard, stdout)
		_ = p.cmd.Wait() // it was killed
		_ = log.Close()
	}()
	return p
}

// kill ends the process as a power cut would, and waits. It reports whether the process was still there.
func (p *process) kill() bool {
	alive := p.cmd.Process.Kill() == nil
	<-p.done
	return alive && p.cmd.ProcessState.ExitCode() == -1
}
