package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3EncryptionRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-encryption-removed",
		Title:      "S3 default encryption removed or weakened",
		Why:        "New objects are no longer encrypted with the key you chose, or are encrypted with a key in another account.",
		Do:         "Restore the previous encryption configuration, then check objects written since.",
		Severity:   alert.Medium,
		Techniques: []string{"T1486", "T1600"},
		Controls:   []string{"CIS 2.1.1", "NIST SC-28"},
		Events:     events("s3", "DeleteBucketEncryption", "PutBucketEncryption"),
		Match:      weakenEncryption,
		Examples: []detect.Example{
			match("removed", "s3/DeleteBucketEncryption", `{"bucketName":"b1"}`),
			match("foreign key", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:999988887777:key/k"}}}}`),
			miss("own key", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:111122223333:key/k"}}}}`),
		},
	}
}

func weakenEncryption(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "DeleteBucketEncryption" {
		return tried("removed the default encryption of", "bucketName")(in)
	}
	for _, rule := range in.Record.RequestParameters.Get("ServerSideEncryptionConfiguration", "Rule").List() {
		way := rule.Get("ApplyServerSideEncryptionByDefault")
		if account := keyAccount(way.Get("KMSMasterKeyID").Text()); account != "" && !ownAccount(in, account) {
			return at(alert.High, say(in, "set a key of account "+account+" for the encryption of", in.Record.Bucket()))
		}
		if way.Get("SSEAlgorithm").Text() == "AES256" && hadKey(in) {
			return at(alert.Low, say(in, "replaced the KMS key by S3's own encryption of", in.Record.Bucket()))
		}
	}
	return nil
}

// hadKey reports whether the bucket is known to have been encrypted with a KMS key.
func hadKey(in *detect.Input) bool {
	if in.Bucket == nil || in.Change == nil {
		return false
	}
	before, known := in.Bucket.Settings[exposure.Encryption].Before(in.Change.Mark)
	return known && strings.Contains(before.Value, "aws:kms")
}

// keyAccount is the account in the ARN of a KMS key; empty if there is none.
func keyAccount(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 && parts[2] == "kms" {
		return parts[4]
	}
	return ""
}
