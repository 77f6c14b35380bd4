package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamLoginProfile() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-login-profile",
		Title:      "IAM user console password created or changed",
		Why:        "The actor knows the new password and can sign in to the console as this user.",
		Do:         "Ask the user. Reset the password if they did not request it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1136.003"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "CreateLoginProfile", "UpdateLoginProfile"),
		NoEnd:      misused,
		Match:      tried("created or changed the console password of IAM user {}", "userName"),
		Examples: []detect.Example{
			match("created", "iam/CreateLoginProfile", `{"userName":"ci"}`),
			miss("read", "iam/GetLoginProfile", `{"userName":"ci"}`),
		},
	}
}
