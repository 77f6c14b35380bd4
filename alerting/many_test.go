package alerting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich"
)

// TestANoisyRuleIsToldOnceWithItsCount has a rule from a file match the calls of 300 actors within an hour.
func TestANoisyRuleIsToldOnceWithItsCount(t *testing.T) {
	loaded, err := sigma.Compile("noisy.yml", []byte("title: Noisy\nid: noisy\nlogsource: {product: aws, service: cloudtrail}\n"+
		"detection:\n  s: {eventName: DescribeInstances}\n  condition: s\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := alerting.NewEngine(&alerting.Rules{Index: detect.Build(loaded, nil), Score: rules().Score})
	for n := range 300 {
		raw := fmt.Appendf(nil, `{"eventID":"e%d","eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com","eventTime":"2026-03-01T09:%02d:00Z",
			"recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u%d","accountId":"111122223333","userName":"u%d"}}`,
			n, n/6, n, n)
		f := &enrich.Finding{EventID: fmt.Sprint("e", n), Record: raw, Rules: []string{"noisy"}}
		if n >= 100 {
			f.More = map[string]int{"noisy": 99}
		}
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Apply(f); err != nil { // once more, as after a crash
			t.Fatal(err)
		}
	}
	all := e.Incidents()
	if len(all) != 101 {
		t.Fatalf("%d alerts, want 100 and one for the rest", len(all))
	}
	last := slices.MaxFunc(all, func(x, y *incident.Incident) int { return x.Alert.More - y.Alert.More }).Alert
	if len(last.EventIDs) != 200 || last.More != 200*99 || !strings.HasSuffix(last.Summary, " The rule matched 19800 more events, which are counted, not listed.") {
		t.Errorf("%d events, %d more: %s", len(last.EventIDs), last.More, last.Summary)
	}
}
