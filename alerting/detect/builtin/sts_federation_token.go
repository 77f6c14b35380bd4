package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func stsFederationToken() *detect.Rule {
	return &detect.Rule{
		ID:         "sts-federation-token",
		Title:      "Federation token made from a user's keys",
		Why:        "Tokens made so outlive the deletion of the keys they were made from; intruders use them to stay.",
		Do:         "If the user should not do this, deny everything to sessions issued before now, and delete its keys.",
		Severity:   alert.Medium,
		Techniques: []string{"T1550.001"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("sts", "GetFederationToken", "AssumeRoot"),
		Match:      unlessUsual(tried("made a token of its own (federation or root session) named", "name", "targetPrincipal")),
		Examples: []detect.Example{
			match("token", "sts/GetFederationToken", `{"name":"x"}`),
			miss("ordinary session", "sts/AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`),
		},
	}
}
