package builtin

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3LifecycleDestroys() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-lifecycle-destroys",
		Title:      "S3 lifecycle rule expires objects within days",
		Why:        "The rule deletes the bucket's contents on a schedule; on log buckets it deletes evidence. S3, not the actor, performs the deletions.",
		Do:         "Remove the lifecycle rule now. S3 runs lifecycle rules about once a day.",
		Severity:   alert.Medium,
		Techniques: []string{"T1485.001", "T1070", "T1562.008"},
		Controls:   []string{"NIST AU-11"},
		Events:     events("s3", "PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
		Ends:       events("s3", "PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
		Match:      destroyByLifecycle,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"ID":"x","Status":"Enabled","Prefix":"","Expiration":{"Days":1}}}}`), "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"ID":"x","Status":"Disabled","Prefix":"","Expiration":{"Days":1}}}}`),
			ending(match("until it is undone", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"ID":"x","Status":"Enabled","Prefix":"","Expiration":{"Days":1}}}}`), "s3/DeleteBucketLifecycle", `{"bucketName":"b1"}`),
			match("everything after a day", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1},"ID":"x"}}}`),
			match("all but the empty ones", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":{"And":{"Prefix":"","ObjectSizeGreaterThan":0}},"Expiration":{"Days":1}}}}`),
			match("on a day soon", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":"","Expiration":{"Date":"2026-03-03T00:00:00.000Z"}}}}`),
			miss("on a day in years", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":"","Expiration":{"Date":"2036-03-03T00:00:00.000Z"}}}}`),
			miss("old versions", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":"","NoncurrentVersionExpiration":{"NoncurrentDays":1}}}}`),
			miss("temporary files", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":1}}}}`),
			miss("after years", "s3/PutBucketLifecycle", `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Prefix":"","Expiration":{"Days":2555}}}}`),
		},
	}
}

// Rules that expire a bucket within shortDays are told; on buckets of logs, within shortLogDays.
const (
	shortDays    = 7
	shortLogDays = 90
	smallObject  = 1024 // bytes; a rule that spares only what is smaller spares nothing that matters
)

func destroyByLifecycle(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	logs := feeds(in, bucket) || logBucket(bucket)
	limit := int64(shortDays)
	if logs {
		limit = shortLogDays
	}
	for _, rule := range in.Record.RequestParameters.Get("LifecycleConfiguration", "Rule").List() {
		if rule.Get("Status").Text() == "Disabled" || !logs && !wholeBucket(rule) {
			continue
		}
		if days, ok := expiresAfter(in, rule); ok && days <= limit {
			hit := say(in, fmt.Sprintf("added a lifecycle rule that deletes objects in S3 bucket {} after %s", dayCount(days)), bucket)
			if logs {
				hit = at(alert.High, hit)
			}
			return lasting(hit, "bucket/"+bucket+"/lifecycle")
		}
	}
	return ended(in, "bucket/"+bucket+"/lifecycle")
}

func dayCount(days int64) string {
	if days = max(days, 0); days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// expiresAfter is how many days after the call a lifecycle rule lets the first objects expire.
func expiresAfter(in *detect.Input, rule cloudtrail.Value) (days int64, ok bool) {
	if days, ok := rule.Get("Expiration", "Days").Int(); ok {
		return days, true
	}
	date := rule.Get("Expiration", "Date").Text()
	if date == "" {
		return 0, false
	}
	day, err := time.Parse(time.DateOnly, date[:min(len(date), len(time.DateOnly))])
	if err != nil {
		return 0, true // not readable: taken for the worst
	}
	return int64(day.Sub(in.Record.EventTime) / (24 * time.Hour)), true
}

// wholeBucket reports whether a lifecycle rule is limited neither to a prefix nor by tag or to objects of some size;
// one for all objects that are not empty is for the whole bucket.
func wholeBucket(rule cloudtrail.Value) bool {
	filter := rule.Get("Filter")
	limits := []cloudtrail.Value{filter, filter.Get("And")}
	var prefix strings.Builder
	prefix.WriteString(rule.Get("Prefix").Text())
	for _, limit := range limits {
		least, _ := limit.Get("ObjectSizeGreaterThan").Int()
		if limit.Get("Tag").Exists() || limit.Get("ObjectSizeLessThan").Exists() || least > smallObject {
			return false
		}
		prefix.WriteString(limit.Get("Prefix").Text())
	}
	return prefix.String() == "" || prefix.String() == "*" || prefix.String() == "/"
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
