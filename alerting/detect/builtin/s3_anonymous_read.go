package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3AnonymousRead() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-anonymous-read",
		Title:      "Anonymous read of S3 data",
		Why:        "A request without credentials read an object or listed the bucket. Anyone on the internet can do the same.",
		Do:         "Turn on all four Block Public Access settings if no website depends on the bucket. Then check who else read from it.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1619"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{detect.OnProof},
		Ends:       []string{detect.OnExposure},
		Match:      onProof(func(c *exposure.Change) bool { return c.Proof == cloudtrail.Anonymous && c.Access < exposure.Write }),
		Examples: []detect.Example{
			match("object read", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byNobody()),
			match("object asked for", "s3/HeadObject", `{"bucketName":"b1","key":"k"}`, byNobody()),
			match("bucket listed", "s3/ListObjects", `{"bucketName":"b1"}`, byNobody()),
			match("the other spelling", "s3/GetObject", `{"bucketName":"b1","key":"k"}`,
				with("userIdentity", `{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`)),
			miss("refused", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byNobody(), failed("AccessDenied")),
			miss("presigned", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, with("additionalEventData", `{"AuthenticationMethod":"QueryString","SignatureVersion":"SigV4"}`)),
			miss("through CloudFront", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byService("cloudfront.amazonaws.com")),
			miss("CORS preflight", "s3/PreflightRequest", `{"bucketName":"b1","key":"k"}`, byNobody()),
			later(miss("of a website", "s3/GetObject", `{"bucketName":"b1","key":"index.html"}`, byNobody()), "s3/PutBucketWebsite", `{"bucketName":"b1","website":""}`),
		},
	}
}
