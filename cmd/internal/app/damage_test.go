package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// fullDamage makes the test below kill the daemon fifty times.
const fullDamage = "TRAILWARDEN_FULL_DAMAGE"

// damage cuts some bytes off the last block of a stream of a killed daemon's store, or flips a bit in it, and says what it did.
func (w *world) damage(t *testing.T, random *rand.Rand) string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(w.dir, "store", "jetstream", "*", "streams", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, folder := range folders {
		if found, _ := filepath.Glob(filepath.Join(folder, "msgs", "*.blk")); len(found) > 0 {
			slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) })
			blocks = append(blocks, found[len(found)-1])
		}
	}
	if len(blocks) == 0 {
		return "nothing yet"
	}
	path := blocks[random.IntN(len(blocks))]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(filepath.Dir(filepath.Dir(path)))
	if len(data) == 0 {
		return name + ": empty"
	}
	what := ""
	if random.IntN(2) == 0 {
		n := 1 + random.IntN(min(len(data), 200))
		data, what = data[:len(data)-n], fmt.Sprintf("%d bytes cut off %d", n, len(data))
	} else {
		at := random.IntN(len(data))
		data[at] ^= 1 << random.IntN(8)
		what = fmt.Sprintf("a bit of byte %d of %d", at, len(data))
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name + ": " + what
}

// TestKilledAndDamaged kills the daemon at random moments, and each time damages the last block of one of its streams as a
// disk does. It goes on each time, what SQS still holds is taken in and told, and whatever is missing in the end is told to
// be lost, with its place.
func TestKilledAndDamaged(t *testing.T) {
	t.Parallel()
	kills := 4
	if os.Getenv(fullDamage) != "" {
		kills = 50
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	c := shared.part(t)
	queue, url := c.queue("trail", sqstest.Faults{Seed: seed})
	w := newWorld(t, url, "")
	queue.SetVisibility(3 * time.Second)
	t.Cleanup(func() {
		if t.Failed() {
			showLog(t, w)
		}
	})
	const each = 4
	sent := 0
	send := func() {
		for range each {
			queue.Send(apiCall(t, numbered(sent).record()))
			sent++
		}
	}
	for i := range kills {
		send()
		queue.Expire() // what the process before held comes again
		p := w.spawn(t)
		select {
		case <-moment(random, i, p):
		case <-p.done:
		}
		if !p.kill() {
			t.Fatalf("the daemon ended by itself before kill %d: %s", i, p.cmd.ProcessState)
		}
		t.Logf("kill %d: %s", i, w.damage(t, random))
	}
	safe := sent // from here on nothing is damaged any more
	send()
	queue.Expire()
	d := w.start(t)
	told := func(n int) bool {
		return slices.ContainsFunc(d.alerts(t), func(a alert.Alert) bool { return a.Bucket == numbered(n).bucket })
	}
	eventually(t, "all that SQS holds is taken in", func() bool {
		return queue.Stats().Deleted >= sent && d.ledger(t).settled() && told(sent-1)
	})
	missing := 0
	for n := range sent {
		switch {
		case told(n):
		case n >= safe:
			t.Errorf("exposure %d, sent after all damage, has no alert", n)
		default:
			missing++
		}
	}
	got, store := d.ledger(t), get[bus.StoreReport](t, d, "/api/v1/store")
	if got.Unaccounted != 0 || uint64(got.Lost) != store.Lost || !store.Whole() {
		t.Errorf("the ledger %+v, the store %+v", got, store)
	}
	for _, l := range store.Losses {
		t.Logf("lost: %s %q, at most %d, %s to %s: %s", l.Stream, l.Key, l.Count, l.From.Format(time.TimeOnly), l.To.Format(time.TimeOnly), l.Reason)
		if l.Key == "" && l.To.IsZero() && l.First == 0 && !strings.Contains(l.Reason, "damaged/") {
			t.Errorf("a loss without a place: %+v", l)
		}
	}
	if missing > 0 && store.Lost == 0 {
		t.Errorf("%d of %d alerts are missing, and nothing is said to be lost", missing, sent)
	}
	t.Logf("%d kills: of %d exposures %d have no alert; %d stored messages or values told to be lost in %d places; lanes read anew %d times",
		kills, sent, missing, got.Lost, len(store.Losses), got.Restarted)
}
