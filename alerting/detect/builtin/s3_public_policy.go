package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3PublicPolicy() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-public-policy",
		Title:      "S3 bucket made public by bucket policy",
		Why:        "The bucket policy allows everyone, or any AWS account, without a condition that limits it to fixed accounts, VPCs or addresses.",
		Do:         "Remove the public statement from the bucket policy, or turn on RestrictPublicBuckets. Then check S3 access logs and CloudTrail data events for access since the change.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1098"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match: onChange(func(c *exposure.Change) bool {
			return c.Scope == exposure.BucketScope && c.EventName == "PutBucketPolicy" && !shared(c)
		}),
		Examples: []detect.Example{
			match("everyone may read", "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
			match("refused", "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`, failed("AccessDenied")),
			miss("own account", "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
		},
	}
}
