package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// crashDir is the environment variable that turns the test binary into a publisher on that folder.
const crashDir = "BUS_TEST_CRASH_DIR"

// publishUntilKilled writes batches of events and of keys, and prints the number of each batch once it is
// acknowledged.
func publishUntilKilled(dir string) int {
	ctx := context.Background()
	b, err := bus.Open(ctx, small(), dir, zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	kv := b.KV(bus.History)
	entry, _, err := kv.Get(ctx, "batch")
	if err != nil {
		return 1
	}
	first, _ := strconv.Atoi(string(entry.Value)) // none yet is 0
	for batch := first + 1; ; batch++ {
		if err := b.Publish(ctx, messages(bus.EventsSubject(0), batch*10, 10)...); err != nil {
			return 1
		}
		text := strconv.Itoa(batch)
		writes := []bus.KVWrite{{Key: "batch", Value: []byte(text), Expect: entry.Revision}}
		for i := range 20 {
			writes = append(writes, bus.KVWrite{Key: bus.Key("k", strconv.Itoa(i)), Value: []byte(text), Expect: bus.AnyRevision})
		}
		revisions, err := kv.PutAll(ctx, writes)
		if err != nil {
			return 1
		}
		entry.Revision = revisions[0]
		fmt.Println(batch)
	}
}

func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := map[int]bool{}
	latest := 0
	for range 5 {
		for _, batch := range publishAndKill(t, dir, 1+rand.IntN(25)) {
			acked[batch], latest = true, batch
		}
		b := open(t, dir, small())
		if b.Lost() != 0 {
			t.Errorf("a kill alone is told as a loss of %d", b.Lost())
		}
		stored := map[string]bool{}
		n, err := b.Backlog(t.Context(), bus.EventsSubject(0), bus.Position{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range take(t, b, bus.EventsSubject(0), 0, int(n)) {
			stored[string(d.Data)] = true
		}
		for batch := range acked {
			for i := range 10 {
				if id := fmt.Sprintf("%s-%d", bus.EventsSubject(0), batch*10+i); !stored[id] {
					t.Fatalf("%s was acknowledged and is gone", id)
				}
			}
		}
		keys := 0
		err = b.KV(bus.History).Range(t.Context(), "", func(e bus.Entry) error {
			keys++
			if value, err := strconv.Atoi(string(e.Value)); err != nil || value < latest {
				return fmt.Errorf("%s is %q, below %d: %w", e.Key, e.Value, latest, err)
			}
			return nil
		})
		if err != nil || keys != 21 {
			t.Fatal(keys, err)
		}
		closeBus(t, b)
	}
}

// publishAndKill runs the publisher until it has acknowledged some batches, and a little longer.
func publishAndKill(t *testing.T, dir string, batches int) []int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acked []int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		batch, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if acked = append(acked, batch); len(acked) == batches {
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel) // kills
		}
	}
	if err := cmd.Wait(); err == nil || len(acked) < batches {
		t.Fatalf("publisher ended by itself after %d batches: %v", len(acked), err)
	}
	return acked
}
