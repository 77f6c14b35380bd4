package builtin

import (
	"net/url"
	"strings"

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
		NoEnd:      anAct,
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
		return say(in, "encrypted objects in S3 bucket {} with a KMS key in external account "+account, bucket)
	}
	if in.Record.Header("x-amz-server-side-encryption-customer-algorithm") == "" {
		return nil
	}
	if ontoItself(in) {
		return at(alert.High, say(in, "replaced an object in S3 bucket {} with a copy encrypted with a customer-provided key (SSE-C)", bucket))
	}
	return at(alert.Medium, unlessUsual(func(in *detect.Input) *detect.Hit {
		return say(in, "encrypted objects in S3 bucket {} with a customer-provided key (SSE-C)", bucket)
	})(in))
}

// ontoItself reports whether an object is copied to its own name, in whole or by parts, as ransomware does it: what can
// be read is gone. A copy that was encrypted so before only has its key changed.
func ontoItself(in *detect.Input) bool {
	source, _, _ := strings.Cut(strings.TrimPrefix(in.Record.Header("x-amz-copy-source"), "/"), "?versionId=")
	target := in.Record.Bucket() + "/" + in.Record.Key()
	plain, err := url.PathUnescape(source)
	same := source == target || err == nil && plain == target
	return same && in.Record.Key() != "" && in.Record.Header("x-amz-copy-source-server-side-encryption-customer-algorithm") == ""
}

// namesKey is a first look for headers that name an encryption key.
func namesKey(_ *cloudtrail.Header, raw []byte) bool {
	return detect.Contains(raw, "-customer-algorithm") || detect.Contains(raw, "-aws-kms-key-id")
}
