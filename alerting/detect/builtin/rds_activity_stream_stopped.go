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
		Events:     events("rds", "StopActivityStream"),
		Match:      done("stopped the activity stream of database {}", "resourceArn"),
		Examples: []detect.Example{
			match("stopped", "rds/StopActivityStream", `{"resourceArn":"arn:c"}`),
			miss("started", "rds/StartActivityStream", `{"resourceArn":"arn:c"}`),
		},
	}
}
