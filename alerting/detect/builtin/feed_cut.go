package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func feedCut() *detect.Rule {
	return &detect.Rule{
		ID:         "feed-cut",
		Title:      "Trailwarden event source deleted or changed",
		Why:        "The SQS queue, SNS topic or S3 notification that delivers CloudTrail logs to Trailwarden was deleted, purged or changed. Trailwarden may stop receiving events.",
		Do:         "Restore the queue, subscription or notification, then replay the log bucket for the gap.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-5"},
		Events: slices.Concat(
			events("sqs", "DeleteQueue", "PurgeQueue", "SetQueueAttributes", "RemovePermission"),
			events("sns", "DeleteTopic", "Unsubscribe", "SetTopicAttributes", "RemovePermission"),
			events("s3", "PutBucketNotification", "DeleteBucket"),
		),
		NoEnd: "That records arrive again shows in the deliveries, which the daemon watches itself, and in no single call.",
		Match: cutFeed,
		Examples: []detect.Example{
			fed(match("queue deleted", "sqs/DeleteQueue", `{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/cloudtrail-feed"}`), "cloudtrail-feed"),
			miss("somebody else's queue", "sqs/DeleteQueue", `{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/orders"}`),
		},
	}
}

func cutFeed(in *detect.Input) *detect.Hit {
	about := param(in, "queueUrl", "topicArn", "subscriptionArn")
	if about == "" {
		about = in.Record.Bucket()
	}
	if !feeds(in, about) {
		return nil
	}
	return say(in, "changed Trailwarden's event source {} ("+in.Record.EventName+")", about)
}
