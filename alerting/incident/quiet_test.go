package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// website is the announcement that alice opens web sites from the office.
func website() incident.Expected {
	return incident.Expected{
		Principal: "arn:aws:iam::*:user/alice", CIDR: "198.51.100.0/24", Bucket: "www-*", State: "public", Ticket: "CHG-1",
		Until: noon.Add(time.Hour),
	}
}

func quieting(all ...incident.Expected) *incident.Quieting { return &incident.Quieting{Expected: all} }

func TestAnAnnouncedChangePagesOnlyIfItIsStillOpenAtItsEnd(t *testing.T) {
	b := incident.NewBook()
	q := quieting(website())
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "www-x", exposure.Public)))[0]
	if !b.Quiet(i, noon, q) || i.Alert.Status != alert.Suppressed || i.Alert.Suppression.ID != "CHG-1" || !i.Alert.Suppression.Until.Equal(noon.Add(time.Hour)) {
		t.Fatalf("not suppressed: %+v", i.Alert)
	}
	if b.Quiet(i, noon, q) || len(b.Settle(noon.Add(59*time.Minute), q)) != 0 {
		t.Error("suppressed twice")
	}
	if next := b.NextSettling(noon, q); !next.Equal(noon.Add(time.Hour)) {
		t.Errorf("to be looked at again at %s", next)
	}
	if len(b.Remind(noon.Add(30*time.Minute), time.Minute)) != 0 {
		t.Error("reminded of what is suppressed")
	}
	revision := i.Alert.Revision
	if a := only(t, b.Settle(noon.Add(time.Hour), q)); a.Status != alert.Open || a.Suppression != nil || a.Revision != revision+1 {
		t.Errorf("at its end: %+v", a)
	}
	if diff := cmp.Diff([]string{"opened", "suppressed", "live"}, kinds(&i.Alert)); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnnouncedChangeThatIsClosedInTimeIsResolvedQuietly(t *testing.T) {
	b := incident.NewBook()
	q := quieting(website())
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "www-x", exposure.Public)))[0]
	b.Quiet(i, noon, q)
	a := only(t, b.Apply(closing(at(t, 5, "e2", "alice", "PutBucketAcl"), change(exposure.Closed, "www-x", exposure.Private))))
	if a.Status != alert.Resolved || !a.Quiet() || !a.QuietFor("oncall") {
		t.Errorf("closed: %+v", a)
	}
	if len(b.Settle(noon.Add(2*time.Hour), q)) != 0 {
		t.Error("told again after it was closed")
	}
}

func TestWhatWasNotAnnouncedPages(t *testing.T) {
	public := change(exposure.Opened, "www-x", exposure.Public)
	change1 := func(edit func(*incident.Expected)) incident.Expected {
		x := website()
		edit(&x)
		return x
	}
	for name, x := range map[string]incident.Expected{
		"another principal": change1(func(x *incident.Expected) { x.Principal = "arn:aws:iam::*:role/*" }),
		"another address":   change1(func(x *incident.Expected) { x.CIDR = "203.0.113.0/24" }),
		"another network":   change1(func(x *incident.Expected) { x.CIDR, x.Network = "", "office" }),
		"another bucket":    change1(func(x *incident.Expected) { x.Bucket = "web-*" }),
		"less open":         change1(func(x *incident.Expected) { x.State = "shared" }),
		"too late":          change1(func(x *incident.Expected) { x.Until = noon }),
	} {
		b := incident.NewBook()
		i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, public))[0]
		if b.Quiet(i, noon, quieting(x)) {
			t.Errorf("%s: suppressed", name)
		}
	}
}

func TestTwoAnnouncementsTogetherCoverOneIncident(t *testing.T) {
	b := incident.NewBook()
	assets := website()
	assets.Bucket, assets.Ticket, assets.CIDR, assets.Network, assets.Until = "assets-*", "CHG-2", "", "corporate", noon.Add(30*time.Minute)
	b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "www-x", exposure.Public)))
	ev := opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 60, change(exposure.Opened, "assets-x", exposure.Latent))
	ev.Facts.Address.Network = network.Network{Kind: network.Corporate, Name: "office"}
	i := b.Apply(ev)[0]
	if b.Quiet(i, noon, quieting(website())) {
		t.Error("one of two buckets was not announced")
	}
	q := quieting(website(), assets)
	if !b.Quiet(i, noon, q) || i.Alert.Suppression.ID != "CHG-1, CHG-2" || !i.Alert.Suppression.Until.Equal(assets.Until) {
		t.Errorf("suppressed by %+v", i.Alert.Suppression)
	}
	// Somebody else's hand in it makes it live, though the bucket is as open as before.
	i = b.Apply(opened(at(t, 2, "e3", "mallory", "PutBucketPolicy"), 10, change(exposure.Widened, "www-x", exposure.Public)))[0]
	if !b.Quiet(i, noon, q) || i.Alert.Status != alert.Open {
		t.Errorf("mallory's change is suppressed: %+v", i.Alert.Suppression)
	}
}

func TestTakingAGuardAwayMayBeAllThatIsAllowed(t *testing.T) {
	x := website()
	x.State = "weakened"
	for now, want := range map[exposure.State]bool{exposure.Private: true, exposure.Unknown: true, exposure.Latent: false, exposure.Public: false} {
		b := incident.NewBook()
		i := b.Apply(opened(at(t, 0, "e1", "alice", "DeleteBucketPublicAccessBlock"), 60, change(exposure.Weakened, "www-x", now)))[0]
		if got := b.Quiet(i, noon, quieting(x)); got != want {
			t.Errorf("%s: suppressed %t, want %t", now, got, want)
		}
	}
}

func TestEveryFaultOfAnAnnouncementIsTold(t *testing.T) {
	var faults []string
	report := func(path, problem string) { faults = append(faults, path+" "+problem) }
	ok := website()
	ok.Validate(report)
	if len(faults) > 0 {
		t.Errorf("a sound one: %q", faults)
	}
	(&incident.Expected{Bucket: "[", CIDR: "nowhere", Network: "office", State: "wide open"}).Validate(report)
	told := strings.Join(faults, "\n")
	for _, key := range []string{"principal is no pattern", "bucket is no pattern", "cidr is no address range", "network give", "state is how open", "ticket is missing", "until is missing"} {
		if !strings.Contains(told, key) {
			t.Errorf("no word of %q in:\n%s", key, told)
		}
	}
}

func TestASilenceHidesAndEndsOnce(t *testing.T) {
	b := incident.NewBook()
	q := &incident.Quieting{Silences: []silence.Silence{{ID: "s1", Bucket: "x*", Author: "dora", Comment: "moving house", StartsAt: noon.Add(time.Minute), EndsAt: noon.Add(time.Hour)}}}
	for n := range 3 {
		i := b.Apply(opened(at(t, 0, fmt.Sprint("e", n), fmt.Sprint("user", n), "PutBucketAcl"), 60, change(exposure.Opened, fmt.Sprint("x", n), exposure.Public)))[0]
		if b.Quiet(i, noon, q) {
			t.Error("silenced before its start")
		}
	}
	if changed := b.Settle(noon.Add(time.Minute), q); len(changed) != 3 || changed[0].Alert.SilencedBy[0] != "s1" {
		t.Fatalf("%d silenced, want 3", len(changed))
	}
	b.Apply(closing(at(t, 5, "c1", "user1", "DeleteBucket"), change(exposure.Closed, "x1", exposure.Private)))
	changed := b.Settle(noon.Add(time.Hour), q)
	if len(changed) != 2 || len(b.Settle(noon.Add(time.Hour), q)) != 0 {
		t.Errorf("%d told at the end, want the 2 still open, once", len(changed))
	}
}

func TestWhatWasOverBeforeItWasHeardOfIsKeptQuietAsWell(t *testing.T) {
	silenced := &incident.Quieting{Silences: []silence.Silence{{ID: "s1", Bucket: "x*", Author: "dora", Comment: "c", StartsAt: noon, EndsAt: noon.Add(time.Hour)}}}
	for name, want := range map[string]bool{"x1": true, "y1": false} {
		b := incident.NewBook()
		c := change(exposure.Opened, name, exposure.Public)
		c.Now, c.Superseded = exposure.Private, &exposure.Mark{At: noon, EventID: "newer"}
		i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketPolicy"), 60, c))[0]
		if i.Alert.Status != alert.Resolved {
			t.Fatalf("%s is %s", name, i.Alert.Status)
		}
		if got := b.Quiet(i, noon.Add(time.Minute), silenced); got != want || i.Alert.Quiet() != want || i.Alert.Status != alert.Resolved {
			t.Errorf("%s: kept quiet %v, %+v", name, got, i.Alert.Suppression)
		}
		if changed := b.Settle(noon.Add(2*time.Minute), silenced); len(changed) != 0 {
			t.Errorf("%s changed once more", name)
		}
	}
}

func TestAPersonsWordHoldsUntilItsEndOrUntilItGetsWorse(t *testing.T) {
	b := incident.NewBook()
	a := only(t, b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 30, change(exposure.Opened, "x", exposure.Public))))
	expect := incident.Command{AlertID: a.ID, Action: incident.Expect, By: "dora", Reason: "a demo", At: noon, Until: noon.Add(time.Hour)}
	only(t, []*incident.Incident{b.Do(expect)})
	if a.Status != alert.Suppressed || a.Suppression.By != "dora" || b.Do(expect) != nil {
		t.Errorf("expected: %+v", a)
	}
	if !b.NextSettling(noon, quieting()).Equal(noon.Add(time.Hour)) {
		t.Error("the end of the word is not looked for")
	}
	i := b.Apply(opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 90, change(exposure.Widened, "x", exposure.Public)))[0]
	if !b.Quiet(i, noon, quieting()) || a.Status != alert.Open {
		t.Errorf("it got worse: %+v", a)
	}
	b.Do(expect)
	if b.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "emil", At: noon}) == nil || a.Suppression != nil || a.Status != alert.Acknowledged {
		t.Errorf("acknowledged: %+v", a)
	}
	if len(b.Settle(noon.Add(time.Hour), quieting())) != 0 {
		t.Error("whoever has it in hand was told again")
	}
}
