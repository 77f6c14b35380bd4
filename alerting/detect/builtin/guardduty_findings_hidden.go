package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func guarddutyFindingsHidden() *detect.Rule {
	return &detect.Rule{
		ID:         "guardduty-findings-hidden",
		Title:      "GuardDuty findings suppressed or IP list changed",
		Why:        "Trusted IP lists, suppression rules and archived findings can hide attacker activity.",
		Do:         "Review the IP set, filter or findings in this alert. Remove them unless the author can explain them.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("guardduty", "CreateIPSet", "UpdateIPSet", "DeleteIPSet", "CreateFilter", "UpdateFilter", "ArchiveFindings", "DeleteThreatIntelSet", "CreateSampleFindings"),
		NoEnd:      unproven,
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
	return done("changed a GuardDuty IP set, filter or findings {} ("+in.Record.EventName+")", "name", "ipSetId", "detectorId")(in)
}
