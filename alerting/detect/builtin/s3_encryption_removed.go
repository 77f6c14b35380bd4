package builtin

import (
	"slices"
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
		Ends:       events("s3", "PutBucketEncryption"),
		Match:      weakenEncryption,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/DeleteBucketEncryption", `{"bucketName":"b1"}`), "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}}}`),
			ending(match("until it is undone", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:999988887777:key/1"}}}}`), "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:111122223333:key/1"}}}}`),
			match("removed", "s3/DeleteBucketEncryption", `{"bucketName":"b1"}`),
			later(miss("of a bucket just made", "s3/DeleteBucketEncryption", `{"bucketName":"b1"}`), "s3/CreateBucket", `{"bucketName":"b1"}`),
			match("foreign key", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:999988887777:key/k"}}}}`),
			match("customer keys allowed again", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BlockedEncryptionTypes":{"EncryptionType":"NONE"}}}}`),
			miss("customer keys blocked", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BlockedEncryptionTypes":{"EncryptionType":"SSE-C"}}}}`),
			miss("own key", "s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:eu-west-1:111122223333:key/k"}}}}`),
		},
	}
}

// weakenEncryption tells states of two kinds: what any plain encryption mends, and the loss of a KMS key, which only a key
// does.
func weakenEncryption(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	plain, key := "bucket/"+bucket+"/encryption", "bucket/"+bucket+"/key"
	if in.Record.EventName == "DeleteBucketEncryption" {
		if neverOn(in, exposure.Encryption, func(v string) bool { return v != "" }) {
			return nil // S3 encrypts with its own keys, as before
		}
		return lasting(tried("removed default encryption from S3 bucket {}", "bucketName")(in), plain)
	}
	var weaker *detect.Hit
	over := []string{plain}
	for _, rule := range in.Record.RequestParameters.Get("ServerSideEncryptionConfiguration", "Rule").List() {
		way := rule.Get("ApplyServerSideEncryptionByDefault")
		if account := keyAccount(way.Get("KMSMasterKeyID").Text()); account != "" && !ownAccount(in, account) {
			return lasting(at(alert.High, say(in, "changed default encryption of S3 bucket {} to a KMS key in external account "+account, bucket)), plain)
		}
		switch {
		case slices.Contains(rule.Get("BlockedEncryptionTypes", "EncryptionType").Texts(), "NONE"):
			weaker = lasting(say(in, "allowed encryption with customer-provided keys (SSE-C) on S3 bucket {} again", bucket), plain)
		case way.Get("SSEAlgorithm").Text() == "AES256" && hadKey(in) && weaker == nil:
			weaker = lasting(at(alert.Low, say(in, "changed default encryption of S3 bucket {} from SSE-KMS to SSE-S3", bucket)), key)
		case strings.HasPrefix(way.Get("SSEAlgorithm").Text(), "aws:kms"):
			over = append(over, key)
		}
	}
	if weaker == nil {
		return ended(in, over...)
	}
	return weaker
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
