package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func iamRoleTrustOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-role-trust-opened",
		Title:      "Role can be taken from outside",
		Why:        "A role that trusts everybody, or a foreign account, gives its rights to whoever asks from there.",
		Do:         "Put the former trust policy back; look for sessions of the role since.",
		Severity:   alert.High,
		Techniques: []string{"T1098.003", "T1484"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("iam", "UpdateAssumeRolePolicy", "CreateRole"),
		Match:      openTrust,
		Examples: []detect.Example{
			match("everybody", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}`),
			match("foreign account", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
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
				if !limited(s) {
					return "everyone"
				}
				foreign = "everyone who meets its conditions"
			case account != "" && !ownAccount(in, account):
				foreign = "account " + account
			}
		}
	}
	return foreign
}

// limited reports whether a statement's conditions name an organization or account that must ask.
func limited(s exposure.Statement) bool {
	return slices.ContainsFunc(s.Conditions, func(c exposure.Condition) bool {
		key := strings.ToLower(c.Key)
		return key == "aws:principalorgid" || key == "aws:principalaccount" || key == "aws:principalarn" || key == "aws:sourceaccount"
	})
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
