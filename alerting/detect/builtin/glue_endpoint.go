package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func glueEndpoint() *detect.Rule {
	return &detect.Rule{
		ID:         "glue-endpoint",
		Title:      "Glue development endpoint made",
		Why:        "Through such an endpoint a person gets a shell with the endpoint's role.",
		Do:         "Ask the actor; delete the endpoint.",
		Severity:   alert.Low,
		Techniques: []string{"T1548", "T1098"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("glue", "CreateDevEndpoint", "UpdateDevEndpoint", "DeleteDevEndpoint"),
		Match:      done("changed the Glue endpoint", "endpointName"),
		Examples: []detect.Example{
			match("created", "glue/CreateDevEndpoint", `{"endpointName":"e"}`),
			miss("read", "glue/GetDevEndpoint", ``),
		},
	}
}
