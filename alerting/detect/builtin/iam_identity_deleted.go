package builtin

import (
	"cmp"

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
		NoEnd:      goneForAll,
		Match:      deleteIdentity,
		Examples: []detect.Example{
			match("user", "iam/DeleteUser", `{"userName":"bob"}`),
			miss("by a stack", "iam/DeleteRole", `{"roleName":"r"}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}

func deleteIdentity(in *detect.Input) *detect.Hit {
	what := "deleted " + identityKind(in) + " {}"
	switch name := in.Record.EventName; name {
	case "DeleteUser", "DeleteRole", "DeleteGroup":
	case "RemoveUserFromGroup":
		what = "removed IAM user {} from group " + cmp.Or(param(in, "groupName"), "(name unknown)")
	case "DeleteInstanceProfile":
		what = "deleted instance profile {}"
	case "DeleteServerCertificate":
		what = "deleted a server certificate"
	case "DeleteAccessKey":
		what = "deleted an access key of IAM user {}"
	case "DeleteLoginProfile":
		what = "deleted the console password of IAM user {}"
	case "DeleteServiceLinkedRole":
		what = "deleted service-linked role {}"
	default:
		what = "deleted a credential of IAM user {} (" + name + ")"
	}
	return unlessUsual(notByStack(done(what, "userName", "roleName", "groupName", "instanceProfileName")))(in)
}
