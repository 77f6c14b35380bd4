package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3PolicyDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-policy-deleted",
		Title:      "S3 bucket policy deleted",
		Why:        "Deny statements and access limits in the policy no longer apply.",
		Do:         "Restore the previous policy from version control or the CloudTrail record, unless the deletion was planned.",
		Severity:   alert.Low,
		Techniques: []string{"T1562", "T1098"},
		Controls:   []string{"CIS 4.8", "NIST AC-3"},
		Events:     events("s3", "DeleteBucketPolicy", "PutBucketPolicy"),
		Ends:       events("s3", "PutBucketPolicy"),
		Match: undone(deletePolicy,
			undo{by: []string{"DeleteBucketPolicy"}, over: []string{"PutBucketPolicy"}},
		),
		Examples: []detect.Example{
			ending(match("until there is a policy again", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`), "s3/PutBucketPolicy", `{"bucketName":"b1","bucketPolicy":{"Version":"2012-10-17","Statement":[]}}`),
			match("deleted", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`),
			later(miss("of a bucket just made", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`), "s3/CreateBucket", `{"bucketName":"b1"}`),
			later(match("an own one", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`), "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
			miss("no bucket", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`, failed("NoSuchBucket")),
			later(miss("a public one", "s3/DeleteBucketPolicy", `{"bucketName":"b1"}`), "s3/PutBucketPolicy", `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`),
		},
	}
}

func deletePolicy(in *detect.Input) *detect.Hit {
	if in.Change != nil && (in.Change.Kind == exposure.Closed || in.Change.Kind == exposure.Narrowed) {
		return nil // it closed what was open
	}
	if in.Change != nil && in.Bucket != nil {
		if before, known := in.Bucket.Policy.Before(in.Change.Mark); known && before.Value == "" && !before.Proof {
			return nil // there was none
		}
	}
	return notByStack(done("deleted the policy of S3 bucket {}", "bucketName"))(in)
}
