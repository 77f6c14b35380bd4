package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// host is a machine of the cluster: a network namespace of its name, made by .ci/cluster, with one process.
type host struct {
	name    string
	role    string // empty for a node
	dir     string // of the cluster
	command []string
	*program
	clock *wallClock
}

// start runs the host's process, in its namespace.
func (h *host) start(t *testing.T) {
	t.Helper()
	h.program = launch(t, filepath.Join(h.dir, h.name+".log"), append([]string{"ip", "netns", "exec", h.name}, h.command...)...)
	h.clock = &wallClock{pid: h.cmd.Process.Pid}
	if group, ok := slowGroup(h.name); ok && h.role == "" {
		_ = os.WriteFile(filepath.Join(group, "cgroup.procs"), fmt.Append(nil, h.clock.pid), 0o600) // else it cannot be slowed
	}
}

// up tells whether the process has not ended.
func (h *host) up() bool {
	select {
	case <-h.done:
		return false
	default:
		return true
	}
}

func (h *host) signal(sig syscall.Signal) { _ = h.cmd.Process.Signal(sig) }

// link switches the host's cable.
func (h *host) link(state string) { command("ip", "link", "set", h.name, state) }

// part lets the host's packets to others vanish, or not.
func (h *host) part(action string, others []*host) {
	for _, o := range others {
		if o != h {
			command("ip", "-n", h.name, "route", action, "blackhole", o.address()+"/32")
		}
	}
}

// address is what the cluster's /etc/hosts says.
func (h *host) address() string {
	hosts, _ := os.ReadFile(filepath.Join(h.dir, "hosts"))
	for line := range strings.Lines(string(hosts)) {
		if address, name, _ := strings.Cut(strings.TrimSpace(line), " "); name == h.name {
			return address
		}
	}
	return ""
}

// fill takes all that is free of the disk under a folder, but for some bytes; what it returns gives all back.
func fill(t *testing.T, folder string, but uint64) (free func()) {
	t.Helper()
	file := filepath.Join(folder, "filler")
	free = func() { _ = os.Remove(file) }
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	left := disk.Bfree * uint64(disk.Bsize)
	for left > but && err == nil {
		var n int
		n, err = out.Write(make([]byte, min(left-but, 1<<16)))
		left -= uint64(n)
	}
	for but == 0 && err == nil { // what the file system kept back
		_, err = out.Write(make([]byte, 512))
	}
	return free
}

// slow lets the node's disk do so many operations a second; 0 ends that.
func (h *host) slow(operations int) error {
	group, ok := slowGroup(h.name)
	if !ok {
		return os.ErrNotExist
	}
	device, err := os.ReadFile(filepath.Join(h.dir, h.name+".device"))
	if err != nil {
		return err
	}
	id := strings.TrimSpace(string(device))
	if _, err := os.Stat(filepath.Join(group, "io.max")); err == nil {
		limit := fmt.Sprint(operations)
		if operations == 0 {
			limit = "max"
		}
		return os.WriteFile(filepath.Join(group, "io.max"), []byte(id+" wiops="+limit), 0o600)
	}
	return os.WriteFile(filepath.Join(group, "blkio.throttle.write_iops_device"), fmt.Appendf(nil, "%s %d", id, operations), 0o600)
}

// slowGroup is the control group made for a node, if there is one.
func slowGroup(name string) (string, bool) {
	group := filepath.Join(os.Getenv("TRAILWARDEN_CLUSTER_CGROUP"), name)
	_, err := os.Stat(group)
	return group, err == nil && filepath.IsAbs(group)
}

// get asks a host over HTTP.
func (h *host) get(path string, patience time.Duration) (int, string) {
	port, token := "9464", clusterToken
	if h.role == "" {
		port, token = "8222", ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.name+":"+port+path, nil)
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

// ready tells whether the worker says that it is.
func (h *host) ready() bool {
	status, _ := h.get("/-/ready", 5*time.Second)
	return status == http.StatusOK
}

// owned is how many shards of each group the worker works on; nil when it does not answer.
func (h *host) owned() map[string]int {
	status, body := h.get("/metrics", 3*time.Second)
	if status != http.StatusOK {
		return nil
	}
	shards := map[string]int{}
	for name, v := range parseMetrics(body) {
		if group, ok := strings.CutPrefix(name, "trailwarden_bus_shards_owned"); ok {
			shards[group] = int(v)
		}
	}
	return shards
}

// off is how far a node's clock is ahead of ours.
func (h *host) off(t *testing.T) time.Duration {
	t.Helper()
	_, body := h.get("/varz", 3*time.Second)
	var said struct {
		Now time.Time `json:"now"`
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		return 0
	}
	return time.Until(said.Now)
}

func command(name string, args ...string) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s %v: %v %s\n", name, args, err, out)
	}
}

// between is a time of that order.
func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Int64N(int64(most-least)+1))
}
