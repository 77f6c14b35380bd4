package s3log_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// full is a record with all that CloudTrail always writes.
func full(id string) string {
	return strings.Replace(rec(id), `{`, `{"eventSource":"s3.amazonaws.com",`, 1)
}

// quoted is a record as text in JSON.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // text always has JSON
	}
	return string(out)
}

// TestWrapped reads records in the forms in which AWS's own tools and services hand them on.
func TestWrapped(t *testing.T) {
	looked := func(id string) string {
		return `{"EventId":"` + id + `","EventName":"GetObject","EventTime":"2024-05-01T10:00:00+00:00","EventSource":"s3.amazonaws.com","Resources":[],"CloudTrailEvent":` + quoted(full(id)) + `}`
	}
	bridge := func(source, kind, detail string) string {
		return `{"version":"0","id":"11111111-1111-1111-1111-111111111111","detail-type":"` + kind + `","source":"` + source + `","time":"2024-05-01T10:00:00Z","detail":` + detail + `}`
	}
	logged := func(text string) string {
		return `{"logStreamName":"s","timestamp":1714557600000,"message":` + quoted(text) + `,"eventId":"3792"}`
	}
	subscription := func(kind, events string) string {
		return `{"messageType":"` + kind + `","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[` + events + `]}`
	}
	call := func(id string) string { return bridge("aws.s3", "AWS API Call via CloudTrail", full(id)) }
	findings := bridge("aws.guardduty", "GuardDuty Finding", `{"id":"f"}`) + "," + bridge("aws.macie", "Macie Finding", `{}`) + "," +
		bridge("aws.access-analyzer", "Access Analyzer Finding", `{}`) + "," + bridge("aws.securityhub", "Security Hub Findings - Imported", `{}`) + "," +
		bridge("aws.securityhub", "Findings Imported V2", `{}`)
	for name, test := range map[string]struct {
		in, ids         string
		parked, ignored int
	}{
		"lookup-events":                      {in: `{"Events":[` + looked("a") + `,` + looked("b") + `],"NextToken":"n"}`, ids: "a b"},
		"lookup-events, next page":           {in: `{"NextToken":"n","Events":[` + looked("a") + `]}`, ids: "a"},
		"lookup-events, none":                {in: `{"Events":[]}`},
		"lookup-events, lines":               {in: looked("a") + "\n" + looked("b"), ids: "a b"},
		"lookup-events, broken":              {in: `{"Events":[{"EventId":"x","EventName":"N","CloudTrailEvent":"{\"eventID\":"},` + looked("b") + `]}`, ids: "b", parked: 1},
		"lower case":                         {in: `{"records":[` + full("a") + `,` + full("b") + `]}`, ids: "a b"},
		"upper case":                         {in: `{"x":1,"RECORDS":[` + full("a") + `]}`, ids: "a"},
		"EventBridge":                        {in: call("a"), ids: "a"},
		"EventBridge, lines":                 {in: call("a") + "\n" + call("b") + "\n", ids: "a b"},
		"EventBridge, list":                  {in: `[` + call("a") + `,` + bridge("aws.ec2", "EC2 Instance State-change Notification", `{}`) + `]`, ids: "a", parked: 1},
		"EventBridge, GuardDuty's own calls": {in: bridge("aws.guardduty", "AWS API Call via CloudTrail", full("a")), ids: "a"},
		"findings":                           {in: `[` + findings + `]`, ignored: 5},
		"findings among records":             {in: `{"Records":[` + full("a") + `,` + findings + `,` + full("b") + `]}`, ids: "a b", ignored: 5},
		"Insight by EventBridge":             {in: bridge("aws.cloudtrail", "AWS Insight via CloudTrail", `{}`), ignored: 1},
		"CloudWatch Logs, export task":       {in: "2024-05-01T10:00:00.000Z " + full("a") + "\n2024-05-01T10:00:01.000Z " + full("b") + "\n", ids: "a b"},
		"CloudWatch Logs, a broken line":     {in: "2024-05-01T10:00:00.000Z " + full("a") + "\n2024-05-01T10:00:01.000Z {\"eventID\":tru}\n2024-05-01T10:00:02.000Z " + full("b") + "\n", ids: "a b", parked: 1},
		"CloudWatch Logs, tail":              {in: "2024-05-01T10:00:00+00:00 111122223333_CloudTrail_eu-west-1 " + full("a") + "\n", ids: "a"},
		"CloudWatch Logs, filter":            {in: `{"events":[` + logged(full("a")) + `,` + logged(full("b")) + `],"searchedLogStreams":[]}`, ids: "a b"},
		"CloudWatch Logs, another log":       {in: `{"events":[` + logged("START RequestId: 1") + `,` + logged(full("b")) + `]}`, ids: "b", parked: 1},
		"CloudWatch Logs, Insights":          {in: `[{"@timestamp":"2024-05-01 10:00:00.000","@message":` + quoted(full("a")) + `},{"@message":` + full("b") + `}]`, ids: "a b"},
		"subscription":                       {in: subscription("DATA_MESSAGE", `{"id":"1","timestamp":1,"message":`+quoted(full("a"))+`},{"id":"2","message":`+quoted(full("b"))+`}`), ids: "a b"},
		"subscriptions after each other":     {in: subscription("DATA_MESSAGE", `{"message":`+quoted(full("a"))+`}`) + subscription("DATA_MESSAGE", `{"message":`+quoted(full("b"))+`}`), ids: "a b"},
		"subscriptions in a list":            {in: `[` + subscription("DATA_MESSAGE", `{"message":`+quoted(full("a"))+`}`) + `]`, ids: "a"},
		"subscription, control":              {in: `[` + subscription("CONTROL_MESSAGE", `{"id":"","message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}`) + `]`, ignored: 1},
		"EventBridge in CloudWatch Logs":     {in: `{"events":[` + logged(call("a")) + `]}`, ids: "a"},
		"itself in itself":                   {in: strings.Repeat(`{"detail-type":"x via CloudTrail","detail":`, 8) + full("a") + strings.Repeat("}", 8), parked: 1},
		"a record with a message":            {in: strings.Replace(full("a"), `{`, `{"message":"{}",`, 1), ids: "a"},
		"a record of few members":            {in: `{"eventID":"a","eventName":"N","message":"hello"}`, ids: "a"},
		"events that are none":               {in: `{"events":7}`, parked: 1},
		"a date and no record":               {in: full("a") + "\n2024-05-01T10:00:00.000Z START RequestId: 1\n" + full("b"), ids: "a b", parked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			whole := split(t, test.in, nil, false)
			if got := strings.Join(whole.IDs, " "); got != test.ids || whole.Stats.Records != len(whole.IDs) {
				t.Errorf("visited %q, counted %d, want %q", got, whole.Stats.Records, test.ids)
			}
			if len(whole.Parked) != test.parked || whole.Stats.Quarantined != test.parked {
				t.Errorf("parked %q, counted %d, want %d", whole.Parked, whole.Stats.Quarantined, test.parked)
			}
			ignored := 0
			for n := range maps.Values(whole.Stats.Ignored) {
				ignored += n
			}
			if ignored != test.ignored {
				t.Errorf("ignored %v, want %d", whole.Stats.Ignored, test.ignored)
			}
			if diff := cmp.Diff(whole, split(t, test.in, nil, true)); diff != "" {
				t.Errorf("a byte at a time it differs: %s", diff)
			}
		})
	}
	all := split(t, `[`+findings+`]`, nil, false)
	want := []string{"Access Analyzer finding", "GuardDuty finding", "Macie finding", "Security Hub finding"}
	if got := slices.Sorted(maps.Keys(all.Stats.Ignored)); !slices.Equal(got, want) {
		t.Errorf("ignored %q, want %q", got, want)
	}
}
