package enrich_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// exposing selects what sets an ACL for the exposure state machine.
type exposing struct{}

func (exposing) Select(h *cloudtrail.Header, _ []byte, dst []string) []string {
	if string(h.EventName) == "PutObjectAcl" {
		return append(dst, enrich.ExposureRule)
	}
	return dst
}

func (exposing) Counted(string) bool { return false }

// TestTheEndOfAnObjectWithAnACLIsFound deletes and overwrites objects, of which one was given an ACL.
func TestTheEndOfAnObjectWithAnACLIsFound(t *testing.T) {
	f := newFeed(t, exposing{})
	for n, step := range []struct {
		name, bucket, key string
		want              bool
	}{
		{"DeleteObject", "photos", "a", false},
		{"PutObjectAcl", "photos", "a", true},
		{"DeleteObject", "photos", "b", false},
		{"DeleteObject", "other", "a", false},
		{"PutObject", "photos", "a", true},
		{"DeleteObject", "photos", "a", true},
		{"GetObject", "photos", "a", false},
	} {
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"o-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:%02d:00Z",
			"recipientAccountId":"111122223333","requestParameters":{"bucketName":%q,"key":%q},"userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"u%d"}}`,
			n, step.name, n, step.bucket, step.key, n)
		_, found := f.show([]byte(raw))
		if got := found != nil && slices.Contains(found.Rules, enrich.ExposureRule); got != step.want {
			t.Errorf("%s of %s/%s is found: %t", step.name, step.bucket, step.key, got)
		}
	}
}

// TestWhatConcernsEveryShardGoesToEach sends a finding of an organization's policy, and another, to three shards.
func TestWhatConcernsEveryShardGoesToEach(t *testing.T) {
	for rule, want := range map[string]int{enrich.OrganizationRule: 3, "root-used": 1} {
		f := &enrich.Finding{EventID: "e1", Rules: []string{"organization-policy-changed", rule}, Record: []byte("{}")}
		messages, err := f.Messages(3)
		if err != nil || len(messages) != want {
			t.Fatalf("%d messages, %v", len(messages), err)
		}
		subjects, ids := map[string]bool{}, map[string]bool{}
		for n, m := range messages {
			subjects[m.Subject], ids[m.ID] = true, true
			got, err := enrich.DecodeFinding(m.Data)
			if err != nil || got.Copy != (n > 0) || got.Copy && len(got.Rules) != 1 {
				t.Errorf("message %d: copy %t, rules %q, %v", n, got.Copy, got.Rules, err)
			}
		}
		if len(subjects) != want || len(ids) != want {
			t.Errorf("subjects %v, ids %v", subjects, ids)
		}
	}
}
