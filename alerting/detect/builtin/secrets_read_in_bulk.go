package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func secretsReadInBulk() *detect.Rule {
	return &detect.Rule{
		ID:         "secrets-read-in-bulk",
		Title:      "Secrets retrieved in bulk",
		Why:        "BatchGetSecretValue returns many secrets in one call; applications rarely need it.",
		Do:         "Ask the actor. Rotate the secrets if nobody can explain the call.",
		Severity:   alert.Low,
		Techniques: []string{"T1555.006", "T1552"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("secretsmanager", "BatchGetSecretValue"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(notByStack(tried("read secrets in bulk (BatchGetSecretValue)"))),
		Examples: []detect.Example{
			match("batch", "secretsmanager/BatchGetSecretValue", `{"filters":[{"key":"tag-key"}]}`),
			miss("one", "secretsmanager/GetSecretValue", `{"secretId":"s"}`),
		},
	}
}
