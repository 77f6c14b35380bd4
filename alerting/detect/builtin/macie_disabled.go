package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func macieDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "macie-disabled",
		Title:      "Macie weakened",
		Why:        "Macie looks for sensitive data in S3; suspended, cut off, or with its findings filtered away, it warns of nothing.",
		Do:         "Enable Macie again and remove filters nobody can explain.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events: slices.Concat(
			events("macie2", "DisableMacie", "DisableOrganizationAdminAccount", "UpdateMacieSession", "DisassociateMember", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DeleteMember", "CreateFindingsFilter", "UpdateFindingsFilter", "UpdateClassificationJob", "UpdateMemberSession", "ArchiveFindings"),
			events("macie", "ArchiveFindings", "CreateFindingsFilter", "DeleteMember", "DisassociateFromMasterAccount", "DisassociateMember", "DisableMacie", "DisableOrganizationAdminAccount", "UpdateFindingsFilter", "UpdateMacieSession", "UpdateMemberSession", "UpdateClassificationJob"),
		),
		Match: macieOff,
		Examples: []detect.Example{
			match("off", "macie2/DisableMacie", ``),
			match("suspended", "macie2/UpdateMacieSession", `{"status":"PAUSED"}`),
			miss("resumed", "macie2/UpdateMacieSession", `{"status":"ENABLED"}`),
		},
	}
}

func macieOff(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "UpdateMacieSession" && param(in, "status") == "ENABLED" {
		return nil
	}
	return tried("weakened Macie ("+in.Record.EventName+")", "name", "jobId", "id")(in)
}
