package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockGuardrailWeakened() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-guardrail-weakened",
		Title:      "Bedrock guardrail changed or deleted",
		Why:        "Guardrails filter model input and output; without them, harmful content and sensitive data can pass.",
		Do:         "Compare the guardrail with its previous version.",
		Severity:   alert.Low,
		Techniques: []string{"T1562"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("bedrock", "UpdateGuardrail", "DeleteGuardrail"),
		NoEnd:      "No record holds what the guardrail was before, and one that is deleted comes back only under another identifier.",
		Match:      notByStack(done("changed or deleted Bedrock guardrail {}", "guardrailIdentifier")),
		Examples: []detect.Example{
			match("deleted", "bedrock/DeleteGuardrail", `{"guardrailIdentifier":"g"}`),
			miss("read", "bedrock/GetGuardrail", `{"guardrailIdentifier":"g"}`),
		},
	}
}
