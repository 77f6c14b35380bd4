package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func datasyncTask() *detect.Rule {
	return &detect.Rule{
		ID:         "datasync-task",
		Title:      "Data transfer task made",
		Why:        "A DataSync task copies whole stores of data to wherever its location says.",
		Do:         "Look at the destination; delete the task if nobody wanted it.",
		Severity:   alert.Low,
		Techniques: []string{"T1537", "T1020"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("datasync", "CreateTask", "UpdateTask", "CreateLocationS3", "CreateLocationObjectStorage", "CreateLocationAzureBlob"),
		Match:      unlessUsual(notByStack(done("set up a transfer of data to", "destinationLocationArn", "s3BucketArn", "serverHostname"))),
		Examples: []detect.Example{
			match("created", "datasync/CreateTask", `{"destinationLocationArn":"arn:d"}`),
			miss("read", "datasync/DescribeTask", ``),
		},
	}
}
