package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func snsTopicPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "sns-topic-public",
		Title:      "SNS topic made public or shared externally",
		Why:        "Anyone allowed by the policy can subscribe to the topic or publish to its subscribers.",
		Do:         "Restore the previous topic policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("sns", "SetTopicAttributes", "CreateTopic", "DeleteTopic"),
		Ends:       events("sns", "SetTopicAttributes", "DeleteTopic"),
		Match:      sharedPolicy("SNS topic", []string{"attributeValue", "attributes.Policy"}, "topicArn", "name"),
		Examples: []detect.Example{
			ending(match("until it is undone", "sns/SetTopicAttributes", `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "sns/SetTopicAttributes", `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			ending(match("until it is undone", "sns/SetTopicAttributes", `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "sns/DeleteTopic", `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t"}`),
			match("everyone", "sns/SetTopicAttributes", `{"topicArn":"arn:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("foreign account", "sns/SetTopicAttributes", `{"topicArn":"arn:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sns:Subscribe\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "sns/SetTopicAttributes", `{"topicArn":"arn:t","attributeName":"Policy","attributeValue":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
