package incident_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// TestNoIncidentGrowsBeyondMeasure: one actor who opens a thousand long names, or one bucket a thousand times over, has
// everything told, in incidents that can be stored.
func TestNoIncidentGrowsBeyondMeasure(t *testing.T) {
	for name, bucket := range map[string]string{"many resources": strings.Repeat("<", 1000) + "%d", "one resource": "b"} {
		book := incident.NewBook()
		const events = 3000
		for n := range events {
			resource := bucket
			if strings.Contains(bucket, "%") {
				resource = fmt.Sprintf(bucket, n)
			}
			changed := book.Apply(opened(at(t, n/300, fmt.Sprint("e", n), "mallory", "PutBucketAcl"), 70, change(exposure.Widened, resource, exposure.Public)))
			if len(changed) != 1 {
				t.Fatalf("%s: event %d changed %d incidents", name, n, len(changed))
			}
		}
		parts := map[string]bool{}
		for _, i := range book.All() {
			text, err := json.Marshal(i)
			if err != nil || len(text) > 1<<20 {
				t.Errorf("%s: %d bytes, %v", name, len(text), err)
			}
			for _, b := range i.Alert.Buckets {
				parts[b.Bucket] = true
			}
		}
		if want := map[string]int{"many resources": events, "one resource": 1}[name]; len(parts) != want {
			t.Errorf("%s: %d of %d are listed", name, len(parts), want)
		}
	}
}

// TestAcknowledgingOneBucketAcknowledgesNoOther: whoever took note of an incident took note of what was in it.
func TestAcknowledgingOneBucketAcknowledgesNoOther(t *testing.T) {
	book := incident.NewBook()
	a := only(t, book.Apply(opened(at(t, 0, "e1", "mallory", "PutBucketAcl"), 70, change(exposure.Opened, "toy", exposure.Public))))
	ack := func() {
		book.Do(incident.Command{AlertID: a.ID, Action: incident.Acknowledge, By: "bob", At: noon})
		if a.Status != alert.Acknowledged {
			t.Fatalf("acknowledged: %s", a.Status)
		}
	}
	ack()
	book.Apply(opened(at(t, 1, "e2", "mallory", "PutBucketAcl"), 70, change(exposure.Widened, "toy", exposure.Public)))
	if a.Status != alert.Acknowledged {
		t.Errorf("more of the same bucket: %s", a.Status)
	}
	book.Apply(opened(at(t, 2, "e3", "mallory", "PutBucketAcl"), 70, change(exposure.Opened, "payroll", exposure.Public)))
	if a.Status != alert.Open {
		t.Errorf("another bucket: %s", a.Status)
	}
	ack()
	c := change(exposure.Closed, "toy", exposure.Private)
	c.Closes = true
	book.Apply(closing(at(t, 3, "e4", "bob", "PutBucketAcl"), c))
	if a.Status != alert.Acknowledged {
		t.Errorf("one closed: %s", a.Status)
	}
	book.Apply(opened(at(t, 4, "e5", "mallory", "PutBucketAcl"), 70, change(exposure.Opened, "toy", exposure.Public)))
	if a.Status != alert.Open {
		t.Errorf("opened again: %s", a.Status)
	}
}
