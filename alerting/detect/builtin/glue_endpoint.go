package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func glueEndpoint() *detect.Rule {
	return &detect.Rule{
		ID:         "glue-endpoint",
		Title:      "Glue development endpoint created or changed",
		Why:        "A development endpoint gives shell access with the endpoint's role.",
		Do:         "Ask the actor and delete the endpoint if nobody requested it.",
		Severity:   alert.Low,
		Techniques: []string{"T1548", "T1098"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("glue", "CreateDevEndpoint", "UpdateDevEndpoint", "DeleteDevEndpoint"),
		NoEnd:      misused,
		Match:      done("changed Glue development endpoint {}", "endpointName"),
		Examples: []detect.Example{
			match("created", "glue/CreateDevEndpoint", `{"endpointName":"e"}`),
			miss("read", "glue/GetDevEndpoint", ``),
		},
	}
}
