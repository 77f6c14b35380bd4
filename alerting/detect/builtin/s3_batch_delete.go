package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3BatchDelete() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-batch-delete",
		Title:      "S3 objects deleted in a batch by an unusual actor",
		Why:        "One DeleteObjects call removes up to 1,000 objects, and CloudTrail writes one record for it. The actor is not known to make such calls.",
		Do:         "Ask the actor. If they cannot explain it, disable the credentials and restore the objects from versions or backups.",
		Severity:   alert.Low,
		Techniques: []string{"T1485", "T1486"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("s3", "DeleteObjects"),
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(batchDelete)),
		Examples: []detect.Example{
			match("batch", "s3/DeleteObjects", `{"bucketName":"b1","delete":""}`),
			miss("one object", "s3/DeleteObject", `{"bucketName":"b1","key":"k"}`),
			miss("denied", "s3/DeleteObjects", `{"bucketName":"b1","delete":""}`, failed("AccessDenied")),
			miss("a stack", "s3/DeleteObjects", `{"bucketName":"b1","delete":""}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}

func batchDelete(in *detect.Input) *detect.Hit {
	if in.Record.Failed() {
		return nil
	}
	hit := say(in, "deleted up to 1,000 objects of S3 bucket {} in one call (DeleteObjects)", in.Record.Bucket())
	if in.Facts.Bucket.Sensitivity >= sensitive {
		return at(alert.Medium, hit)
	}
	return hit
}

// sensitive is the sensitivity of a bucket's name from which on what is done to its data weighs more.
const sensitive = 50
