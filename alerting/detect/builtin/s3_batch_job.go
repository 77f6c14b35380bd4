package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3BatchJob() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-batch-job",
		Title:      "S3 Batch Operations job created",
		Why:        "A job copies, tags or restores up to billions of objects with its own IAM role.",
		Do:         "Check the job's operation, manifest, role and destination. Cancel the job if nobody can explain it.",
		Severity:   alert.Low,
		Techniques: []string{"T1530", "T1020"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "CreateJob", "JobCreated"),
		NoEnd:      anAct,
		Match:      batchJob,
		Examples: []detect.Example{
			match("created", "s3/CreateJob", `{"confirmationRequired":false}`),
			match("opening its objects", "s3/CreateJob", `{"CreateJobRequest":{"Operation":{"S3PutObjectAcl":{"AccessControlPolicy":{"CannedAccessControlList":"public-read"}}}}}`),
			miss("described", "s3/DescribeJob", ``),
		},
	}
}

// opens reports whether the record of a job names an ACL for strangers: its objects' own records are data events, which
// few trails hold.
func opens(raw []byte) bool {
	for _, grant := range []string{"public-read", "authenticated-read", "groups/global/"} {
		if detect.Contains(raw, grant) {
			return true
		}
	}
	return false
}

func batchJob(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "JobCreated" {
		return &detect.Hit{Resource: in.Record.ServiceEventDetails.Get("jobArn").Text(), Detail: "An S3 Batch Operations job was created."}
	}
	if opens(in.Raw) {
		return at(alert.High, tried("created an S3 Batch Operations job that makes objects public")(in))
	}
	return unlessUsual(notByStack(done("created an S3 Batch Operations job")))(in)
}
