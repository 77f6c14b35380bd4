package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3SharedOutside() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-shared-outside",
		Title:      "S3 bucket shared with an external account",
		Why:        "The bucket grants access to an AWS account, organization or address range that is not in your organization or known accounts.",
		Do:         "Identify the account owner. Add the account to enrich.known_accounts if it is yours or a partner's; otherwise remove the grant.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match:      onShare,
		Examples: []detect.Example{
			match("foreign account", "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
			match("ACL for a foreign account", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-grant-read":"id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}`),
			miss("CloudFront's log delivery", "s3/PutBucketAcl", `{"bucketName":"b1","acl":"","x-amz-grant-full-control":"id=c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"}`),
			miss("own account", "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
		},
	}
}
