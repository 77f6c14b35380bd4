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
		Events:     events("iam", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy", "SetSecurityTokenServicePreferences", "CreateAccountAlias", "DeleteAccountAlias", "EnableOrganizationsRootSessions", "EnableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootCredentialsManagement"),
		Match:      done("changed sign-in settings of the account (password policy, tokens or alias)"),
		Examples: []detect.Example{
			match("policy deleted", "iam/DeleteAccountPasswordPolicy", ``),
			miss("read", "iam/GetAccountPasswordPolicy", ``),
		},
	}
}
