package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockLoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-logging-off",
		Title:      "Bedrock model invocation logging disabled",
		Why:        "Model use is no longer recorded, including use of stolen credentials and its cost.",
		Do:         "Restore the model invocation logging configuration.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("bedrock", "DeleteModelInvocationLoggingConfiguration"),
		NoEnd:      unproven,
		Match:      tried("disabled Bedrock model invocation logging"),
		Examples: []detect.Example{
			match("removed", "bedrock/DeleteModelInvocationLoggingConfiguration", ``),
			miss("read", "bedrock/GetModelInvocationLoggingConfiguration", ``),
		},
	}
}
