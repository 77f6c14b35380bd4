package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3PublicACL() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-public-acl",
		Title:      "Bucket open to strangers by its ACL",
		Why:        "An ACL for everyone, or for every AWS account, lets strangers list, read or write the bucket.",
		Do:         "Close it with Public Access Block unless it is meant to be public; look at who reached it since.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1098"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
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
