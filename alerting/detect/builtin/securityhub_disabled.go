package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func securityhubDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "securityhub-disabled",
		Title:      "Security Hub switched off",
		Why:        "Security Hub gathers the findings of the other watchers; switched off, they reach nobody.",
		Do:         "Enable Security Hub and its standards again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"CIS 4.16", "NIST SI-4"},
		Events:     events("securityhub", "DisableSecurityHub", "BatchDisableStandards", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DisassociateMembers", "DeleteMembers", "DisableOrganizationAdminAccount", "DisableImportFindingsForProduct"),
		Match:      tried("weakened Security Hub"),
		Examples: []detect.Example{
			match("off", "securityhub/DisableSecurityHub", ``),
			miss("on", "securityhub/EnableSecurityHub", ``),
		},
	}
}
