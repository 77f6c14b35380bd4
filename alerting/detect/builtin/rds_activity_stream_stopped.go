package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsActivityStreamStopped() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-activity-stream-stopped",
		Title:      "RDS database activity stream stopped",
		Why:        "Database activity is no longer audited.",
		Do:         "Start the activity stream again.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("rds", "StopActivityStream", "StartActivityStream"),
		Ends:       events("rds", "StartActivityStream"),
		Match:      until(done("stopped the activity stream of database {}", "resourceArn"), events("rds", "StartActivityStream"), "resourceArn"),
		Examples: []detect.Example{
			miss("no such stream", "rds/StopActivityStream", `{"resourceArn":"arn:d"}`, failed("ResourceNotFoundFault")),
			ending(match("until it is started", "rds/StopActivityStream", `{"resourceArn":"arn:c"}`), "rds/StartActivityStream", `{"resourceArn":"arn:c"}`),
			match("stopped", "rds/StopActivityStream", `{"resourceArn":"arn:c"}`),
		},
	}
}
