package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockModelAccess() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-model-access",
		Title:      "Access to Bedrock models requested",
		Why:        "Stolen credentials are used to run models at your cost; requesting model access is often the first step.",
		Do:         "Ask the actor. Remove the model access if nobody requested it.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("bedrock", "PutFoundationModelEntitlement", "PutUseCaseForModelAccess", "CreateFoundationModelAgreement"),
		NoEnd:      anAct,
		Match:      unlessUsual(done("requested access to Bedrock model {}", "modelId")),
		Examples: []detect.Example{
			match("entitled", "bedrock/PutFoundationModelEntitlement", `{"modelId":"m"}`),
			miss("asked", "bedrock/GetFoundationModelAvailability", `{"modelId":"m"}`),
		},
	}
}
