package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3ForeignKey() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-foreign-key",
		Title:      "S3 objects encrypted with an external or customer key",
		Why:        "Anyone who holds the key controls access to the objects. Ransomware encrypts buckets with external KMS keys or SSE-C.",
		Do:         "Disable the actor's credentials, then restore objects from earlier versions or backups.",
		Severity:   alert.High,
		Techniques: []string{"T1486"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("s3", "CopyObject", "PutObject", "CreateMultipartUpload", "UploadPartCopy"),
		Wants:      namesKey,
		Match:      foreignKey,
		Examples: []detect.Example{
			match("foreign key", "s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-1:999988887777:key/k"}`),
			match("own secret key", "s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-server-side-encryption-customer-algorithm":"AES256"}`),
			miss("plain", "s3/CopyObject", `{"bucketName":"b1","key":"k"}`),
		},
	}
}

func foreignKey(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	if account := keyAccount(in.Record.Header("x-amz-server-side-encryption-aws-kms-key-id")); account != "" && !ownAccount(in, account) {
		return say(in, "encrypted objects with a key of account "+account+" in", bucket)
	}
	if in.Record.Header("x-amz-server-side-encryption-customer-algorithm") == "" {
		return nil
	}
	return at(alert.Medium, unlessUsual(func(in *detect.Input) *detect.Hit {
		return say(in, "encrypted objects with a key only the caller knows in", bucket)
	})(in))
}

// namesKey is a first look for headers that name an encryption key.
func namesKey(_ *cloudtrail.Header, raw []byte) bool {
	return detect.Contains(raw, "-customer-algorithm") || detect.Contains(raw, "-aws-kms-key-id")
}
