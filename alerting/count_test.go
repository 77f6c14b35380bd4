package alerting_test

import (
	"context"
	"errors"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// TestFindingsThatNoRuleNamesAreCounted: what only taught what is known of a bucket, or cannot be read, was matched by
// nothing. It is counted once, whenever the process dies.
func TestFindingsThatNoRuleNamesAreCounted(t *testing.T) {
	for kill := range 12 {
		w := newWorld()
		w.lanes[bus.FindingsSubject(0)] = []bus.Delivery{
			{Sequence: 1, Data: finding(t, 1, "ops", "PutBucketAcl", `{"bucketName":"x","x-amz-acl":"private"}`, "")},
			{Sequence: 2, Data: finding(t, 2, "eve", "PutBucketAcl", `{"bucketName":"x","x-amz-acl":"public-read"}`, "")},
			{Sequence: 3, Data: []byte("garbage")},
			{Sequence: 4, Data: finding(t, 4, "ops", "PutBucketAcl", `{"bucketName":"y","x-amz-acl":"private"}`, "")},
		}
		for w.killAt = kill; ; w.killAt = 0 {
			if err := live(t, w); err == nil || errors.Is(err, context.DeadlineExceeded) {
				break
			}
			w.effects = 0
		}
		q := &alerting.Query{State: bucket{w, "state"}, Alerts: bucket{w, "alerts"}, Log: &lane{world: w}, Shards: 1}
		_, findings, err := q.Counts(t.Context())
		if want := (alerting.FindingCounts{Unnamed: 2, Parked: 1}); findings != want || err != nil {
			t.Errorf("killed at effect %d: %+v, %v; want %+v", kill, findings, err, want)
		}
	}
}
