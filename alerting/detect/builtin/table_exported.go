package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func tableExported() *detect.Rule {
	return &detect.Rule{
		ID:         "table-exported",
		Title:      "DynamoDB table exported to S3",
		Why:        "The export copies the full table to a bucket, possibly in an external account.",
		Do:         "Check the destination bucket and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1530", "T1537"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("dynamodb", "ExportTableToPointInTime"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(notByStack(done("exported DynamoDB table {}", "tableArn"))),
		Examples: []detect.Example{
			match("exported", "dynamodb/ExportTableToPointInTime", `{"tableArn":"arn:t","s3Bucket":"b"}`),
			miss("read", "dynamodb/DescribeExport", ``),
		},
	}
}
