package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamRoleChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-role-changed",
		Title:      "IAM role or trust policy changed",
		Why:        "The trust policy decides who can assume the role and use its permissions.",
		Do:         "Compare the role with the approved configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003"},
		Controls:   []string{"CIS 4.4", "NIST AC-3"},
		Events:     events("iam", "UpdateAssumeRolePolicy", "CreateRole", "UpdateRole", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile", "CreateInstanceProfile"),
		Match:      changeRole,
		Examples: []detect.Example{
			match("for a service", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
			miss("exists", "iam/CreateRole", `{"roleName":"r"}`, failed("EntityAlreadyExists")),
		},
	}
}

func changeRole(in *detect.Input) *detect.Hit {
	if trusts(in) != "" {
		return nil // told by a rule of its own
	}
	return unlessUsual(done("created or changed the role", "roleName", "instanceProfileName"))(in)
}
