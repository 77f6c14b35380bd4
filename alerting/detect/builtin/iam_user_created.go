package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamUserCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-user-created",
		Title:      "IAM user created",
		Why:        "Attackers create IAM users to keep access. People should use single sign-on, workloads should use roles.",
		Do:         "Ask who requested the user. Delete the user and its access keys if nobody did.",
		Severity:   alert.Medium,
		Techniques: []string{"T1136.003"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "CreateUser", "DeleteUser"),
		Ends:       events("iam", "DeleteUser"),
		Match: undone(notByStack(tried("created IAM user {}", "userName")),
			undo{by: []string{"CreateUser"}, over: []string{"DeleteUser"}, of: []string{"userName"}},
		),
		Examples: []detect.Example{
			ending(match("until the user is deleted", "iam/CreateUser", `{"userName":"backdoor"}`), "iam/DeleteUser", `{"userName":"backdoor"}`),
			match("created", "iam/CreateUser", `{"userName":"backdoor"}`),
			miss("exists", "iam/CreateUser", `{"userName":"bob"}`, failed("EntityAlreadyExists")),
		},
	}
}
