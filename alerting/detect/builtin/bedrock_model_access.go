package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockModelAccess() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-model-access",
		Title:      "Access to Bedrock models asked for",
		Why:        "Stolen keys are used to rent models at the owner's cost; asking for access to models is how it begins.",
		Do:         "Ask the actor; remove the access if nobody wanted it.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("bedrock", "PutFoundationModelEntitlement", "PutUseCaseForModelAccess", "CreateFoundationModelAgreement"),
		Match:      unlessUsual(done("asked for access to models", "modelId")),
		Examples: []detect.Example{
			match("entitled", "bedrock/PutFoundationModelEntitlement", `{"modelId":"m"}`),
			miss("asked", "bedrock/GetFoundationModelAvailability", `{"modelId":"m"}`),
		},
	}
}
