package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func guarddutyFindingsHidden() *detect.Rule {
	return &detect.Rule{
		ID:         "guardduty-findings-hidden",
		Title:      "GuardDuty findings hidden",
		Why:        "Trusted address lists, archiving filters and archived findings keep GuardDuty quiet about exactly what somebody wants hidden.",
		Do:         "Read the list or filter; remove it unless its author can say what it is for.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("guardduty", "CreateIPSet", "UpdateIPSet", "DeleteIPSet", "CreateFilter", "UpdateFilter", "ArchiveFindings", "DeleteThreatIntelSet", "CreateSampleFindings"),
		Match:      hideFindings,
		Examples: []detect.Example{
			match("trusted addresses", "guardduty/CreateIPSet", `{"detectorId":"d1","name":"mine","activate":true}`),
			match("archiving filter", "guardduty/CreateFilter", `{"detectorId":"d1","name":"f","action":"ARCHIVE"}`),
			miss("filter without action", "guardduty/CreateFilter", `{"detectorId":"d1","name":"f","action":"NOOP"}`),
		},
	}
}

func hideFindings(in *detect.Input) *detect.Hit {
	switch in.Record.EventName {
	case "CreateSampleFindings":
		return nil
	case "CreateFilter", "UpdateFilter":
		if param(in, "action") != "ARCHIVE" {
			return nil
		}
	}
	return done("changed what GuardDuty tells ("+in.Record.EventName+")", "name", "ipSetId", "detectorId")(in)
}
