package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func securityhubDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "securityhub-disabled",
		Title:      "Security Hub disabled or weakened",
		Why:        "Findings from GuardDuty, Inspector, Macie and others are no longer collected or checked.",
		Do:         "Enable Security Hub and its standards or controls again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"CIS 4.16", "NIST SI-4"},
		Events:     events("securityhub", "DisableSecurityHub", "BatchDisableStandards", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DisassociateMembers", "DeleteMembers", "DisableOrganizationAdminAccount", "DisableImportFindingsForProduct", "UpdateStandardsControl", "BatchUpdateStandardsControlAssociations", "EnableSecurityHub", "CreateMembers", "EnableOrganizationAdminAccount"),
		Ends:       events("securityhub", "EnableSecurityHub", "CreateMembers", "EnableOrganizationAdminAccount", "UpdateStandardsControl"),
		Match: undone(securityHubOff,
			undo{by: []string{"DisableSecurityHub"}, over: []string{"EnableSecurityHub"}},
			undo{by: []string{"DeleteMembers"}, over: []string{"CreateMembers"}, of: []string{"accountIds|accountDetails[].accountId"}},
			undo{by: []string{"DisableOrganizationAdminAccount"}, over: []string{"EnableOrganizationAdminAccount"}, of: []string{"adminAccountId"}},
			undo{by: []string{"UpdateStandardsControl"}, over: []string{"UpdateStandardsControl"}, of: []string{"standardsControlArn|StandardsControlArn"}, when: says("controlStatus", "ENABLED")},
		),
		Examples: []detect.Example{
			ending(match("until it is enabled", "securityhub/DisableSecurityHub", ``), "securityhub/EnableSecurityHub", ``),
			ending(match("until the control is on", "securityhub/UpdateStandardsControl", `{"StandardsControlArn":"c/2.1","ControlStatus":"DISABLED"}`), "securityhub/UpdateStandardsControl", `{"StandardsControlArn":"c/2.1","ControlStatus":"ENABLED"}`),
			match("off", "securityhub/DisableSecurityHub", ``),
			match("a control off", "securityhub/UpdateStandardsControl", `{"StandardsControlArn":"arn:aws:securityhub:eu-west-1:111122223333:control/cis-aws-foundations-benchmark/v/1.2.0/2.1","ControlStatus":"DISABLED","DisabledReason":"not used"}`),
			match("one of two controls off", "securityhub/BatchUpdateStandardsControlAssociations", `{"StandardsControlAssociationUpdates":[`+
				`{"StandardsArn":"arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0","SecurityControlId":"S3.1","AssociationStatus":"ENABLED"},`+
				`{"StandardsArn":"arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0","SecurityControlId":"CloudTrail.1","AssociationStatus":"DISABLED","UpdatedReason":"not used"}]}`),
			miss("a control on", "securityhub/UpdateStandardsControl", `{"standardsControlArn":"arn:aws:securityhub:eu-west-1:111122223333:control/cis-aws-foundations-benchmark/v/1.2.0/2.1","controlStatus":"ENABLED"}`),
			miss("an association on", "securityhub/BatchUpdateStandardsControlAssociations", `{"standardsControlAssociationUpdates":[{"securityControlId":"S3.1","associationStatus":"ENABLED"}]}`),
			miss("on", "securityhub/EnableSecurityHub", ``),
		},
	}
}

func securityHubOff(in *detect.Input) *detect.Hit {
	switch in.Record.EventName {
	case "UpdateStandardsControl":
		if param(in, "controlStatus") != "DISABLED" {
			return nil
		}
		return at(alert.Low, say(in, "disabled Security Hub control {}", lastPart(param(in, "standardsControlArn"))))
	case "BatchUpdateStandardsControlAssociations":
		var off []string
		for _, update := range in.Record.RequestParameters.Get("standardsControlAssociationUpdates").List() {
			if update.Get("associationStatus").Text() == "DISABLED" {
				off = append(off, update.Get("securityControlId").Text())
			}
		}
		if len(off) == 0 {
			return nil
		}
		return at(alert.Low, say(in, "disabled Security Hub control {}", listed(slices.Compact(off))))
	}
	return tried("disabled Security Hub, a standard or its members (" + in.Record.EventName + ")")(in)
}
