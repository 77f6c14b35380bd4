package builtin

import (
	"cmp"

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
		Events:     events("iam", "UpdateAssumeRolePolicy", "CreateRole", "UpdateRole", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile", "CreateInstanceProfile", "DeleteRole", "DeleteInstanceProfile"),
		Ends:       events("iam", "DeleteRole", "RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile", "DeleteInstanceProfile"),
		Match: undone(changeRole,
			undo{by: []string{"CreateRole"}, over: []string{"DeleteRole"}, of: []string{"roleName"}},
			undo{by: []string{"AddRoleToInstanceProfile"}, over: []string{"RemoveRoleFromInstanceProfile"}, of: []string{"instanceProfileName", "roleName"}, told: true},
			undo{by: []string{"RemoveRoleFromInstanceProfile"}, over: []string{"AddRoleToInstanceProfile"}, of: []string{"instanceProfileName", "roleName"}, told: true},
			undo{by: []string{"CreateInstanceProfile"}, over: []string{"DeleteInstanceProfile"}, of: []string{"instanceProfileName"}},
		),
		Examples: []detect.Example{
			ending(match("until the role is deleted", "iam/CreateRole", `{"roleName":"r"}`), "iam/DeleteRole", `{"roleName":"r"}`),
			ending(match("until the role is removed", "iam/AddRoleToInstanceProfile", `{"roleName":"r","instanceProfileName":"p"}`), "iam/RemoveRoleFromInstanceProfile", `{"roleName":"r","instanceProfileName":"p"}`),
			match("for a service", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
			miss("exists", "iam/CreateRole", `{"roleName":"r"}`, failed("EntityAlreadyExists")),
		},
	}
}

func changeRole(in *detect.Input) *detect.Hit {
	if public, others, _ := trusts(in); public != "" || len(others) > 0 {
		return nil // told by a rule of its own
	}
	what := "changed IAM role {}"
	switch in.Record.EventName {
	case "CreateRole":
		what = "created IAM role {}"
	case "UpdateAssumeRolePolicy":
		what = "changed the trust policy of IAM role {}"
	case "CreateInstanceProfile":
		what = "created instance profile {}"
	case "AddRoleToInstanceProfile":
		what = "added IAM role {} to instance profile " + cmp.Or(param(in, "instanceProfileName"), "(name unknown)")
	case "RemoveRoleFromInstanceProfile":
		what = "removed IAM role {} from instance profile " + cmp.Or(param(in, "instanceProfileName"), "(name unknown)")
	}
	return unlessUsual(done(what, "roleName", "instanceProfileName"))(in)
}
