package builtin

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ssoAccessGranted() *detect.Rule {
	return &detect.Rule{
		ID:         "sso-access-granted",
		Title:      "IAM Identity Center access granted",
		Why:        "The assignment or permission set gives users access to accounts they could not use before.",
		Do:         "Confirm that the assignment was approved.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003"},
		Controls:   []string{"NIST AC-2"},
		Events: slices.Concat(
			events("sso", "CreateAccountAssignment", "AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet", "AttachCustomerManagedPolicyReferenceToPermissionSet", "PutPermissionsBoundaryToPermissionSet", "DeletePermissionsBoundaryFromPermissionSet", "CreatePermissionSet", "CreateProfile"),
			events("sso-directory", "CreateUser", "AddMemberToGroup", "DisableUser", "UpdatePassword", "CreateBearerToken", "StartVirtualMfaDeviceRegistration", "DeleteMfaDeviceForUser", "UpdateMfaDeviceForUser"),
			events("identitystore", "CreateUser", "CreateGroupMembership"),
		),
		NoEnd: misused,
		Match: ssoGrant,
		Examples: []detect.Example{
			match("administrator", "sso/AttachManagedPolicyToPermissionSet", `{"managedPolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
			miss("listed", "sso/ListAccountAssignments", ``),
		},
	}
}

func ssoGrant(in *detect.Input) *detect.Hit {
	policy := lastPart(param(in, "managedPolicyArn"))
	if adminPolicy(policy) {
		return at(alert.High, say(in, "attached policy "+policy+" to permission set {}", param(in, "permissionSetArn")))
	}
	return unlessUsual(done(ssoDeed(in, policy), "principalId", "permissionSetArn", "userName"))(in)
}

// ssoDeed says what a call granted to whom.
func ssoDeed(in *detect.Input, policy string) string {
	switch name := in.Record.EventName; name {
	case "CreateAccountAssignment":
		kind := cmp.Or(strings.ToLower(param(in, "principalType")), "principal")
		return "assigned permission set " + cmp.Or(lastPart(param(in, "permissionSetArn")), "(name unknown)") + " to Identity Center " + kind + " {} in account " +
			cmp.Or(param(in, "targetId"), "(unknown)")
	case "AttachManagedPolicyToPermissionSet":
		return "attached policy " + cmp.Or(policy, "(name unknown)") + " to permission set {}"
	case "AttachCustomerManagedPolicyReferenceToPermissionSet":
		return "attached policy " + cmp.Or(param(in, "customerManagedPolicyReference.name"), "(name unknown)") + " to permission set {}"
	case "PutInlinePolicyToPermissionSet":
		return "added or changed the inline policy of permission set {}"
	case "PutPermissionsBoundaryToPermissionSet":
		return "set the permissions boundary of permission set {}"
	case "DeletePermissionsBoundaryFromPermissionSet":
		return "removed the permissions boundary from permission set {}"
	case "CreatePermissionSet":
		return "created permission set " + cmp.Or(param(in, "name"), "(name unknown)")
	default:
		return "changed access through IAM Identity Center for {} (" + name + ")"
	}
}
