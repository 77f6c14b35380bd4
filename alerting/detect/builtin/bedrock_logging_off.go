package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockLoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-logging-off",
		Title:      "Bedrock invocation logging removed",
		Why:        "Without invocation logs nobody sees what a stolen key asked the models, nor what it cost.",
		Do:         "Put the logging configuration back.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("bedrock", "DeleteModelInvocationLoggingConfiguration"),
		Match:      tried("removed the logging of model invocations"),
		Examples: []detect.Example{
			match("removed", "bedrock/DeleteModelInvocationLoggingConfiguration", ``),
			miss("read", "bedrock/GetModelInvocationLoggingConfiguration", ``),
		},
	}
}
