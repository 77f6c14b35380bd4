package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3ReplicationDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-replication-deleted",
		Title:      "S3 replication removed",
		Why:        "The replica is no longer updated and may be needed for recovery.",
		Do:         "Restore the replication configuration unless the removal was planned.",
		Severity:   alert.Low,
		Techniques: []string{"T1490", "T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("s3", "DeleteBucketReplication", "PutBucketReplication"),
		Ends:       events("s3", "PutBucketReplication"),
		Match:      until(notByStack(deleteReplication), events("s3", "PutBucketReplication"), "bucketName"),
		Examples: []detect.Example{
			ending(match("until there is one again", "s3/DeleteBucketReplication", `{"bucketName":"b1"}`), "s3/PutBucketReplication", `{"bucketName":"b1"}`),
			later(miss("of a bucket just made", "s3/DeleteBucketReplication", `{"bucketName":"b1"}`), "s3/CreateBucket", `{"bucketName":"b1"}`),
			match("removed", "s3/DeleteBucketReplication", `{"bucketName":"b1"}`),
			miss("read", "s3/GetBucketReplication", `{"bucketName":"b1"}`),
		},
	}
}

func deleteReplication(in *detect.Input) *detect.Hit {
	if neverOn(in, exposure.Replication, func(v string) bool { return v != "" }) {
		return nil
	}
	return done("removed the replication of S3 bucket {}", "bucketName")(in)
}
