package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamIdentityDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-identity-deleted",
		Title:      "IAM user, role or credential deleted",
		Why:        "Deletions can lock users out or remove traces of an attack.",
		Do:         "Ask the actor, then review what the identity did before it was deleted.",
		Severity:   alert.Low,
		Techniques: []string{"T1531"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "DeleteUser", "DeleteRole", "DeleteGroup", "DeleteAccessKey", "DeleteLoginProfile", "RemoveUserFromGroup", "DeleteInstanceProfile", "DeleteSSHPublicKey", "DeleteSigningCertificate", "DeleteServerCertificate", "DeleteServiceSpecificCredential", "DeleteServiceLinkedRole"),
		Match:      unlessUsual(notByStack(done("removed", "userName", "roleName", "groupName", "instanceProfileName"))),
		Examples: []detect.Example{
			match("user", "iam/DeleteUser", `{"userName":"bob"}`),
			miss("by a stack", "iam/DeleteRole", `{"roleName":"r"}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}
