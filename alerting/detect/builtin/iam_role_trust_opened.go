package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func iamRoleTrustOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-role-trust-opened",
		Title:      "IAM role trust opened to everyone or an external account",
		Why:        "The trust policy lets everyone, or an external account, assume the role and use its permissions.",
		Do:         "Restore the previous trust policy, then check for AssumeRole calls and sessions since.",
		Severity:   alert.High,
		Techniques: []string{"T1098.003", "T1484"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("iam", "UpdateAssumeRolePolicy", "CreateRole"),
		Match:      openTrust,
		Examples: []detect.Example{
			match("everybody", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}`),
			match("foreign account", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
			match("all but an organization", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-a1b2c3d4e5\"}}}]}"}`),
			miss("everybody of the own account", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalAccount\":\"111122223333\"}}}]}"}`),
			miss("a role of the own account, by its ARN", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::111122223333:role/ci\"}}}]}"}`),
			miss("a service", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
		},
	}
}

func openTrust(in *detect.Input) *detect.Hit {
	role := param(in, "roleName")
	switch strangers := trusts(in); strangers {
	case "":
		return nil
	case "everyone":
		return at(alert.Critical, say(in, "let everyone take the role", role))
	default:
		return say(in, "let "+strangers+" take the role", role)
	}
}

// trusts names whom a role's trust policy lets in that is not one's own: "everyone", or a foreign account.
func trusts(in *detect.Input) string {
	policy, err := exposure.ParsePolicy(policyAt(in, "policyDocument", "assumeRolePolicyDocument"))
	if err != nil {
		return ""
	}
	foreign := ""
	for _, s := range policy.Statements {
		for _, p := range s.Principals {
			switch account := principalAccount(p); {
			case s.Deny || p.Type != "AWS":
			case p.ID == "*":
				switch v := allowing(in, s); v.Reach {
				case exposure.Internet, exposure.AnyAWS, exposure.AnyVPC:
					return "everyone"
				default:
					if foreignGrant(v) {
						foreign = "everyone who meets its conditions"
					}
				}
			case account != "" && !ownAccount(in, account):
				foreign = "account " + account
			}
		}
	}
	return foreign
}

// allowing is whom one statement lets in.
func allowing(in *detect.Input, s exposure.Statement) exposure.Verdict {
	policy := &exposure.Policy{Statements: []exposure.Statement{s}}
	return exposure.Evaluate(exposure.Input{Account: in.Record.OwnerAccount(), Own: in.Settings.Own, Policy: policy})
}

// principalAccount is the account of an AWS principal: its id, or the one in its ARN; empty if there is none.
func principalAccount(p exposure.Principal) string {
	if parts := strings.Split(p.ID, ":"); len(parts) > 4 {
		return parts[4]
	}
	if len(p.ID) == 12 {
		return p.ID
	}
	return ""
}
