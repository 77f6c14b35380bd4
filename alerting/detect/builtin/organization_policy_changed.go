package builtin

import (
	"encoding/json"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func organizationPolicyChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "organization-policy-changed",
		Title:      "AWS Organizations policy changed",
		Why:        "Service control policies limit every account they are attached to. Detached or rewritten policies limit nothing.",
		Do:         "Compare the policy and its targets with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1562", "T1484"},
		Controls:   []string{"CIS 4.15", "NIST AC-3"},
		Events:     events("organizations", "AttachPolicy", "DetachPolicy", "DeletePolicy", "UpdatePolicy", "CreatePolicy", "DisablePolicyType", "DisableAWSServiceAccess", "DeregisterDelegatedAdministrator", "RegisterDelegatedAdministrator", "MoveAccount", "InviteAccountToOrganization", "CreateAccount", "AcceptHandshake", "EnablePolicyType", "EnableAWSServiceAccess"),
		Ends:       events("organizations", "DetachPolicy", "AttachPolicy", "DeletePolicy", "EnablePolicyType", "EnableAWSServiceAccess", "RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"),
		Match: undone(changeOrganization,
			undo{by: []string{"AttachPolicy"}, over: []string{"DetachPolicy"}, of: []string{"policyId", "targetId"}},
			undo{by: []string{"DetachPolicy"}, over: []string{"AttachPolicy"}, of: []string{"policyId", "targetId"}},
			undo{by: []string{"CreatePolicy"}, over: []string{"DeletePolicy"}, of: []string{"policyId|policy.policySummary.id"}, told: true},
			undo{by: []string{"DisablePolicyType"}, over: []string{"EnablePolicyType"}, of: []string{"rootId", "policyType"}},
			undo{by: []string{"DisableAWSServiceAccess"}, over: []string{"EnableAWSServiceAccess"}, of: []string{"servicePrincipal"}},
			undo{by: []string{"DeregisterDelegatedAdministrator"}, over: []string{"RegisterDelegatedAdministrator"}, of: []string{"accountId", "servicePrincipal"}},
			undo{by: []string{"RegisterDelegatedAdministrator"}, over: []string{"DeregisterDelegatedAdministrator"}, of: []string{"accountId", "servicePrincipal"}},
		),
		Examples: []detect.Example{
			ending(match("until it is attached again", "organizations/DetachPolicy", `{"policyId":"p-1","targetId":"r-1"}`), "organizations/AttachPolicy", `{"policyId":"p-1","targetId":"r-1"}`),
			ending(match("until the type is enabled", "organizations/DisablePolicyType", `{"rootId":"r-1","policyType":"SERVICE_CONTROL_POLICY"}`), "organizations/EnablePolicyType", `{"rootId":"r-1","policyType":"SERVICE_CONTROL_POLICY"}`),
			match("detached", "organizations/DetachPolicy", `{"policyId":"p-1","targetId":"r-1"}`),
			match("S3 blocks nothing any more", "organizations/UpdatePolicy", `{"policyId":"p-1","content":"{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"none\"}}}"}`),
			match("S3 policies switched off", "organizations/DisablePolicyType", `{"rootId":"r-1","policyType":"S3_POLICY"}`),
			miss("listed", "organizations/ListPolicies", ``),
		},
	}
}

func changeOrganization(in *detect.Input) *detect.Hit {
	about := param(in, "policyId", "accountId", "policyType", "servicePrincipal")
	switch name := in.Record.EventName; {
	case in.Record.Failed():
		return nil
	case unblocksS3(in.Record):
		return at(alert.High, say(in, "removed the S3 Block Public Access policy from accounts or OUs in the organization: {}", about))
	case name == "DetachPolicy" || name == "DeletePolicy" || name == "DisablePolicyType":
		return at(alert.Medium, say(in, "removed a policy from accounts or OUs in the organization: {}", about))
	}
	return say(in, "changed the organization: {} ("+in.Record.EventName+")", about)
}

// unblocksS3 reports whether a call ends the organization's block on public S3 access: policies of the type are switched
// off, or one of them is written that blocks nothing (Organizations User Guide, "Amazon S3 policy syntax and examples").
func unblocksS3(rec *cloudtrail.Record) bool {
	const kind = "S3_POLICY"
	content := rec.RequestParameters.Get("content").Text()
	var policy struct {
		S3 struct {
			Block struct {
				Assign string `json:"@@assign"`
			} `json:"public_access_block_configuration"`
		} `json:"s3_attributes"`
	}
	switch err := json.Unmarshal([]byte(content), &policy); {
	case rec.EventName == "DisablePolicyType":
		return rec.RequestParameters.Get("policyType").Text() == kind
	case content == "" || err != nil:
		return false
	case policy.S3.Block.Assign != "":
		return policy.S3.Block.Assign != "all"
	default: // what had the setting has it no more
		return rec.EventName == "UpdatePolicy" && rec.ResponseElements.Get("policy", "policySummary", "type").Text() == kind
	}
}
