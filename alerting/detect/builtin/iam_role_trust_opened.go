package builtin

import (
	"cmp"
	"slices"
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
		Events:     events("iam", "UpdateAssumeRolePolicy", "CreateRole", "DeleteRole"),
		Ends:       events("iam", "UpdateAssumeRolePolicy", "DeleteRole"),
		Match:      openTrust,
		Examples: []detect.Example{
			ending(match("until it is undone", "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}"}`), "iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"sts:AssumeRole\"}]}"}`),
			ending(match("until it is undone", "iam/CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}"}`), "iam/DeleteRole", `{"roleName":"r"}`),
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
	state := "trust/" + role
	switch public, others, unread := trusts(in); {
	case public != "":
		return lasting(at(alert.Critical, say(in, "allowed "+listed(append([]string{public}, others...))+" to assume IAM role {}", role)), state)
	case len(others) > 0:
		return lasting(say(in, "allowed "+listed(others)+" to assume IAM role {}", role), state)
	case in.Record.EventName == "CreateRole", in.Record.EventName != "DeleteRole" && unread:
		return nil
	}
	return ended(in, state)
}

// trusts names those whom a role's trust policy lets in that are not one's own: the public, if it does, and others.
// unread is set where there is no policy that can be read.
func trusts(in *detect.Input) (public string, others []string, unread bool) {
	policy, err := exposure.ParsePolicy(policyAt(in, "policyDocument", "assumeRolePolicyDocument"))
	if err != nil {
		return "", nil, true
	}
	var accounts []string
	for _, s := range policy.Statements {
		for _, p := range s.Principals {
			if s.Deny {
				continue
			}
			open, account, limited := trusted(in, s, p)
			public, accounts = cmp.Or(public, open), append(accounts, account)
			for _, name := range limited {
				if !slices.Contains(others, name) {
					others = append(others, name)
				}
			}
		}
	}
	if external := externals(in, accounts); external != "" {
		others = append([]string{external}, others...)
	}
	return public, others, false
}

// trusted says whom one principal of a statement stands for: the public, an account, or those that the statement's
// conditions leave of everyone or of a service's customers.
func trusted(in *detect.Input, s exposure.Statement, p exposure.Principal) (public, account string, limited []string) {
	switch {
	case p.Type == "Federated":
		return openIssuer(in, s, p.ID), principalAccount(p), nil
	case p.ID != "*" && p.Type != "Service":
		return "", principalAccount(p), nil
	}
	v := allowing(in, s, p)
	switch v.Reach {
	case exposure.Internet, exposure.AnyAWS, exposure.AnyVPC:
		return "everyone", "", nil
	}
	if p.Type == "Service" && v.Severity < alert.Medium {
		return "", "", nil // most roles are for a service, with no word of a source
	}
	return "", "", v.Others()
}

// allowing is whom one principal of a statement lets in under the statement's conditions.
func allowing(in *detect.Input, s exposure.Statement, p exposure.Principal) exposure.Verdict {
	s.Principals = []exposure.Principal{p}
	policy := &exposure.Policy{Statements: []exposure.Statement{s}}
	return exposure.Evaluate(exposure.Input{Account: in.Record.OwnerAccount(), Own: in.Settings.Own, Policy: policy})
}

// openIssuer names those who get tokens from a public identity provider, where a statement takes the tokens without asking
// for whom they were issued; empty where it asks, or where the provider is one's own.
func openIssuer(in *detect.Input, s exposure.Statement, provider string) string {
	_, issuer, named := strings.Cut(provider, ":oidc-provider/")
	if !named {
		issuer = provider
	}
	people := publicIssuer(issuer)
	if people == "" || slices.ContainsFunc(s.Conditions, func(c exposure.Condition) bool { return pins(issuer, c) }) {
		return ""
	}
	switch v := allowing(in, s, exposure.Principal{Type: "AWS", ID: "*"}); v.Reach {
	case exposure.Internet, exposure.AnyAWS, exposure.AnyVPC:
		return people
	}
	return ""
}

// publicIssuer names those to whom an identity provider gives tokens, if that is anybody who asks; empty for others.
func publicIssuer(issuer string) string {
	switch issuer {
	case "cognito-identity.amazonaws.com":
		return "every Amazon Cognito identity pool of any AWS account"
	case "token.actions.githubusercontent.com":
		return "every GitHub Actions workflow of any repository"
	case "gitlab.com":
		return "every GitLab.com pipeline of any project"
	case "app.terraform.io":
		return "every HCP Terraform workspace of any organization"
	case "accounts.google.com":
		return "everyone with a Google account"
	case "graph.facebook.com":
		return "everyone with a Facebook account"
	case "www.amazon.com", "api.amazon.com":
		return "everyone with an Amazon account"
	case "agent.buildkite.com", "oidc.vercel.com", "storage.depot.dev", "vstoken.dev.azure.com", "auth.docker.io", "spacelift.io", "firebase.google.com":
		return "everyone with an account at " + issuer
	default:
		return ""
	}
}

// pins reports whether a condition limits the tokens of a public issuer to those of somebody in particular. The audience
// does where it names the application; for continuous integration it is the same for all.
func pins(issuer string, c exposure.Condition) bool {
	operator := strings.TrimPrefix(c.Operator, "ForAnyValue:")
	claim, found := strings.CutPrefix(strings.ToLower(c.Key), issuer+":")
	switch {
	case !found || len(c.Values) == 0 || operator != "StringEquals" && operator != "StringEqualsIgnoreCase" && operator != "StringLike":
		return false
	case claim == "amr", claim == "actor", claim == "ref", claim == "environment", claim == "workflow", claim == "event_name":
		return false // anybody can have it so
	case claim == "aud":
		switch issuer {
		case "cognito-identity.amazonaws.com", "accounts.google.com", "firebase.google.com":
		default:
			return false
		}
	}
	return !slices.ContainsFunc(c.Values, func(v string) bool { return operator == "StringLike" && !particular(v) })
}

// particular reports whether a pattern names somebody before its first wildcard: "repo:acme/*" does, "repo:*" and
// "repo:ac*" do not.
func particular(pattern string) bool {
	end := strings.IndexAny(pattern, "*?")
	if end < 0 {
		return true
	}
	fixed := pattern[:end]
	if _, name, found := strings.Cut(fixed, ":"); found {
		fixed = name
	}
	return strings.IndexAny(fixed, "/:") > 0
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
