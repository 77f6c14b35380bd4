package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamPolicyChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-policy-changed",
		Title:      "IAM policy changed",
		Why:        "IAM policies control who can do what in the account.",
		Do:         "Compare the change with the approved request and revert it if there is none.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003", "T1484"},
		Controls:   []string{"CIS 4.4", "NIST AC-3"},
		Events:     events("iam", "AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "DetachUserPolicy", "DetachRolePolicy", "DetachGroupPolicy", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "DeleteUserPolicy", "DeleteRolePolicy", "DeleteGroupPolicy", "CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion", "PutUserPermissionsBoundary", "PutRolePermissionsBoundary", "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary"),
		Match:      changePolicy,
		Examples: []detect.Example{
			match("version chosen", "iam/SetDefaultPolicyVersion", `{"policyArn":"arn:aws:iam::111122223333:policy/p","versionId":"v1"}`),
			miss("no such policy", "iam/DeleteGroupPolicy", `{"groupName":"g"}`, failed("NoSuchEntity")),
			miss("wide, told by its own rule", "iam/AttachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
		},
	}
}

func changePolicy(in *detect.Input) *detect.Hit {
	if strings.HasPrefix(in.Record.EventName, "Attach") && adminPolicy(lastPart(param(in, "policyArn"))) || wideAction(in) != "" || quarantine(in) {
		return nil // told by a rule of its own
	}
	hit := done("changed IAM policies ("+in.Record.EventName+") of", "userName", "roleName", "groupName", "policyArn", "policyName")(in)
	if name := in.Record.EventName; name == "DeleteUserPermissionsBoundary" || name == "DeleteRolePermissionsBoundary" || name == "SetDefaultPolicyVersion" {
		return at(alert.Medium, hit)
	}
	return hit
}
