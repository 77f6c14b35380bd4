package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func secretsReadInBulk() *detect.Rule {
	return &detect.Rule{
		ID:         "secrets-read-in-bulk",
		Title:      "Many secrets read at once",
		Why:        "One call that fetches many secrets is seldom what an application does.",
		Do:         "Ask the actor; change the secrets if nobody can explain it.",
		Severity:   alert.Low,
		Techniques: []string{"T1555.006", "T1552"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("secretsmanager", "BatchGetSecretValue"),
		Match:      unlessUsual(notByStack(tried("read secrets in bulk"))),
		Examples: []detect.Example{
			match("batch", "secretsmanager/BatchGetSecretValue", `{"filters":[{"key":"tag-key"}]}`),
			miss("one", "secretsmanager/GetSecretValue", `{"secretId":"s"}`),
		},
	}
}
