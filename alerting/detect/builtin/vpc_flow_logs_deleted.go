package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func vpcFlowLogsDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "vpc-flow-logs-deleted",
		Title:      "VPC flow logs deleted",
		Why:        "Network connections are no longer recorded, so exfiltration cannot be traced.",
		Do:         "Create the flow log again with the same destination.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 3.7", "NIST AU-12"},
		Events:     events("ec2", "DeleteFlowLogs"),
		NoEnd:      goneForAll,
		Match:      tried("deleted VPC flow logs {}", "flowLogId", "DeleteFlowLogsRequest.FlowLogId.content", "DeleteFlowLogsRequest.FlowLogId"),
		Examples: []detect.Example{
			match("deleted", "ec2/DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"content":"fl-1","tag":1}}}`),
			miss("described", "ec2/DescribeFlowLogs", `{}`),
		},
	}
}
