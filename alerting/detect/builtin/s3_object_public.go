package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3ObjectPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-object-public",
		Title:      "S3 object made public by ACL",
		Why:        "The object's own ACL grants public access, even if the bucket ACL and bucket policy are private.",
		Do:         "Set the object ACL to private, or turn on IgnorePublicAcls for the bucket. Then check who downloaded the object.",
		Severity:   alert.High,
		Techniques: []string{"T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.ObjectScope && !shared(c) }),
		Examples: []detect.Example{
			match("ACL", "s3/PutObjectAcl", `{"bucketName":"b1","key":"k","acl":"","x-amz-acl":"public-read"}`),
			match("at upload", "s3/PutObject", `{"bucketName":"b1","key":"k","x-amz-acl":"public-read"}`),
			miss("plain upload", "s3/PutObject", `{"bucketName":"b1","key":"k"}`),
		},
	}
}
