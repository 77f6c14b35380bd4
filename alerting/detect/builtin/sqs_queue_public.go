package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func sqsQueuePublic() *detect.Rule {
	return &detect.Rule{
		ID:         "sqs-queue-public",
		Title:      "SQS queue made public or shared externally",
		Why:        "Anyone allowed by the policy can read messages or send messages to the consumers.",
		Do:         "Restore the previous queue policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("sqs", "SetQueueAttributes", "CreateQueue", "DeleteQueue"),
		Ends:       events("sqs", "SetQueueAttributes", "DeleteQueue"),
		Match:      sharedPolicy("SQS queue", []string{"attributes.Policy"}, "queueUrl", "queueName"),
		Examples: []detect.Example{
			ending(match("until it is undone", "sqs/SetQueueAttributes", `{"queueUrl":"https://sqs/1/q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`), "sqs/SetQueueAttributes", `{"queueUrl":"https://sqs/1/q","attributes":{"Policy":""}}`),
			ending(match("until it is undone", "sqs/SetQueueAttributes", `{"queueUrl":"https://sqs/1/q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`), "sqs/DeleteQueue", `{"queueUrl":"https://sqs/1/q"}`),
			match("everyone", "sqs/SetQueueAttributes", `{"queueUrl":"https://q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`),
			match("foreign account", "sqs/SetQueueAttributes", `{"queueUrl":"https://q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sqs:ReceiveMessage\",\"Resource\":\"*\"}]}"}}`),
			miss("own account", "sqs/SetQueueAttributes", `{"queueUrl":"https://q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`),
		},
	}
}
