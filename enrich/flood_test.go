package enrich_test

import (
	"fmt"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// noisy selects everything, for a rule whose matches may be counted, and one for which they may not.
type noisy struct{}

func (noisy) Select(h *cloudtrail.Header, _ []byte, dst []string) []string {
	if string(h.EventName) == "Rare" {
		dst = append(dst, "builtin")
	}
	return append(dst, "noisy")
}

func (noisy) Counted(id string) bool { return id == "noisy" }

// TestMatchesOfANoisyRuleAreCounted tells 250 matches of an hour by 101 findings, of which one says how many there were
// beside it; those of another account, of another hour and of other rules are not held back.
func TestMatchesOfANoisyRuleAreCounted(t *testing.T) {
	shard := enrich.NewShard(enrich.DefaultConfig(), 1, lookup(t), noisy{})
	n := 0
	process := func(name, account string, hour int) *enrich.Finding {
		t.Helper()
		n++
		raw := fmt.Appendf(nil, `{"eventID":"e%d","eventName":%q,"eventSource":"ec2.amazonaws.com","eventTime":"2026-03-01T%02d:00:%02dZ",
			"recipientAccountId":%q,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333"}}`,
			n, name, hour, n%60, account)
		var h cloudtrail.Header
		if _, err := h.Scan(raw); err != nil {
			t.Fatal(err)
		}
		outcome, f := shard.Process(raw, &h, 0, history.Position{Sequence: uint64(n)})
		if outcome != enrich.Matched {
			t.Fatalf("record %d: %v", n, outcome)
		}
		return f
	}
	found, more := 0, 0
	for range 250 {
		if f := process("Usual", "111122223333", 9); f != nil {
			found++
			more += f.More["noisy"]
		}
	}
	if found != 101 || more != 99 {
		t.Errorf("%d findings that count %d more, want 101 and 99", found, more)
	}
	if f := process("Rare", "111122223333", 9); f == nil || len(f.Rules) != 1 || f.Rules[0] != "builtin" {
		t.Errorf("a record that another rule wants: %+v", f)
	}
	if process("Usual", "444455556666", 9) == nil || process("Usual", "111122223333", 10) == nil {
		t.Error("the first of another account, or of another hour, is held back")
	}
}
