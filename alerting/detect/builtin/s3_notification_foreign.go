package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3NotificationForeign() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-notification-foreign",
		Title:      "S3 event notifications sent to an external account",
		Why:        "An external queue, topic or function receives the key of every new object as it is written.",
		Do:         "Remove the notification unless the destination is yours. Check for reads of objects written since.",
		Severity:   alert.Medium,
		Techniques: []string{"T1619", "T1020"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "PutBucketNotification", "PutBucketNotificationConfiguration"),
		Ends:       events("s3", "PutBucketNotification", "PutBucketNotificationConfiguration"),
		Match:      notifyForeign,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"QueueConfiguration":{"Event":"s3:ObjectCreated:*","Queue":"arn:aws:sqs:eu-west-1:999988887777:q"}}}`), "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":""}`),
			ending(match("until it is undone", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"QueueConfiguration":{"Event":"s3:ObjectCreated:*","Queue":"arn:aws:sqs:eu-west-1:999988887777:q"}}}`), "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"QueueConfiguration":{"Event":"s3:ObjectCreated:*","Queue":"arn:aws:sqs:eu-west-1:111122223333:q"}}}`),
			match("foreign queue", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"QueueConfiguration":{"Event":"s3:ObjectCreated:*","Queue":"arn:aws:sqs:eu-west-1:999988887777:news"}}}`),
			match("foreign function beside one's own topic", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"TopicConfiguration":{"Event":"s3:ObjectCreated:*","Topic":"arn:aws:sns:eu-west-1:111122223333:news"},"CloudFunctionConfiguration":[{"Event":"s3:ObjectCreated:*","CloudFunction":"arn:aws:lambda:eu-west-1:111122223333:function:thumbs"},{"Event":"s3:ObjectRemoved:*","CloudFunction":"arn:aws:lambda:eu-west-1:999988887777:function:news"}]}}`),
			match("refused", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"TopicConfiguration":{"Event":"s3:ObjectCreated:*","Topic":"arn:aws:sns:eu-west-1:999988887777:news"}}}`, failed("AccessDenied")),
			miss("own queue", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"QueueConfiguration":{"Event":"s3:ObjectCreated:*","Queue":"arn:aws:sqs:eu-west-1:111122223333:orders"}}}`),
			miss("to EventBridge", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"EventBridgeConfiguration":""}}`),
			miss("taken away", "s3/PutBucketNotification", `{"bucketName":"b1","NotificationConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"}}`),
		},
	}
}

func notifyForeign(in *detect.Input) *detect.Hit {
	news := in.Record.RequestParameters.Get("NotificationConfiguration")
	var foreign []string
	for _, to := range [][2]string{{"QueueConfiguration", "Queue"}, {"TopicConfiguration", "Topic"}, {"CloudFunctionConfiguration", "CloudFunction"}} {
		for _, one := range news.Get(to[0]).List() {
			arn := one.Get(to[1]).Text()
			if parts := strings.Split(arn, ":"); len(parts) > 5 && parts[4] != "" && !ownAccount(in, parts[4]) {
				foreign = append(foreign, arn)
			}
		}
	}
	state := "bucket/" + in.Record.Bucket() + "/notification"
	if len(foreign) == 0 {
		return ended(in, state)
	}
	return lasting(say(in, "configured S3 bucket {} to send event notifications to "+listed(foreign), in.Record.Bucket()), state)
}
