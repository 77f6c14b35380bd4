package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3ExternalAccess() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-external-access",
		Title:      "S3 bucket accessed by an external account",
		Why:        "A call by an AWS account that is not in your known accounts was allowed, so the bucket is shared with it.",
		Do:         "Identify the account owner. Add the account to enrich.known_accounts if it is yours or a partner's; otherwise remove the grant that lets it in.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530", "T1537"},
		Controls:   []string{"NIST AC-3", "NIST AC-4"},
		Events:     []string{detect.OnProof},
		Ends:       []string{detect.OnExposure},
		Match:      onProof(func(c *exposure.Change) bool { return c.Proof != cloudtrail.Anonymous }),
		Examples: []detect.Example{
			match("write", "s3/PutObject", `{"bucketName":"b1","key":"k"}`, byAccount("444455556666")),
			match("read", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byAccount("444455556666")),
			match("delete", "s3/DeleteObject", `{"bucketName":"b1","key":"k"}`, byAccount("444455556666")),
			match("list", "s3/ListObjects", `{"bucketName":"b1"}`, byAccount("444455556666")),
			miss("refused", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byAccount("444455556666"), failed("AccessDenied")),
			miss("the owner", "s3/GetObject", `{"bucketName":"b1","key":"k"}`),
			miss("a load balancer's logs", "s3/PutObject", `{"bucketName":"b1","key":"AWSLogs/k"}`, byAccount("054676820928")),
			miss("CloudFront's origin access identity", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byAccount("cloudfront")),
			miss("the bucket of another account", "s3/PutObject", `{"bucketName":"b1","key":"k"}`,
				with("resources", `[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b1","accountId":"444455556666"}]`)),
			knowing(miss("a known account", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byAccount("444455556666")), "444455556666"),
		},
	}
}
