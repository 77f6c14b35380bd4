package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3PublicACL() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-public-acl",
		Title:      "S3 bucket made public by ACL",
		Why:        "The bucket ACL grants access to AllUsers (anyone on the internet) or AuthenticatedUsers (any AWS account).",
		Do:         "Set the bucket ACL to private, or turn on all four Block Public Access settings. Then check S3 access logs and CloudTrail data events for access since the change.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1098"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.BucketScope && byACL(c) && !shared(c) }),
		Examples: []detect.Example{
			match("public-read", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-acl":"public-read"}`),
			match("at creation", "s3/CreateBucket", `{"bucketName":"b1","x-amz-acl":"public-read-write","x-amz-object-ownership":"ObjectWriter"}`),
			match("refused", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-acl":"public-read"}`, failed("AccessDenied")),
			match("failed without a code", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-acl":"public-read"}`, with("errorMessage", `"Access Denied"`)),
			miss("private", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-acl":"private"}`),
			miss("no such bucket", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-acl":"public-read"}`, failed("NoSuchBucket")),
		},
	}
}
