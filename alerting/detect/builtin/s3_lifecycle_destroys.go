package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3LifecycleDestroys() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-lifecycle-destroys",
		Title:      "Lifecycle rule destroys the bucket's contents",
		Why:        "A rule that expires everything within days deletes quietly, in AWS's own name; on a log bucket it removes the evidence.",
		Do:         "Remove the rule now: deletion runs once a day.",
		Severity:   alert.Medium,
		Techniques: []string{"T1485.001", "T1070", "T1562.008"},
		Controls:   []string{"NIST AU-11"},
		Events:     events("s3", "PutBucketLifecycle", "PutBucketLifecycleConfiguration"),
		Match:      destroyByLifecycle,
		Examples: []detect.Example{
			match("everything after a day", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1},"ID":"x"}}}`),
			miss("temporary files", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":1}}}}`),
			miss("after years", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Prefix":"","Expiration":{"Days":2555}}}}`),
		},
	}
}

// Rules that expire a bucket within shortDays are told; on buckets of logs, within shortLogDays.
const (
	shortDays    = 7
	shortLogDays = 90
)

func destroyByLifecycle(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	logs := feeds(in, bucket) || logBucket(bucket)
	limit := int64(shortDays)
	if logs {
		limit = shortLogDays
	}
	for _, rule := range in.Record.RequestParameters.Get("LifecycleConfiguration", "Rule").List() {
		days, counted := rule.Get("Expiration", "Days").Int()
		dated := rule.Get("Expiration", "Date").Exists()
		if rule.Get("Status").Text() == "Disabled" || !dated && (!counted || days > limit) || !logs && !wholeBucket(rule) {
			continue
		}
		hit := say(in, "had everything expire soon in", bucket)
		if logs {
			return at(alert.High, hit)
		}
		return hit
	}
	return nil
}

// wholeBucket reports whether a lifecycle rule is limited neither to a prefix nor by tag or size.
func wholeBucket(rule cloudtrail.Value) bool {
	filter := rule.Get("Filter")
	prefix := rule.Get("Prefix").Text() + filter.Get("Prefix").Text()
	return (prefix == "" || prefix == "*" || prefix == "/") && !filter.Get("Tag").Exists() && !filter.Get("And").Exists() &&
		!filter.Get("ObjectSizeGreaterThan").Exists() && !filter.Get("ObjectSizeLessThan").Exists()
}

// logBucket reports whether a bucket's name speaks of audit logs.
func logBucket(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"cloudtrail", "audit", "trail", "access-log", "security-log", "siem"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
