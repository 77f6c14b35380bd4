package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func datasyncTask() *detect.Rule {
	return &detect.Rule{
		ID:         "datasync-task",
		Title:      "DataSync task or location created or changed",
		Why:        "A DataSync task can copy entire file systems and buckets to the destination.",
		Do:         "Check the destination and delete the task if nobody requested it.",
		Severity:   alert.Low,
		Techniques: []string{"T1537", "T1020"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("datasync", "CreateTask", "UpdateTask", "CreateLocationS3", "CreateLocationObjectStorage", "CreateLocationAzureBlob"),
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(done("created or changed a DataSync transfer to {}", "destinationLocationArn", "s3BucketArn", "serverHostname"))),
		Examples: []detect.Example{
			match("created", "datasync/CreateTask", `{"destinationLocationArn":"arn:d"}`),
			miss("read", "datasync/DescribeTask", ``),
		},
	}
}
