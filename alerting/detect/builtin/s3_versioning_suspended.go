package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3VersioningSuspended() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-versioning-suspended",
		Title:      "S3 versioning suspended",
		Why:        "Overwritten and deleted objects can no longer be recovered. Attackers do this before they encrypt or delete data.",
		Do:         "Enable versioning again, then check for deletions and overwrites since the change.",
		Severity:   alert.Medium,
		Techniques: []string{"T1490", "T1485"},
		Controls:   []string{"CIS 2.1.2", "NIST CP-9"},
		Events:     events("s3", "PutBucketVersioning"),
		Ends:       events("s3", "PutBucketVersioning"),
		Match:      suspendVersions,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Suspended"}}`), "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled"}}`),
			match("suspended", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Suspended"}}`),
			later(miss("of a bucket just made", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Suspended"}}`), "s3/CreateBucket", `{"bucketName":"b1"}`),
			miss("enabled", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled"}}`),
		},
	}
}

func suspendVersions(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	switch param(in, "VersioningConfiguration.Status") {
	case "Suspended":
		if neverOn(in, exposure.Versioning, func(v string) bool { return strings.Contains(v, "Enabled") }) {
			return nil
		}
		return episode("versioning/"+bucket, tried("suspended versioning on S3 bucket {}", "bucketName")(in))
	case "Enabled":
		return over(in, "versioning/"+bucket, "enabled versioning on S3 bucket "+bucket)
	}
	return nil
}
