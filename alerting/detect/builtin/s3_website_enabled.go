package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3WebsiteEnabled() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-website-enabled",
		Title:      "S3 static website hosting enabled",
		Why:        "The website endpoint serves public objects over plain HTTP and lets anonymous users find out which objects exist.",
		Do:         "Confirm with the bucket owner that this bucket is meant to be a website; otherwise delete the website configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1530", "T1567"},
		Controls:   []string{"NIST CM-7"},
		Events:     events("s3", "PutBucketWebsite", "DeleteBucketWebsite"),
		Ends:       events("s3", "DeleteBucketWebsite"),
		Match:      enableWebsite,
		Exposes:    true,
		Examples: []detect.Example{
			match("enabled", "s3/PutBucketWebsite", `{"bucketName":"b1","website":""}`),
			miss("read", "s3/GetBucketWebsite", `{"bucketName":"b1"}`),
		},
	}
}

func enableWebsite(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	if in.Record.EventName == "DeleteBucketWebsite" {
		return over(in, "website/"+bucket, "disabled website hosting on S3 bucket "+bucket)
	}
	return episode("website/"+bucket, done("enabled website hosting on S3 bucket {}", "bucketName")(in))
}
