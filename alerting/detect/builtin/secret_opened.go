package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func secretOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "secret-opened",
		Title:      "Secret open to others",
		Why:        "A resource policy for everybody hands the secret to whoever asks.",
		Do:         "Put the former policy back, or name those who need access.",
		Severity:   alert.High,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("secretsmanager", "PutResourcePolicy", "CreateSecret"),
		Match:      sharedPolicy("secret", []string{"resourcePolicy"}, "secretId", "name"),
		Examples: []detect.Example{
			match("everyone", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("foreign account", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "secretsmanager/PutResourcePolicy", `{"secretId":"s","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
