package alerting_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// The deletion of a bucket is the end of its alert. It is an alert of its own only where somebody else, or somebody odd, did it.
func TestADeletedBucketEndsItsAlert(t *testing.T) {
	usual := enrich.Facts{History: history.Snapshot{Known: true, Events: 900}}
	facts := func(change func(*enrich.Facts)) enrich.Facts {
		f := usual
		change(&f)
		return f
	}
	for name, tt := range map[string]struct {
		bucket, who string
		facts       enrich.Facts
		apart       bool
	}{
		"by the same actor":    {"b", "ann", usual, false},
		"of a sensitive name":  {"payroll", "ann", facts(func(f *enrich.Facts) { f.Bucket = bucketname.Name{Sensitivity: 90} }), false},
		"at the beginning":     {"b", "ann", enrich.Facts{History: history.Snapshot{Beginning: true, Learning: true}}, false},
		"by another":           {"b", "bob", usual, true},
		"of a log bucket":      {"cloudtrail-logs", "ann", usual, true},
		"among many":           {"b", "ann", facts(func(f *enrich.Facts) { f.History.Burst = []history.Burst{{Kind: "delete", Count: 60}} }), true},
		"from a VPN":           {"b", "ann", facts(func(f *enrich.Facts) { f.Address.Network.Kind = network.VPN }), true},
		"from Tor":             {"b", "ann", facts(func(f *enrich.Facts) { f.Address.Network.Kind = network.Tor }), true},
		"from abroad":          {"b", "ann", facts(func(f *enrich.Facts) { f.Address.Home = "no" }), true},
		"by a new actor":       {"b", "ann", enrich.Facts{}, true},
		"by one of a few days": {"b", "ann", enrich.Facts{History: history.Snapshot{Known: true, Learning: true}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			with := rules()
			e := alerting.NewEngine(with)
			params := fmt.Sprintf(`{"bucketName":%q}`, tt.bucket)
			tell(t, e, with, 1, "01T09:00 ann PutBucketAcl "+fmt.Sprintf(`{"bucketName":%q,"x-amz-acl":"public-read"}`, tt.bucket))
			raw := proofRecord(t, 2, "01T09:30 "+tt.who+" DeleteBucket "+params)
			f := &enrich.Finding{EventID: "p-2", Record: []byte(raw), Facts: tt.facts}
			f.Rules = with.Index.Select(header(t, raw), []byte(raw), nil)
			if _, err := e.Apply(f); err != nil {
				t.Fatal(err)
			}
			all := e.Incidents()
			a := &all[0].Alert
			if a.Status != alert.Resolved || *a.ResolvedReason != alert.BucketDeleted || (len(all) == 2) != tt.apart {
				t.Fatalf("%d alerts, the first is %s (%v)", len(all), a.Status, a.ResolvedReason)
			}
			if u := a.Updates[len(a.Updates)-1]; u.Text != "bucket deleted, its data is gone: DeleteBucket by "+tt.who || u.EventID != "p-2" {
				t.Errorf("last line %+v", u)
			}
			if text := wording.Headline(a, 150); !strings.Contains(text, "bucket deleted, its data is gone") {
				t.Errorf("headline %q", text)
			}
			if tt.apart && (all[1].Alert.RuleID != "s3-bucket-deleted" || all[1].Alert.Status != alert.Open) {
				t.Errorf("beside it %s is %s", all[1].Alert.RuleID, all[1].Alert.Status)
			}
		})
	}
}

func TestADeletedBucketEndsWhatWasToldOfItsSettings(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	tell(t, e, with, 1, `01T09:00 ann PutBucketVersioning {"bucketName":"b","VersioningConfiguration":{"Status":"Suspended"}}`)
	tell(t, e, with, 2, `01T09:10 ann PutBucketVersioning {"bucketName":"c","VersioningConfiguration":{"Status":"Suspended"}}`)
	tell(t, e, with, 3, `01T09:20 ann DeleteBucket {"bucketName":"b"}`)
	for _, i := range e.Incidents() {
		a := &i.Alert
		want := alert.Open
		if a.Bucket == "b" && a.RuleID == "s3-versioning-suspended" {
			want = alert.Resolved
		}
		if a.Status != want {
			t.Errorf("%s of %s is %s, want %s", a.RuleID, a.Bucket, a.Status, want)
		}
	}
}
