package builtin

import (
	"strings"

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
		Events:     events("guardduty", "CreateIPSet", "UpdateIPSet", "DeleteIPSet", "CreateFilter", "UpdateFilter", "ArchiveFindings", "DeleteThreatIntelSet", "CreateSampleFindings", "DeleteFilter", "UnarchiveFindings"),
		Ends:       events("guardduty", "DeleteIPSet", "DeleteFilter", "UpdateFilter", "UnarchiveFindings"),
		Match: undone(hideFindings,
			undo{by: []string{"CreateIPSet", "UpdateIPSet"}, over: []string{"DeleteIPSet"}, of: []string{"detectorId", "ipSetId"}, told: true},
			undo{by: []string{"CreateFilter", "UpdateFilter"}, over: []string{"DeleteFilter", "UpdateFilter"}, of: []string{"detectorId", "name|filterName"}, when: lifted},
			undo{by: []string{"ArchiveFindings"}, over: []string{"UnarchiveFindings"}, of: []string{"detectorId", "findingIds"}},
		),
		Examples: []detect.Example{
			ending(match("until the set is deleted", "guardduty/CreateIPSet", `{"detectorId":"d1","name":"mine","activate":true}`, answering(`{"ipSetId":"s1"}`)), "guardduty/DeleteIPSet", `{"detectorId":"d1","ipSetId":"s1"}`),
			ending(match("until the filter archives no more", "guardduty/CreateFilter", `{"detectorId":"d1","name":"f","action":"ARCHIVE"}`), "guardduty/UpdateFilter", `{"detectorId":"d1","filterName":"f","action":"NOOP"}`),
			ending(match("until the findings are back", "guardduty/ArchiveFindings", `{"detectorId":"d1","findingIds":["f1"]}`), "guardduty/UnarchiveFindings", `{"detectorId":"d1","findingIds":["f1"]}`),
			match("trusted addresses", "guardduty/CreateIPSet", `{"detectorId":"d1","name":"mine","activate":true}`),
			match("archiving filter", "guardduty/CreateFilter", `{"detectorId":"d1","name":"f","action":"ARCHIVE"}`),
			miss("filter without action", "guardduty/CreateFilter", `{"detectorId":"d1","name":"f","action":"NOOP"}`),
		},
	}
}

// lifted reports whether a call takes away what a filter archives: it is deleted, or set to do nothing.
func lifted(in *detect.Input) bool {
	return strings.HasPrefix(in.Record.EventName, "Delete") || param(in, "action") == "NOOP"
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
