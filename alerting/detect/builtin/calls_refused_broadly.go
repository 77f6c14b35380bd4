package builtin

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func callsRefusedBroadly() *detect.Rule {
	const services, calls = 3, 10
	return &detect.Rule{
		ID:         "calls-refused-broadly",
		Title:      "Calls to several AWS services denied",
		Why:        "Ten denied calls over three services in 10 minutes, new to the actor: holders of stolen credentials try what they can do.",
		Do:         "Ask the actor. If they cannot explain it, disable the credentials, then check which of their calls succeeded.",
		Severity:   alert.Medium,
		Techniques: []string{"T1580", "T1526", "T1087.004"},
		Controls:   []string{"CIS 4.1", "NIST AC-6"},
		Events:     []string{"*/*"},
		Wants:      refusedCall,
		NoEnd:      anAct,
		Match:      unlessUsual(refusedAnywhere),
		Correlation: &detect.Correlation{
			Kind: detect.ValueCount, ByActor: true, Op: ">=", Value: services, Matches: calls, Span: 10 * time.Minute,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("%s was denied calls to %d AWS services in 10 m, last %s (%s).", who(in.Record), count, in.Record.EventName, in.Record.ErrorCode)
			},
		},
		Examples: []detect.Example{
			denials(match("over four services", "kms/ListKeys", ``, failed("AccessDenied")), 9, "iam/ListUsers", "lambda/ListFunctions20150331", "rds/DescribeDBInstances"),
			denials(miss("over two services", "iam/ListRoles", ``, failed("AccessDenied")), 12, "iam/ListUsers", "lambda/ListFunctions20150331"),
			denials(miss("few", "kms/ListKeys", ``, failed("AccessDenied")), 4, "iam/ListUsers", "lambda/ListFunctions20150331", "rds/DescribeDBInstances"),
			denials(miss("the last one succeeded", "kms/ListKeys", ``), 12, "iam/ListUsers", "lambda/ListFunctions20150331", "rds/DescribeDBInstances"),
		},
	}
}

// refusedCall is a first look for calls that were denied, but for those on data, which are many.
func refusedCall(h *cloudtrail.Header, _ []byte) bool {
	if len(h.ErrorCode) == 0 || string(h.EventCategory) == "Data" {
		return false
	}
	return refusal(string(h.ErrorCode)) // does not allocate: the text is only compared
}

func refusedAnywhere(in *detect.Input) *detect.Hit {
	rec := in.Record
	if !refused(rec) || ownService(rec) || rec.UserIdentity.InvokedBy != "" || rec.EventCategory == "Data" || reading(rec) && fromConsole(in) {
		return nil
	}
	return &detect.Hit{Resource: rec.EventSource}
}

// fromConsole reports whether a page of the console made the call: its pages ask services of which a person may see nothing.
func fromConsole(in *detect.Input) bool {
	return in.Tree().Get("sessionCredentialFromConsole").Text() == "true"
}
