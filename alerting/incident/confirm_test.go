package incident_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// unsure is the change of a bucket that was opened while not every gate of it was known.
func unsure(bucket string) *exposure.Change {
	c := change(exposure.Opened, bucket, exposure.Public)
	c.Confidence, c.Reasons = exposure.Unconfirmed, []string{"the ACL grants AllUsers READ"}
	return c
}

func looked(a *alert.Alert, after time.Duration, l incident.Look) incident.Command {
	return incident.Command{AlertID: a.ID, Action: incident.Confirm, By: "live look", At: noon.Add(after), Look: &l}
}

func TestALookConfirmsAnExposure(t *testing.T) {
	b := incident.NewBook()
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, unsure("x")))[0]
	if diff := cmp.Diff([]string{"x"}, i.Unconfirmed()); diff != "" {
		t.Fatal(diff)
	}
	look := incident.Look{Bucket: "x", Public: true, Says: "public: the ACL grants AllUsers READ; no public policy", Tags: []string{"Classification=secret"}}
	a := only(t, []*incident.Incident{b.Do(looked(&i.Alert, 15*time.Second, look))})
	said := "S3 says: " + look.Says
	if a.Exposure.Confidence != "confirmed" || a.Revision != 2 || a.Status != alert.Open || a.Score != 60 {
		t.Errorf("looked at: %+v, %+v", a, a.Exposure)
	}
	if diff := cmp.Diff([]string{"the ACL grants AllUsers READ", said}, a.Exposure.Reasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&alert.Sensitivity{Reasons: []string{"tags: Classification=secret"}}, a.Sensitivity); diff != "" {
		t.Error(diff)
	}
	if last := a.Updates[len(a.Updates)-1]; last.Kind != "looked" || last.Text != said+", looked at 15s after the event" {
		t.Errorf("update %+v", last)
	}
	if len(i.Unconfirmed()) > 0 {
		t.Errorf("still to be looked at: %v", i.Unconfirmed())
	}
	for _, again := range []time.Duration{15 * time.Second, 10 * time.Second, time.Hour} {
		if b.Do(looked(a, again, look)) != nil {
			t.Errorf("the same look, %s after the event, is news", again)
		}
	}

	// What is opened further is looked at anew: it may be less than sure again.
	b.Apply(opened(at(t, 5, "e2", "bob", "PutBucketPolicy"), 90, unsure("x")))
	if a.Exposure.Confidence != "unconfirmed" || len(i.Unconfirmed()) != 1 {
		t.Fatalf("after a further event: %s, %v", a.Exposure.Confidence, i.Unconfirmed())
	}
	if b.Do(looked(a, 6*time.Minute, look)) == nil || a.Exposure.Confidence != "confirmed" {
		t.Errorf("looked at again: %s", a.Exposure.Confidence)
	}
	if b.Do(looked(a, 5*time.Minute, incident.Look{Bucket: "x", Says: "not public: late"})) != nil {
		t.Error("a look overtaken by a later one is news")
	}
}

func TestALookThatSeesNothingPublicLowersNothing(t *testing.T) {
	b := incident.NewBook()
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 90, unsure("x")))[0]
	a := &i.Alert
	for n, says := range []string{"cannot tell: the ACL is unknown", "not public: no public grant in the ACL; no public policy"} {
		if b.Do(looked(a, time.Duration(n+1)*time.Hour, incident.Look{Bucket: "x", Says: says, Tags: []string{"Owner=" + says[:3]}})) == nil {
			t.Fatalf("%q is no news", says)
		}
		if a.Status != alert.Open || a.Severity != alert.Critical || a.Score != 90 || a.Exposure.After != "public" || a.Exposure.Confidence != "unconfirmed" {
			t.Errorf("after %q: %+v, %+v", says, a, a.Exposure)
		}
	}
	want := []string{"the ACL grants AllUsers READ", "S3 says: not public: no public grant in the ACL; no public policy"}
	if diff := cmp.Diff(want, a.Exposure.Reasons); diff != "" {
		t.Errorf("only the last look counts:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"tags: Owner=not"}, a.Sensitivity.Reasons); diff != "" {
		t.Error(diff)
	}
	if len(i.Unconfirmed()) != 1 {
		t.Error("a restart does not look again")
	}

	// A state that was sure by itself stays so.
	sure := b.Apply(opened(at(t, 0, "e2", "bob", "PutBucketAcl"), 60, change(exposure.Opened, "y", exposure.Public)))[0]
	b.Do(looked(&sure.Alert, time.Minute, incident.Look{Bucket: "y", Says: "not public: no public policy"}))
	if sure.Alert.Exposure.Confidence != "confirmed" {
		t.Errorf("confidence %s", sure.Alert.Exposure.Confidence)
	}
}

func TestALookOfOneBucketOfSeveral(t *testing.T) {
	b := incident.NewBook()
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, unsure("x")))[0]
	b.Apply(opened(at(t, 1, "e2", "alice", "PutBucketAcl"), 50, unsure("y")))
	a := &i.Alert
	if diff := cmp.Diff([]string{"x", "y"}, i.Unconfirmed()); diff != "" {
		t.Fatal(diff)
	}
	resource := "x"
	if a.Resource != "arn:aws:s3:::x" {
		resource = "y"
	}
	other := map[string]string{"x": "y", "y": "x"}[resource]
	b.Do(looked(a, 2*time.Minute, incident.Look{Bucket: other, Public: true, Says: "public: so"}))
	if a.Exposure.Confidence != "unconfirmed" || !slices.Contains(a.Exposure.Reasons, "S3 says of "+other+": public: so") {
		t.Errorf("after a look at the other: %+v", a.Exposure)
	}
	if b.Do(looked(a, 2*time.Minute, incident.Look{Bucket: resource, Public: true, Says: "public: so"})) == nil || a.Exposure.Confidence != "confirmed" {
		t.Errorf("after a look at the bucket it speaks of: %+v", a.Exposure)
	}
}

func TestWhatIsNotToBeLookedAt(t *testing.T) {
	object := unsure("x")
	object.Scope, object.Resource = exposure.ObjectScope, object.Resource+"/key"
	latent := unsure("x")
	latent.Now, latent.After = exposure.Latent, exposure.Latent
	for name, c := range map[string]*exposure.Change{"an object": object, "a grant that sleeps": latent} {
		t.Run(name, func(t *testing.T) {
			b := incident.NewBook()
			i := b.Apply(opened(at(t, 0, "e1", "alice", "PutObjectAcl"), 60, c))[0]
			if len(i.Unconfirmed()) > 0 || b.Do(looked(&i.Alert, time.Minute, incident.Look{Bucket: "x", Public: true, Says: "public"})) != nil {
				t.Errorf("looked at: %v", i.Unconfirmed())
			}
		})
	}
	b := incident.NewBook()
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, unsure("x")))[0]
	b.Apply(closing(at(t, 1, "e2", "alice", "DeleteBucket"), change(exposure.Closed, "x", exposure.Private)))
	if len(i.Unconfirmed()) > 0 || b.Do(looked(&i.Alert, time.Minute, incident.Look{Bucket: "x", Public: true, Says: "public"})) != nil {
		t.Error("an incident that has ended is looked at")
	}
	if b.Do(incident.Command{AlertID: i.Alert.ID, Action: incident.Confirm}) != nil {
		t.Error("a look without an outcome is news")
	}
}

func TestALookOutlivesARestart(t *testing.T) {
	b := incident.NewBook()
	i := b.Apply(opened(at(t, 0, "e1", "alice", "PutBucketAcl"), 60, unsure("x")))[0]
	look := incident.Look{Bucket: "x", Public: true, Says: "public: so", Tags: []string{"Owner=hr"}}
	b.Do(looked(&i.Alert, 36*time.Hour, look))
	data, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	var back incident.Incident
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	next := incident.NewBook()
	next.Restore(&back)
	if len(back.Unconfirmed()) > 0 || next.Do(looked(&back.Alert, 36*time.Hour, look)) != nil {
		t.Errorf("forgotten: %+v", back.Parts)
	}
	if last := back.Alert.Updates[1].Text; last != "S3 says: public: so, looked at 36h0m0s after the event" {
		t.Errorf("update %q", last)
	}
}
