package builtin

import (
	"cmp"
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
		Ends:       events("iam", "DetachUserPolicy", "AttachUserPolicy", "DeleteUserPolicy", "DetachRolePolicy", "AttachRolePolicy", "DeleteRolePolicy", "DetachGroupPolicy", "AttachGroupPolicy", "DeleteGroupPolicy", "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary", "DeletePolicy", "DeletePolicyVersion"),
		Match: undone(changePolicy,
			undo{by: []string{"AttachUserPolicy"}, over: []string{"DetachUserPolicy"}, of: []string{"userName", "policyArn"}, told: true},
			undo{by: []string{"DetachUserPolicy"}, over: []string{"AttachUserPolicy"}, of: []string{"userName", "policyArn"}, told: true},
			undo{by: []string{"PutUserPolicy"}, over: []string{"DeleteUserPolicy"}, of: []string{"userName", "policyName"}, told: true},
			undo{by: []string{"AttachRolePolicy"}, over: []string{"DetachRolePolicy"}, of: []string{"roleName", "policyArn"}, told: true},
			undo{by: []string{"DetachRolePolicy"}, over: []string{"AttachRolePolicy"}, of: []string{"roleName", "policyArn"}, told: true},
			undo{by: []string{"PutRolePolicy"}, over: []string{"DeleteRolePolicy"}, of: []string{"roleName", "policyName"}, told: true},
			undo{by: []string{"AttachGroupPolicy"}, over: []string{"DetachGroupPolicy"}, of: []string{"groupName", "policyArn"}, told: true},
			undo{by: []string{"DetachGroupPolicy"}, over: []string{"AttachGroupPolicy"}, of: []string{"groupName", "policyArn"}, told: true},
			undo{by: []string{"PutGroupPolicy"}, over: []string{"DeleteGroupPolicy"}, of: []string{"groupName", "policyName"}, told: true},
			undo{by: []string{"PutUserPermissionsBoundary"}, over: []string{"DeleteUserPermissionsBoundary"}, of: []string{"userName"}, told: true},
			undo{by: []string{"PutRolePermissionsBoundary"}, over: []string{"DeleteRolePermissionsBoundary"}, of: []string{"roleName"}, told: true},
			undo{by: []string{"CreatePolicy"}, over: []string{"DeletePolicy"}, of: []string{"policyArn|policy.arn"}, told: true},
			undo{by: []string{"CreatePolicyVersion"}, over: []string{"DeletePolicyVersion"}, of: []string{"policyArn", "versionId|policyVersion.versionId"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until it is detached", "iam/AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`), "iam/DetachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`),
			ending(match("until it is deleted", "iam/PutUserPolicy", `{"userName":"bob","policyName":"p"}`), "iam/DeleteUserPolicy", `{"userName":"bob","policyName":"p"}`),
			ending(match("until the version is deleted", "iam/CreatePolicyVersion", `{"policyArn":"arn:aws:iam::111122223333:policy/p"}`, answering(`{"policyVersion":{"versionId":"v3"}}`)), "iam/DeletePolicyVersion", `{"policyArn":"arn:aws:iam::111122223333:policy/p","versionId":"v3"}`),
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
	hit := done(policyDeed(in), "userName", "roleName", "groupName", "policyArn", "policyName")(in)
	if name := in.Record.EventName; name == "DeleteUserPermissionsBoundary" || name == "DeleteRolePermissionsBoundary" || name == "SetDefaultPolicyVersion" {
		return at(alert.Medium, hit)
	}
	return hit
}

// policyDeed says what a call did with which policy, with the identity that has it, or else the policy, as the object.
func policyDeed(in *detect.Input) string {
	name, policy := in.Record.EventName, cmp.Or(lastPart(param(in, "policyArn")), param(in, "policyName"))
	inline, boundary := "an inline policy", "a permissions boundary"
	if policy != "" {
		inline = "inline policy " + policy
	}
	if arn := lastPart(param(in, "permissionsBoundary")); arn != "" {
		boundary = "permissions boundary " + arn
	}
	policy = "policy " + cmp.Or(policy, "(name unknown)")
	to := identityKind(in) + " {}"
	version := cmp.Or(param(in, "versionId"), "a version")
	switch {
	case strings.HasPrefix(name, "Attach"):
		return "attached " + policy + " to " + to
	case strings.HasPrefix(name, "Detach"):
		return "detached " + policy + " from " + to
	case strings.HasSuffix(name, "PermissionsBoundary") && strings.HasPrefix(name, "Put"):
		return "set " + boundary + " on " + to
	case strings.HasSuffix(name, "PermissionsBoundary"):
		return "removed the permissions boundary from " + to
	case name == "CreatePolicy":
		return "created IAM policy {}"
	case name == "DeletePolicy":
		return "deleted IAM policy {}"
	case name == "CreatePolicyVersion":
		return "created a new version of IAM policy {}"
	case name == "DeletePolicyVersion":
		return "deleted version " + version + " of IAM policy {}"
	case name == "SetDefaultPolicyVersion":
		return "made version " + version + " the default of IAM policy {}"
	case strings.HasPrefix(name, "Put"):
		return "added or changed " + inline + " of " + to
	default:
		return "deleted " + inline + " of " + to
	}
}
