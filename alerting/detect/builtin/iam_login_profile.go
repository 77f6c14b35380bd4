package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamLoginProfile() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-login-profile",
		Title:      "Console password set for a user",
		Why:        "A password for a user that had none, or a new one for somebody else, opens the console to whoever set it.",
		Do:         "Ask the user; reset the password if it was not wanted.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1136.003"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "CreateLoginProfile", "UpdateLoginProfile"),
		Match:      tried("set the console password of", "userName"),
		Examples: []detect.Example{
			match("created", "iam/CreateLoginProfile", `{"userName":"ci"}`),
			miss("read", "iam/GetLoginProfile", `{"userName":"ci"}`),
		},
	}
}
