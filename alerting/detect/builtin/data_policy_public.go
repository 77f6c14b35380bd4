package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func dataPolicyPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "data-policy-public",
		Title:      "Table, stream or catalog open to others",
		Why:        "A resource policy for everybody opens the data behind it.",
		Do:         "Put the former policy back, or name those who need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-3"},
		Events: slices.Concat(
			events("dynamodb", "PutResourcePolicy"),
			events("kinesis", "PutResourcePolicy"),
			events("glue", "PutResourcePolicy"),
			events("logs", "PutResourcePolicy"),
			events("lakeformation", "PutDataLakeSettings"),
		),
		Match: publicPolicy("table, stream or catalog", []string{"policy", "policyInJson", "policyDocument"}, "resourceArn", "resourceARN", "policyName"),
		Examples: []detect.Example{
			match("everyone", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
