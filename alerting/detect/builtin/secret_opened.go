package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func secretOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "secret-opened",
		Title:      "Secret made public or shared with an external account",
		Why:        "The resource policy lets external principals read the secret.",
		Do:         "Restore the previous resource policy and rotate the secret.",
		Severity:   alert.High,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("secretsmanager", "PutResourcePolicy", "CreateSecret", "DeleteResourcePolicy", "DeleteSecret"),
		Ends:       events("secretsmanager", "PutResourcePolicy", "DeleteResourcePolicy", "DeleteSecret"),
		Match:      sharedPolicy("secret", []string{"resourcePolicy"}, "secretId", "name"),
		Examples: []detect.Example{
			ending(match("until it is undone", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "secretsmanager/DeleteResourcePolicy", `{"secretId":"s"}`),
			match("everyone", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("foreign account", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
