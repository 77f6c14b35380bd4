package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3ObjectPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-object-public",
		Title:      "Object open to strangers",
		Why:        "The object's own ACL lets strangers read it, however closed its bucket looks.",
		Do:         "Set the object's ACL to private, or close the bucket with Public Access Block.",
		Severity:   alert.High,
		Techniques: []string{"T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.ObjectScope && !shared(c) }),
		Examples: []detect.Example{
			match("ACL", "s3/PutObjectAcl", `{"bucketName":"b1","key":"k","acl":"","x-amz-acl":"public-read"}`),
			match("at upload", "s3/PutObject", `{"bucketName":"b1","key":"k","x-amz-acl":"public-read"}`),
			miss("plain upload", "s3/PutObject", `{"bucketName":"b1","key":"k"}`),
		},
	}
}
