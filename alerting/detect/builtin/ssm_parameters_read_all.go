package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ssmParametersReadAll() *detect.Rule {
	return &detect.Rule{
		ID:         "ssm-parameters-read-all",
		Title:      "All SSM parameters read with decryption",
		Why:        "GetParametersByPath on / with decryption returns every secret in Parameter Store; applications read only their own path.",
		Do:         "Ask the actor. If they cannot explain it, disable the credentials and rotate the secrets in Parameter Store.",
		Severity:   alert.Medium,
		Techniques: []string{"T1552", "T1555.006"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("ssm", "GetParametersByPath"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(notByStack(readAllParameters)),
		Examples: []detect.Example{
			match("the whole tree", "ssm/GetParametersByPath", `{"path":"/","recursive":true,"withDecryption":true}`),
			miss("a path of its own", "ssm/GetParametersByPath", `{"path":"/app/prod","recursive":true,"withDecryption":true}`),
			miss("not decrypted", "ssm/GetParametersByPath", `{"path":"/","recursive":true}`),
		},
	}
}

func readAllParameters(in *detect.Input) *detect.Hit {
	if param(in, "path") != "/" || param(in, "withDecryption") != "true" {
		return nil
	}
	return say(in, "read all SSM parameters with decryption (GetParametersByPath on /)", "")
}
