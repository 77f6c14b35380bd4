package history_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func moscow() history.Origin {
	return history.Origin{Country: [2]byte{'R', 'U'}, Kind: "isp", Located: true, Latitude: 55.75, Longitude: 37.62}
}

func TestImpossibleTravel(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning()})
	d.origin = moscow()
	snap, _ := d.see(event{at: morning().Add(time.Hour), name: "GetCallerIdentity"})
	if snap.Travel == nil || snap.Travel.From != "DE" || snap.Travel.To != "RU" || snap.Travel.Between != time.Hour {
		t.Fatalf("%+v", snap.Travel)
	}
	if km := snap.Travel.Kilometre; km < 1950 || km > 2100 {
		t.Fatalf("Frankfurt to Moscow is %v km", km)
	}
	told := *snap.Travel
	snap, _ = d.see(event{at: morning().Add(65 * time.Minute), name: "PutBucketAcl"})
	if snap.Travel == nil || *snap.Travel != told {
		t.Fatal("the call after the leap is made by the same traveller")
	}
	if snap, _ = d.see(event{at: morning().Add(9 * time.Hour)}); snap.Travel != nil {
		t.Fatal("a leap is told for some hours only")
	}
}

func TestPossibleTravel(t *testing.T) {
	berlin := history.Origin{Country: [2]byte{'D', 'E'}, Kind: "isp", Located: true, Latitude: 52.5, Longitude: 13.4}
	for name, c := range map[string]struct {
		to   history.Origin
		time time.Duration
	}{
		"by plane":             {moscow(), 3 * time.Hour},
		"near by":              {berlin, time.Minute},
		"nowhere":              {history.Origin{Country: [2]byte{'R', 'U'}, Kind: "isp"}, time.Minute},
		"through the office":   {withKind(moscow(), network.Corporate), time.Minute},
		"through a VPN":        {withKind(moscow(), network.VPN), time.Minute},
		"from inside AWS":      {withKind(moscow(), network.AWS), time.Minute},
		"at home all the time": {newDiary(t).origin, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDiary(t)
			d.see(event{at: morning()})
			d.origin = c.to
			if snap, _ := d.see(event{at: morning().Add(c.time)}); snap.Travel != nil {
				t.Fatalf("%+v", snap.Travel)
			}
		})
	}
}

func withKind(o history.Origin, k network.Kind) history.Origin {
	o.Kind = k
	return o
}

func TestTravelOfLateEvents(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning().Add(5 * time.Hour)})
	d.origin = moscow()
	if snap, _ := d.see(event{at: morning()}); snap.Travel != nil {
		t.Fatal("five hours are enough, in whatever order the events come")
	}
	if snap, _ := d.see(event{at: morning().Add(4 * time.Hour)}); snap.Travel == nil {
		t.Fatal("one hour is not")
	}
}

func TestNature(t *testing.T) {
	d := newDiary(t)
	for name, c := range map[string]struct {
		e    event
		want history.Nature
	}{
		"a stranger":  {event{user: "x"}, history.Unclear},
		"an instance": {event{role: "web", session: "i-0123456789abcdef0"}, history.Automation},
		"a deploy":    {event{role: "deploy", session: "run-42", agent: "Mozilla/5.0"}, history.Unclear},
	} {
		if snap, _ := d.see(c.e); snap.Nature != c.want {
			t.Errorf("%s is %s", name, snap.Nature)
		}
	}
	end := d.routine(event{user: "worker", at: morning()}, 30)
	if snap, _ := d.see(event{user: "worker", at: end}); snap.Nature != history.Human {
		t.Errorf("office hours are a person's: %s", snap.Nature)
	}
	for hour := range 24 * 14 {
		d.see(event{user: "cron", at: morning().Add(time.Duration(hour) * time.Hour)})
	}
	if snap, _ := d.see(event{user: "cron", at: end, agent: "console.amazonaws.com"}); snap.Nature != history.Automation {
		t.Errorf("who never sleeps is a machine: %s", snap.Nature)
	}
}

func TestDeclaredPrincipals(t *testing.T) {
	d := newDiary(t,
		history.Principal{Match: "arn:aws:iam::*:role/terraform-*", Kind: history.Automation, Expected: []string{"PutBucket*"}},
		history.Principal{Match: "*", Expected: []string{"GetObject"}},
	)
	snap, _ := d.see(event{role: "terraform-prod", session: "x", name: "PutBucketPolicy"})
	if snap.Declared != "arn:aws:iam::*:role/terraform-*" || !snap.Expected || snap.Nature != history.Automation {
		t.Fatalf("%+v", snap)
	}
	if snap, _ = d.see(event{role: "terraform-prod", session: "x", name: "DeleteBucket"}); snap.Expected {
		t.Fatal("not its work")
	}
	if snap, _ = d.see(event{}); snap.Declared != "*" || !snap.Expected {
		t.Fatalf("%+v", snap)
	}
	d.book.Declare(nil)
	if snap, _ = d.see(event{}); snap.Declared != "" {
		t.Fatal("declared no more")
	}
}

func TestBurst(t *testing.T) {
	d := newDiary(t)
	var told []uint64
	for i := range 220 {
		snap, sight := d.see(event{name: "DeleteObject", bucket: fmt.Sprint("b", i%2), at: morning().Add(time.Duration(i) * time.Second)})
		if sight.Burst {
			told = append(told, snap.Burst[0].Count)
			want := []history.Burst{{Kind: "delete", Count: snap.Burst[0].Count, Window: 10 * time.Minute, Buckets: snap.Burst[0].Buckets}}
			if diff := cmp.Diff(want, snap.Burst); diff != "" || len(snap.Burst[0].Buckets) != 2 {
				t.Fatal(diff, snap.Burst)
			}
		}
	}
	if diff := cmp.Diff([]uint64{25, 50, 100, 200}, told); diff != "" {
		t.Fatal(diff)
	}
	if snap, _ := d.see(event{name: "PutBucketAcl", at: morning().Add(4 * time.Minute)}); len(snap.Burst) != 1 {
		t.Fatal("another call within the window tells of the burst too")
	}
	if snap, _ := d.see(event{name: "PutBucketAcl", at: morning().Add(time.Hour)}); len(snap.Burst) != 0 {
		t.Fatal("it is over")
	}
}

func TestBurstsAreMeasuredByTheUsual(t *testing.T) {
	d := newDiary(t)
	deleteMany := func(at time.Time, n int) (told int) {
		for range n {
			if _, sight := d.see(event{name: "DeleteObject", at: at}); sight.Burst {
				told++
			}
		}
		return told
	}
	for day := range 10 {
		deleteMany(morning().AddDate(0, 0, day), 20)
	}
	if told := deleteMany(morning().AddDate(0, 0, 11), 60); told != 0 {
		t.Fatalf("three times the usual is told %d times", told)
	}
	if told := deleteMany(morning().AddDate(0, 0, 12), 150); told != 1 {
		t.Fatalf("seven times the usual is told %d times", told)
	}
}

func TestWhatIsNoBurst(t *testing.T) {
	for _, e := range []event{
		{name: "DeleteObjectTagging"},
		{name: "GetBucketAcl"},
		{name: "DeleteItem", source: "dynamodb.amazonaws.com"},
		{name: "ListUsers", source: "iam.amazonaws.com"},
	} {
		d := newDiary(t)
		for range 1000 {
			if _, sight := d.see(e); sight.Burst {
				t.Fatal(e.name)
			}
		}
	}
}

// However events are ordered, a burst is told at most once for each doubling.
func TestBurstIsToldSeldom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDiary(t)
		gaps := rapid.SliceOfN(rapid.Int64Range(-30, 60), 200, 400).Draw(rt, "gaps")
		at, told := morning(), 0
		for _, gap := range gaps {
			at = at.Add(time.Duration(gap) * time.Second)
			if _, sight := d.see(event{name: "DeleteObject", at: at}); sight.Burst {
				told++
			}
		}
		if told > len(gaps)/25 {
			rt.Fatalf("%d events, told %d times", len(gaps), told)
		}
	})
}

func TestGlobs(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:user/alice"
	for pattern, want := range map[string]bool{
		arn: true, "*": true, "arn:aws:iam::*:user/alice": true, "arn:aws:iam::1111222233??:user/*": true, "**alice": true, "*alice*": true,
		"": false, "alice": false, "*bob": false, "arn:aws:iam::?:user/alice": false, arn + "?": false, "*user/alic": false,
	} {
		d := newDiary(t, history.Principal{Match: pattern})
		if snap, _ := d.see(event{}); want && snap.Declared != pattern || !want && snap.Declared != "" {
			t.Errorf("%q matches %s: %v", pattern, arn, !want)
		}
	}
}

func TestWhatAnEventDoesNotShowIsNotNew(t *testing.T) {
	d := newDiary(t)
	d.see(event{at: morning().AddDate(0, 0, 9)}) // the actor's first tallies begin with what is told first
	d.see(event{at: morning(), name: "ListBuckets"})
	d.origin = history.Origin{} // no database
	snap, _ := d.see(event{at: morning().AddDate(0, 0, 9).Add(time.Minute), name: "ListBuckets"})
	for _, name := range []string{"country", "network", "asn"} {
		if slices.Contains(snap.First, name) {
			t.Errorf("nothing is known of the address, yet its %s is new: %v", name, snap.First)
		}
	}
}

func TestBurstsOfOtherKinds(t *testing.T) {
	for _, c := range []struct {
		event event
		kind  string
		at    uint64
	}{
		{event{name: "DeleteSnapshot", source: "ec2.amazonaws.com"}, "snapshot deletion", 10},
		{event{name: "DeleteDBSnapshot", source: "rds.amazonaws.com"}, "snapshot deletion", 10},
		{event{name: "InvokeModelWithResponseStream", source: "bedrock.amazonaws.com"}, "model invocation", 100},
		{event{name: "DeleteObjects"}, "delete", 30}, // each counts as 10
	} {
		d := newDiary(t)
		for i := range 1000 {
			c.event.at = morning().Add(time.Duration(i) * time.Second / 10)
			snap, sight := d.see(c.event)
			if !sight.Burst {
				continue
			}
			if len(snap.Burst) != 1 || snap.Burst[0].Kind != c.kind || snap.Burst[0].Count != c.at {
				t.Errorf("%s: %+v", c.event.name, snap.Burst)
			}
			break
		}
	}
}

// Who reads from a place it was never seen in is told of sooner, and again at the ordinary amount.
func TestReadsFromANewPlace(t *testing.T) {
	d := newDiary(t)
	read := func(at time.Time, n int) (told []uint64) {
		for i := range n {
			if snap, sight := d.see(event{name: "GetObject", at: at.Add(time.Duration(i) * time.Second / 10)}); sight.Burst {
				told = append(told, snap.Burst[0].Count)
			}
		}
		return told
	}
	for day := range 10 {
		read(morning().AddDate(0, 0, day), 20)
	}
	d.origin = history.Origin{ASN: 64500, Kind: network.Hosting}
	if told := read(morning().AddDate(0, 0, 12), 600); len(told) != 2 || told[0] != 200 || told[1] < 500 {
		t.Fatalf("reads from a new place are told at %v", told)
	}
}
