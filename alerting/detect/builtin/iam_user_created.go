package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamUserCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-user-created",
		Title:      "IAM user created",
		Why:        "A user of its own is how an intruder stays; people and machines seldom need new ones.",
		Do:         "Ask who wanted the user; delete it with its keys if nobody did.",
		Severity:   alert.Medium,
		Techniques: []string{"T1136.003"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "CreateUser"),
		Match:      notByStack(tried("created the user", "userName")),
		Examples: []detect.Example{
			match("created", "iam/CreateUser", `{"userName":"backdoor"}`),
			miss("exists", "iam/CreateUser", `{"userName":"bob"}`, failed("EntityAlreadyExists")),
		},
	}
}
