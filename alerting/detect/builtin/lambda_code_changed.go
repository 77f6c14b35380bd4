package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func lambdaCodeChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "lambda-code-changed",
		Title:      "Lambda function code changed by a user",
		Why:        "Code is normally deployed by a pipeline; a manual change can be a backdoor.",
		Do:         "Compare the deployed code with the repository and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1525", "T1648"},
		Controls:   []string{"NIST CM-5"},
		Events:     []string{"lambda.amazonaws.com/UpdateFunctionCode*"},
		NoEnd:      misused,
		Match:      changeCode,
		Examples: []detect.Example{
			match("by a user", "lambda/UpdateFunctionCode20150331v2", `{"functionName":"f"}`),
			miss("by a pipeline", "lambda/UpdateFunctionCode20150331v2", `{"functionName":"f"}`, byRole("deploy", "pipeline-7")),
		},
	}
}

func changeCode(in *detect.Input) *detect.Hit {
	if !byPerson(in.Record) {
		return nil
	}
	return unlessUsual(notByStack(tried("changed the code of Lambda function {}", "functionName")))(in)
}
