package builtin

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3MassOverwrite() *detect.Rule {
	const objects = 20
	return &detect.Rule{
		ID:         "s3-mass-overwrite",
		Title:      "Many S3 objects overwritten by copies of themselves",
		Why:        "Ransomware encrypts objects by copying each onto itself with another key. The actor is not known for such copies.",
		Do:         "Check the encryption of the objects and ask the actor. If it was not planned, disable the credentials and restore versions.",
		Severity:   alert.Medium,
		Techniques: []string{"T1486", "T1485"},
		Controls:   []string{"NIST CP-9", "NIST SI-4"},
		Events:     events("s3", "CopyObject", "UploadPartCopy"),
		Wants:      func(_ *cloudtrail.Header, raw []byte) bool { return detect.Contains(raw, "copy-source") },
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(overwritten)),
		Correlation: &detect.Correlation{
			Kind: detect.ValueCount, ByActor: true, Op: ">=", Value: objects, Span: 10 * time.Minute,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("%s overwrote %d S3 objects with copies of themselves in 10 m, last in bucket %s.", who(in.Record), count, in.Record.Bucket())
			},
		},
		Examples: []detect.Example{
			each20(match("onto themselves", "s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-copy-source":"b1/k"}`), "s3/CopyObject", `{"bucketName":"b1","key":"k%[1]d","x-amz-copy-source":"b1/k%[1]d"}`),
			each20(miss("to another bucket", "s3/CopyObject", `{"bucketName":"b2","key":"k","x-amz-copy-source":"b1/k"}`), "s3/CopyObject", `{"bucketName":"b2","key":"k%[1]d","x-amz-copy-source":"b1/k%[1]d"}`),
			miss("one", "s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-copy-source":"b1/k"}`),
		},
	}
}

func overwritten(in *detect.Input) *detect.Hit {
	if in.Record.Failed() || !ontoItself(in) {
		return nil
	}
	return say(in, "overwrote S3 object {}", in.Record.Bucket()+"/"+in.Record.Key())
}
