package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3AnonymousWrite() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-anonymous-write",
		Title:      "Anonymous write to an S3 bucket",
		Why:        "A request without credentials changed objects. The bucket is writable by anyone on the internet.",
		Do:         "Close the bucket now, then remove or restore the objects that were changed.",
		Severity:   alert.Critical,
		Techniques: []string{"T1530", "T1491", "T1485"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{detect.OnProof},
		Ends:       []string{detect.OnExposure},
		Match:      onProof(func(c *exposure.Change) bool { return c.Proof == cloudtrail.Anonymous && c.Access >= exposure.Write }),
		Examples: []detect.Example{
			match("upload", "s3/PutObject", `{"bucketName":"b1","key":"k"}`, byNobody()),
			match("delete", "s3/DeleteObject", `{"bucketName":"b1","key":"k"}`, byNobody()),
			match("policy", "s3/PutBucketPolicy", `{"bucketName":"b1","bucketPolicy":{"Version":"2012-10-17","Statement":[]}}`, byNobody()),
			match("named as principal", "s3/PutObject", `{"bucketName":"b1","key":"k"}`,
				with("userIdentity", `{"type":"AWSAccount","principalId":"Anonymous","accountId":"anonymous"}`)),
			match("the other spelling", "s3/PutObject", `{"bucketName":"b1","key":"k"}`,
				with("userIdentity", `{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`)),
			miss("another account", "s3/PutObject", `{"bucketName":"b1","key":"k"}`,
				with("userIdentity", `{"type":"AWSAccount","principalId":"AIDAEXAMPLE","accountId":"444455556666"}`)),
			miss("signed", "s3/PutObject", `{"bucketName":"b1","key":"k"}`),
			miss("refused", "s3/PutObject", `{"bucketName":"b1","key":"k"}`, byNobody(), failed("AccessDenied")),
		},
	}
}
