package bus_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// follow reads n deliveries behind a position.
func follow(t *testing.T, b *bus.Bus, subject string, after bus.Position, n int) []bus.Delivery {
	t.Helper()
	var got []bus.Delivery
	err := b.Tail(t.Context(), subject, after, func(d bus.Delivery) error {
		if got = append(got, d); len(got) == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return got
}

// streamDir is the folder of a stream of a stopped embedded bus.
func streamDir(t testing.TB, dir, stream string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", stream))
	if err != nil || len(found) != 1 {
		t.Fatalf("folder of %s: %v, %v", stream, found, err)
	}
	return found[0]
}

// lastBlock is the file of a stopped stream that was written last.
func lastBlock(t testing.TB, dir, stream string) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(streamDir(t, dir, stream), "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("blocks of %s: %v", stream, err)
	}
	return slices.MaxFunc(blocks, func(a, b string) int { return len(a) - len(b) })
}

// tear takes the last byte off a stream's last block, as a write that a power cut ended leaves it: without the index of
// a server that was stopped in good order.
func tear(t testing.TB, dir, stream string) {
	t.Helper()
	block := lastBlock(t, dir, stream)
	info, err := os.Stat(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Truncate(block, info.Size()-1), os.Remove(filepath.Join(filepath.Dir(block), "index.db"))); err != nil {
		t.Fatal(err)
	}
}

// checkAnew reads what has been published since a stream lost its position.
func checkAnew(t *testing.T, b *bus.Bus, lane string, position bus.Position, n int) bus.Position {
	t.Helper()
	got := follow(t, b, lane, position, n+1)
	if !got[0].Restarted || got[0].Data != nil || got[0].Position().Restarts() != position.Restarts()+1 {
		t.Errorf("the reader was not told that it begins anew: %+v", got[0])
	}
	last := position
	for _, d := range got {
		if d.Sequence <= last.Sequence {
			t.Errorf("sequence %d after %d", d.Sequence, last.Sequence)
		}
		last = d.Position()
	}
	if err := b.Trim(t.Context(), lane, position); err != nil {
		t.Fatal(err)
	}
	if left, err := b.Backlog(t.Context(), lane, position); err != nil || left != uint64(n) {
		t.Errorf("what was read of the earlier stream trimmed this one, or hides it: %d left, %v", left, err)
	}
	return last
}

func TestStreamMadeAnewIsReadFromItsFirstMessage(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, dir string){
		"folder gone": func(t *testing.T, dir string) {
			if err := os.RemoveAll(streamDir(t, dir, "TRAIL_FINDINGS")); err != nil {
				t.Fatal(err)
			}
		},
		"last byte torn off": func(t *testing.T, dir string) { tear(t, dir, "TRAIL_FINDINGS") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := open(t, dir, small())
			lane, other := bus.FindingsSubject(1), bus.FindingsSubject(2)
			if err := b.Publish(t.Context(), append(messages(lane, 0, 20), messages(other, 0, 1)...)...); err != nil {
				t.Fatal(err)
			}
			position := follow(t, b, lane, bus.Position{}, 20)[19].Position()
			theirs := follow(t, b, other, bus.Position{}, 1)[0].Position()
			if err := errors.Join(b.Trim(t.Context(), lane, position), b.Trim(t.Context(), other, theirs)); err != nil {
				t.Fatal(err)
			}
			closeBus(t, b)
			harm(t, dir)

			b = open(t, dir, small())
			if err := b.Publish(t.Context(), messages(lane, 100, 5)...); err != nil {
				t.Fatal(err)
			}
			position = checkAnew(t, b, lane, position, 5)
			closeBus(t, b)
			b = open(t, dir, small())
			if err := b.Publish(t.Context(), messages(lane, 200, 1)...); err != nil {
				t.Fatal(err)
			}
			if got := follow(t, b, lane, position, 1); got[0].Restarted || string(got[0].Data) != lane+"-200" {
				t.Errorf("after it was read anew once: %+v", got)
			}
		})
	}
}

// Not ready is for as long as there is something to be read anew.
func TestNotCaughtUpWhileReadAnew(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir(), small())
	lane := bus.EventsSubject(3)
	if err := b.Publish(t.Context(), messages(lane, 0, 3)...); err != nil {
		t.Fatal(err)
	}
	read := 0
	err := b.Tail(t.Context(), lane, bus.Position{Sequence: 9}, func(d bus.Delivery) error {
		if d.Restarted {
			return nil
		}
		if err := b.Caught(); err == nil {
			t.Errorf("caught up before message %d of 3", read)
		}
		if read++; read == 3 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if err := b.Caught(); err == nil {
		t.Error("caught up with a message that could not be taken in")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = b.Tail(ctx, lane, bus.Position{}, func(bus.Delivery) error { return nil }) // ends with ctx
	}()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for b.Caught() != nil {
		<-again.C
	}
	cancel()
	<-ended
}

func TestStreamOfAClusterDeletedUnderAReader(t *testing.T) {
	t.Parallel()
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	b := connect(t, 1, ns.ClientURL())
	lane := bus.NotifySubject("soc")
	if err := b.Publish(t.Context(), messages(lane, 0, 20)...); err != nil {
		t.Fatal(err)
	}
	got := make(chan bus.Delivery, 100)
	ended := make(chan error, 1)
	go func() {
		ended <- b.Tail(t.Context(), lane, bus.Position{}, func(d bus.Delivery) error {
			got <- d
			if string(d.Data) == lane+"-102" {
				return errEnough
			}
			return nil
		})
	}()
	var position bus.Position
	for range 20 {
		position = (<-got).Position()
	}
	remake(t, ns.ClientURL(), "TRAIL_NOTIFY")
	if err := b.Publish(t.Context(), messages(lane, 100, 3)...); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if d := <-got; !d.Restarted {
		t.Errorf("the reader was not told: %+v", d)
	}
	// As a reader finds it that was away meanwhile, with more in the stream than it ever saw.
	if err := b.Publish(t.Context(), messages(lane, 200, 30)...); err != nil {
		t.Fatal(err)
	}
	checkAnew(t, b, lane, position, 33)
}

// remake deletes a stream and makes it again, as an operator does.
func remake(t *testing.T, url, name string) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	if err := js.DeleteStream(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
}

// A stream of the cluster that is deleted is made again, and what it held is told to be lost.
func TestDeletedStreamOfAClusterIsMadeAgain(t *testing.T) {
	t.Parallel()
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	b := connect(t, 1, ns.ClientURL())
	lane := bus.EventsSubject(0)
	if err := b.Publish(t.Context(), messages(lane, 0, 7)...); err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(ns.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	looked := time.NewTicker(10 * time.Millisecond)
	defer looked.Stop()
	for { // until it was seen what the stream holds
		entry, ok, err := b.KV(bus.State).Get(t.Context(), "layout.marks")
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(entry.Value, []byte("TRAIL_EVENTS\x00")); ok && at >= 0 && entry.Value[at+48+4*8] == 7 {
			break
		}
		<-looked.C
	}
	if err := js.DeleteStream(t.Context(), "TRAIL_EVENTS"); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), messages(lane, 100, 1)...); err != nil { // waits until it is there again
		t.Fatal(err)
	}
	for b.Lost() == 0 {
		<-looked.C
	}
	if report, err := b.Check(t.Context()); err != nil || report.Lost != 7 || !report.Whole() {
		t.Errorf("%+v, %v", report, err)
	}
}
