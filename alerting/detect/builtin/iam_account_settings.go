package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamAccountSettings() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-account-settings",
		Title:      "IAM account settings changed",
		Why:        "Password policy, token settings, alias and central root access apply to the whole account or organization.",
		Do:         "Compare the settings with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1556", "T1484"},
		Controls:   []string{"CIS 1.8", "NIST IA-5"},
		Events:     events("iam", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy", "SetSecurityTokenServicePreferences", "CreateAccountAlias", "DeleteAccountAlias", "EnableOrganizationsRootSessions", "EnableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootSessions"),
		Ends:       events("iam", "UpdateAccountPasswordPolicy", "DeleteAccountAlias", "CreateAccountAlias", "DisableOrganizationsRootSessions", "EnableOrganizationsRootSessions", "DisableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootCredentialsManagement"),
		Match: undone(changeAccountSettings,
			undo{by: []string{"DeleteAccountPasswordPolicy"}, over: []string{"UpdateAccountPasswordPolicy"}, told: true},
			undo{by: []string{"CreateAccountAlias"}, over: []string{"DeleteAccountAlias"}, of: []string{"accountAlias"}, told: true},
			undo{by: []string{"DeleteAccountAlias"}, over: []string{"CreateAccountAlias"}, of: []string{"accountAlias"}, told: true},
			undo{by: []string{"EnableOrganizationsRootSessions"}, over: []string{"DisableOrganizationsRootSessions"}, told: true},
			undo{by: []string{"DisableOrganizationsRootSessions"}, over: []string{"EnableOrganizationsRootSessions"}, told: true},
			undo{by: []string{"EnableOrganizationsRootCredentialsManagement"}, over: []string{"DisableOrganizationsRootCredentialsManagement"}, told: true},
			undo{by: []string{"DisableOrganizationsRootCredentialsManagement"}, over: []string{"EnableOrganizationsRootCredentialsManagement"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until there is a policy again", "iam/DeleteAccountPasswordPolicy", ``), "iam/UpdateAccountPasswordPolicy", `{"minimumPasswordLength":14}`),
			ending(match("until it is enabled", "iam/DisableOrganizationsRootCredentialsManagement", ``), "iam/EnableOrganizationsRootCredentialsManagement", ``),
			match("policy deleted", "iam/DeleteAccountPasswordPolicy", ``),
			miss("read", "iam/GetAccountPasswordPolicy", ``),
		},
	}
}

func changeAccountSettings(in *detect.Input) *detect.Hit {
	switch in.Record.EventName {
	case "UpdateAccountPasswordPolicy":
		return done("changed the password policy of the account")(in)
	case "DeleteAccountPasswordPolicy":
		return done("deleted the password policy of the account")(in)
	case "SetSecurityTokenServicePreferences":
		return done("changed the STS token version of the account to {}", "globalEndpointTokenVersion")(in)
	case "CreateAccountAlias":
		return done("created account alias {}", "accountAlias")(in)
	case "DeleteAccountAlias":
		return done("deleted account alias {}", "accountAlias")(in)
	case "EnableOrganizationsRootSessions":
		return done("enabled root sessions (AssumeRoot) into the member accounts of the organization")(in)
	case "DisableOrganizationsRootSessions":
		return done("disabled root sessions (AssumeRoot) into the member accounts of the organization")(in)
	case "EnableOrganizationsRootCredentialsManagement":
		return done("enabled central management of the member accounts' root credentials")(in)
	default:
		return at(alert.Medium, done("disabled central management of the member accounts' root credentials: member accounts can have root credentials of their own again")(in))
	}
}
