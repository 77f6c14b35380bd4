package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3ObjectLockWeakened() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-object-lock-weakened",
		Title:      "S3 Object Lock weakened or bypassed",
		Why:        "Object Lock prevents deletion and overwriting. Without it, protected objects can be destroyed.",
		Do:         "Restore the retention settings, then check for deletions since the change.",
		Severity:   alert.Medium,
		Techniques: []string{"T1490", "T1485"},
		Controls:   []string{"NIST AU-9"},
		Events:     events("s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration", "PutObjectLegalHold", "PutObjectRetention", "DeleteObject"),
		Wants:      locks,
		Ends:       events("s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration", "PutObjectLegalHold"),
		Match: undone(weakenLock,
			undo{by: []string{"PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"}, over: []string{"PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"}},
			undo{by: []string{"PutObjectLegalHold"}, over: []string{"PutObjectLegalHold"}, of: []string{"key"}, when: says("LegalHold.Status", "ON")},
		),
		Examples: []detect.Example{
			ending(match("until there is retention", "s3/PutObjectLockConfiguration", `{"bucketName":"b1","ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`), "s3/PutBucketObjectLockConfiguration", `{"bucketName":"b1","ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":365}}}}`),
			ending(match("until it is held again", "s3/PutObjectLegalHold", `{"bucketName":"b1","key":"k","LegalHold":{"Status":"OFF"}}`), "s3/PutObjectLegalHold", `{"bucketName":"b1","key":"k","LegalHold":{"Status":"ON"}}`),
			match("no default retention", "s3/PutObjectLockConfiguration", `{"bucketName":"b1","ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`),
			match("hold lifted", "s3/PutObjectLegalHold", `{"bucketName":"b1","key":"k","LegalHold":{"Status":"OFF"}}`),
			miss("with retention", "s3/PutObjectLockConfiguration", `{"bucketName":"b1","ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":365}}}}`),
		},
	}
}

func weakenLock(in *detect.Input) *detect.Hit {
	rec := in.Record
	switch {
	case strings.HasSuffix(rec.EventName, "ObjectLockConfiguration"):
		if rec.RequestParameters.Get("ObjectLockConfiguration", "Rule", "DefaultRetention").Exists() {
			return nil
		}
		return tried("removed Object Lock default retention from S3 bucket {}", "bucketName")(in)
	case rec.EventName == "PutObjectLegalHold":
		if param(in, "LegalHold.Status") != "OFF" {
			return nil
		}
		return at(alert.Low, say(in, "removed the legal hold of an object in S3 bucket {}", rec.Bucket()))
	case strings.EqualFold(rec.Header("x-amz-bypass-governance-retention"), "true"):
		return tried("bypassed Object Lock governance retention in S3 bucket {}", "bucketName")(in)
	}
	return nil
}

// locks passes over the many deletions that bypass nothing.
func locks(h *cloudtrail.Header, raw []byte) bool {
	return string(h.EventName) != "DeleteObject" || detect.Contains(raw, "bypass-governance")
}
