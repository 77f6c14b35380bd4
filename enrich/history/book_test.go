package history_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/enrich/history"
)

func TestFirstEventOfAnActor(t *testing.T) {
	d := newDiary(t)
	snap, _ := d.see(event{})
	if snap.Known || !snap.Learning || snap.Events != 0 || len(snap.Recent) != 0 {
		t.Fatalf("a stranger is known: %+v", snap)
	}
	want := []string{"actor", "call", "service", "bucket", "country", "network", "asn", "user_agent", "region", "account", "hour"}
	if diff := cmp.Diff(want, snap.First); diff != "" {
		t.Fatal(diff)
	}
}

func TestSnapshotIsOfTheTimeBefore(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning()})
	d.see(event{at: morning().Add(time.Minute), code: "AccessDenied", name: "PutObject"})
	snap, _ := d.see(event{at: morning().Add(2 * time.Minute), name: "PutObject", bucket: "payroll"})
	want := history.Snapshot{
		Known: true, Learning: true, Beginning: true,
		FirstSeen: morning(), LastSeen: morning().Add(time.Minute), Events: 2, Failures: 1,
		Calls: 1, ServiceCalls: 2, BucketCalls: 0,
		First: []string{"bucket"}, Countries: []string{"DE"}, Nature: history.Unclear,
		Recent: []history.Moment{
			{Time: morning(), Name: "GetObject", Bucket: "reports", IP: "198.51.100.7", Country: "DE", First: []string{
				"actor", "call", "service", "bucket", "country", "network", "asn", "user_agent", "region", "account", "hour",
			}},
			{
				Time: morning().Add(time.Minute), Name: "PutObject", Bucket: "reports", Error: "AccessDenied",
				IP: "198.51.100.7", Country: "DE", First: []string{"call"},
			},
		},
	}
	if diff := cmp.Diff(want, snap); diff != "" {
		t.Fatal(diff)
	}
}

func TestEachThingIsNewForADay(t *testing.T) {
	for first, change := range map[string]func(*event, *history.Origin){
		"call":       func(e *event, _ *history.Origin) { e.name = "PutBucketAcl" },
		"bucket":     func(e *event, _ *history.Origin) { e.bucket = "payroll" },
		"country":    func(_ *event, o *history.Origin) { o.Country = [2]byte{'R', 'U'} },
		"network":    func(_ *event, o *history.Origin) { o.Kind = "vpn" },
		"asn":        func(_ *event, o *history.Origin) { o.ASN = 9009 },
		"user_agent": func(e *event, _ *history.Origin) { e.agent = "S3 Browser" },
		"region":     func(e *event, _ *history.Origin) { e.region = "ap-east-1" },
		"hour":       func(e *event, _ *history.Origin) { e.at = e.at.Add(12 * time.Hour) },
	} {
		t.Run(first, func(t *testing.T) {
			d := newDiary(t)
			end := d.routine(event{at: morning()}, 20)
			e := event{at: end}
			change(&e, &d.origin)
			again := []string{first}
			if first == "hour" {
				again = nil // an hour comes once a day anyway
			}
			for i, want := range [][]string{{first}, again, nil} {
				if i == 2 {
					e.at = e.at.Add(2 * 24 * time.Hour)
				}
				if snap, _ := d.see(e); !slices.Equal(snap.First, want) || snap.Learning {
					t.Fatalf("look %d: first %v, learning %v", i, snap.First, snap.Learning)
				}
			}
		})
	}
}

func TestUnknownOriginIsNotNew(t *testing.T) {
	d := newDiary(t)
	d.see(event{})
	d.origin = history.Origin{Kind: "unknown"}
	if snap, _ := d.see(event{}); snap.First != nil {
		t.Fatalf("first %v", snap.First)
	}
}

func TestLearning(t *testing.T) {
	d := newDiary(t)
	end := d.routine(event{at: morning()}, 15)
	if snap, _ := d.see(event{user: "bob", at: end}); snap.Learning || snap.Known {
		t.Fatal("a stranger in a settled installation is news, not a lesson")
	}
	if snap, _ := d.see(event{user: "bob", at: end.Add(time.Hour)}); !snap.Learning {
		t.Fatal("a young actor is still learnt")
	}
}

func TestLateEventsFindTheirPlace(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning().Add(2 * time.Hour), name: "Third"})
	d.see(event{at: morning(), name: "First"})
	d.see(event{at: morning().Add(time.Hour), name: "Second"})
	snap, _ := d.see(event{at: morning().Add(3 * time.Hour)})
	var names []string
	for _, m := range snap.Recent {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{"First", "Second", "Third"}) {
		t.Fatal(names)
	}
	if !snap.FirstSeen.Equal(morning()) || !snap.LastSeen.Equal(morning().Add(2*time.Hour)) {
		t.Fatal(snap.FirstSeen, snap.LastSeen)
	}
}

func TestRecentIsBounded(t *testing.T) {
	d := newDiary(t)
	for i := range 100 {
		d.see(event{at: morning().Add(time.Duration(i) * time.Minute)})
	}
	snap, _ := d.see(event{at: morning()}) // late: it finds no place among the last ones
	if len(snap.Recent) != 16 || !snap.Recent[15].Time.Equal(morning().Add(99*time.Minute)) {
		t.Fatal(len(snap.Recent))
	}
	again, _ := d.see(event{at: morning().Add(2 * time.Hour)})
	if diff := cmp.Diff(snap.Recent, again.Recent); diff != "" {
		t.Fatal(diff)
	}
}

func TestDormantActorReturns(t *testing.T) {
	d := newDiary(t)
	end := d.routine(event{at: morning()}, 1).Add(-24*time.Hour + 7*time.Hour)
	if snap, _ := d.see(event{at: end.AddDate(0, 0, 29)}); snap.Dormant != 0 {
		t.Fatal(snap.Dormant)
	}
	if snap, _ := d.see(event{at: end.AddDate(0, 0, 70)}); snap.Dormant != 41*24*time.Hour || !snap.Known {
		t.Fatal(snap.Dormant)
	}
}

func TestRetention(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning(), name: "PutBucketAcl"})
	later := morning().AddDate(0, 0, 80)
	if snap, _ := d.see(event{at: later}); snap.Calls != 0 || !snap.Known {
		t.Fatal(snap)
	}
	later = later.AddDate(0, 0, 20)
	if snap, _ := d.see(event{at: later, name: "PutBucketAcl"}); snap.Calls != 0 || !slices.Contains(snap.First, "call") {
		t.Fatal("a habit outlives the retention", snap)
	}
	later = later.AddDate(0, 0, 91)
	if snap, _ := d.see(event{at: later}); snap.Known || snap.Events != 0 || len(snap.Recent) != 0 {
		t.Fatal("an actor outlives the retention", snap)
	}
	if snap, _ := d.see(event{at: later}); snap.Events != 1 || !snap.FirstSeen.Equal(later) {
		t.Fatal(snap)
	}
}

func TestPeersOfARole(t *testing.T) {
	const sso = "AWSReservedSSO_Admin_0123456789abcdef"
	d := newDiary(t)
	for range 3 {
		d.see(event{role: sso, session: "bob@example.com", name: "PutBucketAcl"})
	}
	d.see(event{role: sso, session: "alice@example.com", name: "PutBucketAcl"})
	snap, _ := d.see(event{role: sso, session: "alice@example.com", name: "PutBucketAcl"})
	if snap.Calls != 1 || snap.PeerCalls != 3 || snap.Nature != history.Human {
		t.Fatalf("own %d, peers %d, %s", snap.Calls, snap.PeerCalls, snap.Nature)
	}
	if snap, _ := d.see(event{name: "PutBucketAcl"}); snap.PeerCalls != 0 {
		t.Fatal("a user has no peers")
	}
}

func TestManyThingsGiveWayToTheUsualOnes(t *testing.T) {
	d := newDiary(t)
	for i := range 1000 {
		d.see(event{bucket: "usual"})
		d.see(event{bucket: "b" + time.Duration(i).String()})
	}
	if snap, _ := d.see(event{bucket: "usual"}); snap.BucketCalls != 1000 {
		t.Fatal(snap.BucketCalls)
	}
	if snap, _ := d.see(event{bucket: "one more"}); slices.Contains(snap.First, "bucket") {
		t.Fatal("of what was forgotten nobody can say it is new")
	}
}

func TestAppliedEventsAreNotCountedTwice(t *testing.T) {
	d := newDiary(t)
	d.see(event{})
	d.see(event{user: "bob"})
	d.sequence = 0 // the stream is read again
	if _, sight := d.see(event{}); !sight.Applied {
		t.Fatal("the event was applied before")
	}
	d.sequence++ // bob's
	snap, sight := d.see(event{})
	if sight.Applied || snap.Events != 1 {
		t.Fatal(snap.Events)
	}
}

func TestLookAndLearnAllocateNothing(t *testing.T) {
	d := newDiary(t)
	h := scan(t, event{})
	if n := testing.AllocsPerRun(1000, func() {
		d.sequence++
		d.book.Look(h, d.origin, history.Position{Sequence: d.sequence})
		d.book.Learn()
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
