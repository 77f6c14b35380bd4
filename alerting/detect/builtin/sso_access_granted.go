package builtin

import (
	"slices"

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
		return at(alert.High, say(in, "attached "+policy+" to the permission set", param(in, "permissionSetArn")))
	}
	return unlessUsual(done("granted access through IAM Identity Center ("+in.Record.EventName+")", "principalId", "permissionSetArn", "userName"))(in)
}
