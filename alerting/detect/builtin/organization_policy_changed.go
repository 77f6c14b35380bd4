package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func organizationPolicyChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "organization-policy-changed",
		Title:      "Organization policies changed",
		Why:        "Service control policies are the guard rails of all accounts; detached or rewritten, they hold nothing back.",
		Do:         "Compare the policy and its targets with the intended ones.",
		Severity:   alert.Low,
		Techniques: []string{"T1562", "T1484"},
		Controls:   []string{"CIS 4.15", "NIST AC-3"},
		Events:     events("organizations", "AttachPolicy", "DetachPolicy", "DeletePolicy", "UpdatePolicy", "CreatePolicy", "DisablePolicyType", "DisableAWSServiceAccess", "DeregisterDelegatedAdministrator", "RegisterDelegatedAdministrator", "MoveAccount", "InviteAccountToOrganization", "CreateAccount", "AcceptHandshake"),
		Match:      done("changed the organization", "policyId", "accountId", "policyType", "servicePrincipal"),
		Examples: []detect.Example{
			match("detached", "organizations/DetachPolicy", `{"policyId":"p-1","targetId":"r-1"}`),
			miss("listed", "organizations/ListPolicies", ``),
		},
	}
}
