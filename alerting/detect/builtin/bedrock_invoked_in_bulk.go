package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockInvokedInBulk() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-invoked-in-bulk",
		Title:      "Unusual number of Bedrock model invocations",
		Why:        "The actor invoked models far more often than in its history. Stolen credentials are used to resell model access, at your cost.",
		Do:         "Ask the actor. If nobody can explain the calls, disable the credentials and check cost and the models invoked.",
		Severity:   alert.Medium,
		Techniques: []string{"T1496", "T1078.004"},
		Controls:   []string{"NIST SI-4"},
		Events:     []string{detect.OnBurst},
		NoEnd:      anAct,
		Match:      onBurst("model invocation", alert.Medium),
		Examples: []detect.Example{
			bursting(match("far more than usual", "bedrock/InvokeModel", `{"modelId":"anthropic.claude-3-opus-20240229-v1:0"}`), "model invocation", 500),
			miss("one", "bedrock/InvokeModel", `{"modelId":"anthropic.claude-3-opus-20240229-v1:0"}`),
		},
	}
}
