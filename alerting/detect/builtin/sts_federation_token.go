package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func stsFederationToken() *detect.Rule {
	return &detect.Rule{
		ID:         "sts-federation-token",
		Title:      "STS federation token or root session created",
		Why:        "The session stays valid after the access key that created it is deleted; attackers use this to keep access.",
		Do:         "If unexpected, attach a policy that denies all sessions issued before now, then delete the user's access keys.",
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
