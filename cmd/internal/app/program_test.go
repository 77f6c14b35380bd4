package app_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binaryVariable names the program as it was built. The tests that run it are long and belong to scripts of .ci, which
// set it.
const binaryVariable = "TRAILWARDEN_BINARY"

// built is the program's path, without which the test does not run.
func built(t *testing.T, script string) string {
	t.Helper()
	path := os.Getenv(binaryVariable)
	if path == "" {
		t.Skip("takes minutes: run " + script)
	}
	return path
}

// program is a process that was started from a binary, and what it logs.
type program struct {
	cmd     *exec.Cmd
	started chan string   // gets the address once the daemon says that it has started
	done    chan struct{} // closed once the process has ended
}

// launch runs a command whose log is added to a file. It is killed when the test ends.
func launch(t *testing.T, logFile string, command ...string) *program {
	t.Helper()
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: exec.Command(command[0], command[1:]...), started: make(chan string, 1), done: make(chan struct{})}
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TRAILWARDEN_") }) // else taken for settings
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			_, _ = log.WriteString(line)
			p.note(line)
			if err != nil {
				break
			}
		}
		_ = p.cmd.Wait() // it was killed
		_ = log.Close()
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// note looks for the line by which a daemon says where it listens.
func (p *program) note(line string) {
	if !strings.Contains(line, `"msg":"started"`) {
		return
	}
	var said struct {
		HTTP string `json:"http"`
	}
	if json.Unmarshal([]byte(line), &said) == nil && said.HTTP != "" {
		select {
		case p.started <- said.HTTP:
		default:
		}
	}
}

// end sends a signal and waits until the process has ended.
func (p *program) end(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(syscall.SIGCONT) // one that is stopped hears nothing
	_ = p.cmd.Process.Signal(sig)             // it may have ended
	<-p.done
}

// run starts the daemon with the world's settings and waits until it has started.
func (w *world) run(t *testing.T, binary string) (*program, *daemon) {
	t.Helper()
	p := launch(t, w.dir+"/daemon.log", binary, "--log.format", "json", "run", "--config", w.file)
	select {
	case addr := <-p.started:
		return p, &daemon{url: "http://" + addr}
	case <-p.done:
		t.Fatalf("the daemon ended: %s\n%s", p.cmd.ProcessState, tail(w.dir+"/daemon.log"))
	case <-time.After(time.Minute):
		t.Fatal("the daemon did not start")
	}
	return nil, nil
}

// tail is the end of a log.
func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}

// metrics are the daemon's metrics by name and labels, as Prometheus would read them.
func (d *daemon) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	status, body := d.ask(t, "GET", "/metrics", "")
	if status != 200 {
		t.Fatalf("metrics: %d %s", status, body)
	}
	return parseMetrics(body)
}

func parseMetrics(body string) map[string]float64 {
	all := map[string]float64{}
	for line := range strings.Lines(body) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil {
			all[line[:at]] = v
		}
	}
	return all
}
