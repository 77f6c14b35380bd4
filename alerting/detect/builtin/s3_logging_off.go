package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3LoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-logging-off",
		Title:      "S3 server access logging disabled",
		Why:        "Without access logs it cannot be determined later who read which object.",
		Do:         "Enable server access logging again with the same target bucket.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 3.4", "NIST AU-12"},
		Events:     events("s3", "PutBucketLogging"),
		Ends:       events("s3", "PutBucketLogging"),
		Match:      loggingOff,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketLogging", `{"bucketName":"b1","logging":"","BucketLoggingStatus":{"xmlns":"x"}}`), "s3/PutBucketLogging", `{"bucketName":"b1","logging":"","BucketLoggingStatus":{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":""}}}`),
			match("off", "s3/PutBucketLogging", `{"logging":"","bucketName":"b1","BucketLoggingStatus":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"}}`),
			later(miss("of a bucket just made", "s3/PutBucketLogging", `{"logging":"","bucketName":"b1","BucketLoggingStatus":{}}`), "s3/CreateBucket", `{"bucketName":"b1"}`),
			miss("on", "s3/PutBucketLogging", `{"logging":"","bucketName":"b1","BucketLoggingStatus":{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":""}}}`),
		},
	}
}

func loggingOff(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	if in.Record.RequestParameters.Get("BucketLoggingStatus", "LoggingEnabled").Exists() {
		return over(in, "logging/"+bucket, "enabled server access logging on S3 bucket "+bucket)
	}
	if neverOn(in, exposure.Logging, func(v string) bool { return strings.Contains(v, "LoggingEnabled") }) {
		return nil
	}
	return episode("logging/"+bucket, tried("disabled server access logging on S3 bucket {}", "bucketName")(in))
}
