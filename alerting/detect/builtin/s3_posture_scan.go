package builtin

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3PostureScan() *detect.Rule {
	const buckets = 16
	return postureRule("s3-posture-scan", "Access settings of many S3 buckets read at once", buckets, 10*time.Second)
}

func s3PostureSurvey() *detect.Rule {
	const buckets = 100
	return postureRule("s3-posture-survey", "Access settings of most S3 buckets read within an hour", buckets, time.Hour)
}

// postureRule makes a rule on reads of the access settings of as many buckets within a span.
func postureRule(id, title string, buckets int, span time.Duration) *detect.Rule {
	const call = "s3/GetBucketPolicyStatus"
	step := span / time.Duration(buckets+1)
	return &detect.Rule{
		ID:         id,
		Title:      title,
		Why:        "Attackers look for buckets that are open, or that they could open. The actor is not known to read such settings.",
		Do:         "Ask the actor whether an audit tool is in use. If not, disable the credentials and check what they read from the buckets.",
		Severity:   alert.Low,
		Techniques: []string{"T1619", "T1580"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("s3", "GetBucketAcl", "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock"),
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return !detect.Contains(h.UserAgent, "S3Console") },
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(readPosture)),
		Correlation: &detect.Correlation{
			Kind: detect.ValueCount, ByActor: true, Op: ">=", Value: buckets, Span: span,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("%s read the access settings of %d S3 buckets in %s, last %s on %s.",
					who(in.Record), count, alert.Duration(span), in.Record.EventName, in.Record.Bucket())
			},
		},
		Examples: []detect.Example{
			repeated(match("many buckets", call, `{"bucketName":"b-last"}`), buckets-1, step, call, `{"bucketName":"b%d"}`),
			repeated(miss("few buckets", call, `{"bucketName":"b-last"}`), buckets/2, step, call, `{"bucketName":"b%d"}`),
			repeated(miss("slowly", call, `{"bucketName":"b-last"}`), buckets-1, span, call, `{"bucketName":"b%d"}`),
			repeated(miss("one bucket", call, `{"bucketName":"b"}`), buckets, step, call, `{"bucketName":"b","x":"%d"}`),
		},
	}
}

// readPosture counts a bucket. A call that failed tells the caller of the bucket as well; calls that the settings declare to
// be an actor's work, as this daemon's own should be, do not count.
func readPosture(in *detect.Input) *detect.Hit {
	if ownService(in.Record) || in.Facts.History.Expected {
		return nil
	}
	return &detect.Hit{Resource: in.Record.Bucket()}
}
