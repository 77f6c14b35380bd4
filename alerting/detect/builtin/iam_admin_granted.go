package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamAdminGranted() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-admin-granted",
		Title:      "Administrator access granted",
		Why:        "The attached policy allows all or nearly all actions in the account, or access to all of its data.",
		Do:         "Detach the policy unless the grant was approved, then review what the user, role or group did since.",
		Severity:   alert.High,
		Techniques: []string{"T1098.003"},
		Controls:   []string{"CIS 1.16", "NIST AC-6"},
		Events:     events("iam", "AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "DetachUserPolicy", "DetachRolePolicy", "DetachGroupPolicy"),
		Ends:       events("iam", "DetachUserPolicy", "DetachRolePolicy", "DetachGroupPolicy"),
		Match:      grantAdmin,
		Examples: []detect.Example{
			ending(match("until it is taken back", "iam/AttachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`), "iam/DetachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
			match("administrator", "iam/AttachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
			match("refused", "iam/AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/AmazonS3FullAccess"}`, failed("AccessDenied")),
			miss("read only", "iam/AttachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}`),
		},
	}
}

func grantAdmin(in *detect.Input) *detect.Hit {
	policy := lastPart(param(in, "policyArn"))
	if !adminPolicy(policy) {
		return nil
	}
	identity := param(in, "userName", "roleName", "groupName")
	state := identityKind(in) + "/" + identity + "/" + policy
	if strings.HasPrefix(in.Record.EventName, "Detach") {
		return ended(in, state)
	}
	hit := say(in, "attached policy "+policy+" to "+identityKind(in)+" {}", identity)
	hit = naming(in, placed(identityKind(in)+" {}", identity)+" with policy "+policy, hit)
	if hit != nil {
		hit.Grant = policy
	}
	return lasting(hit, state)
}

// identityKind is what kind of identity a request to IAM names.
func identityKind(in *detect.Input) string {
	for _, kind := range []string{"user", "role", "group"} {
		if param(in, kind+"Name") != "" {
			return "IAM " + kind
		}
	}
	return "an IAM identity"
}

// adminPolicy reports whether one of AWS's own policies gives the account, or all its data, away.
func adminPolicy(name string) bool {
	switch name {
	case "AdministratorAccess", "AmazonS3FullAccess", "IAMFullAccess", "PowerUserAccess", "AWSKeyManagementServicePowerUser",
		"AWSCloudTrail_FullAccess", "AWSOrganizationsFullAccess", "SecretsManagerReadWrite":
		return true
	}
	return false
}
