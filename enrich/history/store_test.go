package history_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// someEvent is any event of a small world, so that actors meet the same things again.
func someEvent() *rapid.Generator[event] {
	return rapid.Custom(func(t *rapid.T) event {
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
		e := event{
			user: pick("user", "alice", "bob"), name: pick("name", "GetObject", "DeleteObject", "PutBucketAcl", "ListBuckets"),
			bucket: pick("bucket", "reports", "payroll", ""), ip: pick("ip", "198.51.100.7", "2001:db8::1", "cloudformation.amazonaws.com"),
			agent: pick("agent", "aws-cli/2", "S3 Browser"), code: pick("code", "", "", "AccessDenied"),
			at: morning().Add(time.Duration(rapid.IntRange(0, 100_000).Draw(t, "minutes")) * time.Minute),
		}
		if rapid.Bool().Draw(t, "sso") {
			e.role, e.session = "AWSReservedSSO_Admin_0123456789abcdef", e.user+"@example.com"
		}
		return e
	})
}

func someOrigin() *rapid.Generator[history.Origin] {
	return rapid.Custom(func(t *rapid.T) history.Origin {
		if rapid.Bool().Draw(t, "moscow") {
			return moscow()
		}
		return history.Origin{Country: [2]byte{'D', 'E'}, ASN: 3320, Kind: "isp", Located: true, Latitude: 50.1, Longitude: 8.7}
	})
}

// A book that was saved and given back to another at any moment knows what the one knows that never stopped.
func TestRestoredBookGoesOn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steady, moved := newDiary(t), newDiary(t)
		steady.book.Keep(false)
		moved.book.Keep(false)
		store := map[history.ID][]byte{}
		for range rapid.IntRange(1, 60).Draw(rt, "events") {
			e, origin := someEvent().Draw(rt, "event"), someOrigin().Draw(rt, "origin")
			steady.origin, moved.origin = origin, origin
			want, _ := steady.see(e)
			got, _ := moved.see(e)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatal(diff)
			}
			if rapid.IntRange(0, 4).Draw(rt, "move") == 0 {
				moved.book = move(rt, moved.book, store)
			}
		}
	})
}

// move saves a book and gives the store to a new one.
func move(rt *rapid.T, from *history.Book, store map[history.ID][]byte) *history.Book {
	for _, p := range from.Changed() {
		store[p.ID] = p.Value
		from.Saved(p.ID, 1)
	}
	to := history.NewBook(history.DefaultConfig(), nil, 1)
	to.Begin(from.Began(), from.Newest())
	for id, value := range store {
		if err := to.Restore(history.Page{ID: id, Value: value}); err != nil {
			rt.Fatal(err)
		}
	}
	to.Keep(false)
	if to.Actors() != from.Actors() {
		rt.Fatalf("%d actors of %d", to.Actors(), from.Actors())
	}
	return to
}

func TestOnlyTheChangedIsSaved(t *testing.T) {
	d := newDiary(t)
	d.book.Keep(false)
	d.see(event{})
	d.see(event{})
	d.see(event{user: "bob"})
	pages := d.book.Changed()
	if len(pages) != 2 || pages[0].Revision != 0 {
		t.Fatal(len(pages))
	}
	d.book.Saved(pages[0].ID, 41)
	d.book.Saved(pages[1].ID, 41)
	if again := d.book.Changed(); len(again) != 0 {
		t.Fatal(len(again))
	}
	d.see(event{user: "bob"})
	if again := d.book.Changed(); len(again) != 1 || again[0].Revision != 41 {
		t.Fatal(again)
	}
}

func small() history.Config {
	cfg := history.DefaultConfig()
	cfg.MaxBytes = 64 << 10
	return cfg
}

func TestEvictedActorsAreAskedForAgain(t *testing.T) {
	d := newDiary(t)
	d.book = history.NewBook(small(), nil, 1)
	d.book.Keep(false)
	store := map[history.ID]history.Page{}
	for i := range 3000 {
		e := event{user: fmt.Sprintf("user-%d", i%1000)}
		for _, id := range d.book.Missing(scan(t, e), nil) {
			if page, ok := store[id]; ok {
				if err := d.book.Restore(page); err != nil {
					t.Fatal(err)
				}
			}
		}
		snap, _ := d.see(e)
		if snap.Events != uint64(i/1000) {
			t.Fatalf("event %d of %s: knows %d", i, e.user, snap.Events)
		}
		for _, p := range d.book.Changed() {
			store[p.ID] = history.Page{ID: p.ID, Revision: uint64(i + 1), Value: p.Value}
			d.book.Saved(p.ID, uint64(i+1))
		}
		if d.book.Evict(); d.book.Bytes() > small().MaxBytes {
			t.Fatalf("%d bytes", d.book.Bytes())
		}
	}
	if n := d.book.Actors(); n < 10 || n > 200 {
		t.Fatalf("%d actors in memory", n)
	}
}

func TestUnsavedActorsStay(t *testing.T) {
	d := newDiary(t)
	d.book = history.NewBook(small(), nil, 1)
	d.book.Keep(false)
	for i := range 500 {
		d.see(event{user: fmt.Sprint(i)})
		d.book.Evict()
	}
	pages := d.book.Changed()
	if d.book.Evict(); d.book.Actors() != 500 || len(pages) != 500 {
		t.Fatalf("%d actors, %d pages", d.book.Actors(), len(pages))
	}
	for _, p := range pages {
		d.book.Saved(p.ID, 1)
	}
	if d.book.Evict(); d.book.Actors() >= 500 {
		t.Fatal("nothing evicted")
	}
}

func TestBookWithoutStoreForgets(t *testing.T) {
	d := newDiary(t)
	d.book = history.NewBook(small(), nil, 1)
	for i := range 2000 {
		d.see(event{user: "regular", ip: fmt.Sprintf("198.51.100.%d", i%250)})
		d.see(event{user: fmt.Sprint(i), bucket: fmt.Sprint(i)})
	}
	if d.book.Bytes() > small().MaxBytes {
		t.Fatalf("%d bytes", d.book.Bytes())
	}
	if snap, _ := d.see(event{user: "regular"}); snap.Events != 2000 {
		t.Fatalf("who comes often is kept: %d", snap.Events)
	}
	if missing := d.book.Missing(scan(t, event{user: "0"}), nil); missing != nil {
		t.Fatal("there is nowhere to ask")
	}
}

func page(tb testing.TB) []byte {
	tb.Helper()
	d := newDiary(tb)
	d.book.Keep(false)
	for i := range 40 {
		d.see(event{name: []string{"DeleteObject", "PutBucketAcl"}[i%2], bucket: fmt.Sprint("b", i%5), at: morning().Add(time.Duration(i) * time.Minute)})
		d.origin = moscow()
	}
	return d.book.Changed()[0].Value
}

func TestDamagedPagesAreRefused(t *testing.T) {
	whole := page(t)
	for n := range whole {
		book := history.NewBook(history.DefaultConfig(), nil, 1)
		if err := book.Restore(history.Page{Value: whole[:n]}); !errors.Is(err, history.ErrPage) || book.Actors() != 0 {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	book := history.NewBook(history.DefaultConfig(), nil, 1)
	if err := book.Restore(history.Page{Value: append(whole, 0)}); !errors.Is(err, history.ErrPage) {
		t.Fatal(err)
	}
}

// Whatever page is taken can be learnt on, saved, and given back.
func FuzzRestore(f *testing.F) {
	f.Add(page(f))
	e := event{name: "DeleteObject"}
	h := scan(f, e)
	rec, err := cloudtrail.Decode(e.raw())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		probe := history.NewBook(history.DefaultConfig(), nil, 1)
		probe.Keep(false)
		probe.Look(h, moscow(), history.Position{Sequence: 1})
		probe.Learn()
		id := probe.Changed()[0].ID

		book := history.NewBook(history.DefaultConfig(), nil, 1)
		if book.Restore(history.Page{ID: id, Value: value}) != nil {
			return
		}
		book.Keep(false)
		book.Look(h, moscow(), history.Position{Sequence: 1<<64 - 1, Index: 1<<32 - 1})
		book.Snapshot(rec)
		book.Learn()
		for _, p := range book.Changed() {
			if err := history.NewBook(history.DefaultConfig(), nil, 1).Restore(p); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The limit of memory is kept by what actors are charged with; the charge has to be honest, and small.
func TestActorsAreSmallAndChargedHonestly(t *testing.T) {
	const actors = 20_000
	before := heap()
	book := history.NewBook(history.DefaultConfig(), nil, 1)
	fill(t, book, actors, 8)
	used, charged := float64(heap()-before), float64(book.Bytes())
	if book.Actors() != actors || used > 1000*actors {
		t.Fatalf("%d actors take %.0f bytes each", book.Actors(), used/actors)
	}
	if charged < 0.8*used || charged > 1.6*used {
		t.Fatalf("%.0f bytes are charged with %.0f", used, charged)
	}
}
