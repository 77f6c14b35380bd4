package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamRoleChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-role-changed",
		Title:      "Role or its trust changed",
		Why:        "Roles and whom they trust decide who may act as whom.",
		Do:         "Compare the role with what was agreed.",
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
