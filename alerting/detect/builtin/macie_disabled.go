package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func macieDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "macie-disabled",
		Title:      "Macie disabled or weakened",
		Why:        "Macie no longer finds or reports sensitive data in S3.",
		Do:         "Enable Macie again and remove findings filters nobody can explain.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events: slices.Concat(
			events("macie2", "DisableMacie", "DisableOrganizationAdminAccount", "UpdateMacieSession", "DisassociateMember", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DeleteMember", "CreateFindingsFilter", "UpdateFindingsFilter", "UpdateClassificationJob", "UpdateMemberSession", "ArchiveFindings", "EnableMacie", "DeleteFindingsFilter", "EnableOrganizationAdminAccount"),
			events("macie", "ArchiveFindings", "CreateFindingsFilter", "DeleteMember", "DisassociateFromMasterAccount", "DisassociateMember", "DisableMacie", "DisableOrganizationAdminAccount", "UpdateFindingsFilter", "UpdateMacieSession", "UpdateMemberSession", "UpdateClassificationJob", "EnableMacie", "DeleteFindingsFilter", "EnableOrganizationAdminAccount"),
		),
		Ends: slices.Concat(
			events("macie2", "EnableMacie", "UpdateMacieSession", "UpdateMemberSession", "DeleteFindingsFilter", "UpdateFindingsFilter", "UpdateClassificationJob", "EnableOrganizationAdminAccount"),
			events("macie", "EnableMacie", "UpdateMacieSession", "UpdateMemberSession", "DeleteFindingsFilter", "UpdateFindingsFilter", "UpdateClassificationJob", "EnableOrganizationAdminAccount"),
		),
		Match: undone(macieOff,
			undo{by: []string{"DisableMacie"}, over: []string{"EnableMacie"}},
			undo{by: []string{"UpdateMacieSession"}, over: []string{"UpdateMacieSession"}, when: says("status", "ENABLED")},
			undo{by: []string{"UpdateMemberSession"}, over: []string{"UpdateMemberSession"}, of: []string{"id"}, when: says("status", "ENABLED")},
			undo{by: []string{"CreateFindingsFilter", "UpdateFindingsFilter"}, over: []string{"DeleteFindingsFilter", "UpdateFindingsFilter"}, of: []string{"id"}},
			undo{by: []string{"UpdateClassificationJob"}, over: []string{"UpdateClassificationJob"}, of: []string{"jobId"}, when: says("jobStatus", "RUNNING")},
			undo{by: []string{"DisableOrganizationAdminAccount"}, over: []string{"EnableOrganizationAdminAccount"}, of: []string{"adminAccountId"}},
		),
		Examples: []detect.Example{
			ending(match("until it is enabled", "macie2/DisableMacie", ``), "macie2/EnableMacie", `{"status":"ENABLED"}`),
			ending(match("until it is resumed", "macie2/UpdateMacieSession", `{"status":"PAUSED"}`), "macie2/UpdateMacieSession", `{"status":"ENABLED"}`),
			ending(match("until the filter is deleted", "macie2/CreateFindingsFilter", `{"name":"quiet","action":"ARCHIVE"}`, answering(`{"id":"f1"}`)), "macie2/DeleteFindingsFilter", `{"id":"f1"}`),
			ending(match("until the job runs", "macie2/UpdateClassificationJob", `{"jobId":"j1","jobStatus":"USER_PAUSED"}`), "macie2/UpdateClassificationJob", `{"jobId":"j1","jobStatus":"RUNNING"}`),
			match("off", "macie2/DisableMacie", ``),
			match("suspended", "macie2/UpdateMacieSession", `{"status":"PAUSED"}`),
			match("findings filtered away", "macie2/CreateFindingsFilter", `{"name":"quiet","action":"ARCHIVE","findingCriteria":{"criterion":{}}}`),
			match("filter widened", "macie2/UpdateFindingsFilter", `{"id":"f1","findingCriteria":{"criterion":{}}}`),
			match("job cancelled", "macie2/UpdateClassificationJob", `{"jobId":"j1","jobStatus":"CANCELLED"}`),
			match("member suspended", "macie2/UpdateMemberSession", `{"id":"444455556666","status":"PAUSED"}`),
			miss("filter for viewing", "macie2/CreateFindingsFilter", `{"name":"mine","action":"NOOP","findingCriteria":{"criterion":{}}}`),
			miss("filter no longer archives", "macie2/UpdateFindingsFilter", `{"id":"f1","action":"NOOP"}`),
			miss("job resumed", "macie2/UpdateClassificationJob", `{"jobId":"j1","jobStatus":"RUNNING"}`),
			miss("member resumed", "macie2/UpdateMemberSession", `{"id":"444455556666","status":"ENABLED"}`),
			miss("findings published less often", "macie2/UpdateMacieSession", `{"findingPublishingFrequency":"SIX_HOURS"}`),
			miss("resumed", "macie2/UpdateMacieSession", `{"status":"ENABLED"}`),
		},
	}
}

func macieOff(in *detect.Input) *detect.Hit {
	weakens := true
	switch in.Record.EventName {
	case "UpdateMacieSession", "UpdateMemberSession":
		weakens = param(in, "status") == "PAUSED"
	case "UpdateClassificationJob":
		weakens = slices.Contains([]string{"CANCELLED", "USER_PAUSED"}, param(in, "jobStatus"))
	case "CreateFindingsFilter", "UpdateFindingsFilter":
		weakens = param(in, "action") != "NOOP" // an update that names no action may widen a filter that archives
	}
	if !weakens {
		return nil
	}
	return tried("disabled Macie or suppressed its findings {} ("+in.Record.EventName+")", "name", "jobId", "id")(in)
}
