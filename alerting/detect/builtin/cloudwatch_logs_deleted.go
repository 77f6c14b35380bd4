package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudwatchLogsDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudwatch-logs-deleted",
		Title:      "CloudWatch Logs data or filters deleted",
		Why:        "Deleted log groups and streams are lost evidence; deleted filters stop the alarms built on them.",
		Do:         "Identify what the log group held and export what is left.",
		Severity:   alert.Low,
		Techniques: []string{"T1070", "T1562.008"},
		Controls:   []string{"NIST AU-9"},
		Events:     events("logs", "DeleteLogGroup", "DeleteLogStream", "DeleteMetricFilter", "DeleteSubscriptionFilter", "DeleteDestination"),
		NoEnd:      goneForAll,
		Match:      notByStack(done("deleted CloudWatch Logs data or filters: {}", "logStreamName", "logGroupName", "destinationName")),
		Examples: []detect.Example{
			match("group", "logs/DeleteLogGroup", `{"logGroupName":"/aws/cloudtrail"}`),
			miss("missing", "logs/DeleteLogGroup", `{"logGroupName":"x"}`, failed("ResourceNotFoundException")),
		},
	}
}
