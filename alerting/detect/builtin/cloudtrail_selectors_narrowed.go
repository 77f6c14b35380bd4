package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func cloudtrailSelectorsNarrowed() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-selectors-narrowed",
		Title:      "CloudTrail event selectors reduced",
		Why:        "The trail still logs, but no longer records all management events or write events.",
		Do:         "Restore selectors that record all management events, then review activity since the change.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-12"},
		Events:     events("cloudtrail", "PutEventSelectors"),
		Ends:       events("cloudtrail", "PutEventSelectors"),
		Match: undone(narrowSelectors,
			undo{by: []string{"PutEventSelectors"}, over: []string{"PutEventSelectors"}, of: []string{"trailName"}},
		),
		Examples: []detect.Example{
			ending(match("until it is undone", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"ReadOnly"}]}`), "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"All"}]}`),
			match("no management events", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":false,"readWriteType":"All"}]}`),
			match("reads only", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"ReadOnly"}]}`),
			match("advanced, data events only", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]}]}]}`),
			match("advanced, reads only", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]}]}`),
			match("advanced, reads, and writes but for one service", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]},{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["false"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]}]}]}`),
			match("reads, and writes but for one service", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"ReadOnly"},{"includeManagementEvents":true,"readWriteType":"WriteOnly","excludeManagementEventSources":["kms.amazonaws.com"]}]}`),
			miss("reads and writes", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"ReadOnly"},{"includeManagementEvents":true,"readWriteType":"WriteOnly"}]}`),
			miss("advanced, reads and writes", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]},{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["false"]}]}]}`),
			miss("advanced, some and everything", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]}]},{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]}`),
			miss("everything", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"All"}]}`),
		},
	}
}

func narrowSelectors(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	if lost := selectorsLose(p); lost != "" {
		return say(in, "excluded "+lost+" from CloudTrail trail {}", lastPart(param(in, "trailName")))
	}
	return nil
}

// selectorsLose says which management events no selector records; empty if they are all recorded, by one selector or
// by several together.
func selectorsLose(p cloudtrail.Value) string {
	var kinds []string
	for _, selector := range p.Get("advancedEventSelectors").List() {
		kinds = append(kinds, advancedKind(selector))
	}
	for _, selector := range p.Get("eventSelectors").List() {
		kinds = append(kinds, basicKind(selector))
	}
	reads, writes := slices.Contains(kinds, "ReadOnly"), slices.Contains(kinds, "WriteOnly")
	switch {
	case slices.Contains(kinds, "All") || reads && writes:
		return ""
	case slices.Contains(kinds, "some"):
		return "some management events"
	case reads:
		return "management events other than ReadOnly"
	case writes:
		return "management events other than WriteOnly"
	default:
		return "management events"
	}
}

// basicKind says which management events a basic selector records: "All", "ReadOnly", "WriteOnly" or "some"; empty for
// none.
func basicKind(selector cloudtrail.Value) string {
	kind := selector.Get("readWriteType").Text()
	management, said := selector.Get("includeManagementEvents").Bool()
	switch {
	case said && !management:
		return ""
	case len(selector.Get("excludeManagementEventSources").List()) > 0:
		return "some"
	case kind == "":
		return "All"
	default:
		return kind
	}
}

// advancedKind is basicKind for an advanced selector.
func advancedKind(selector cloudtrail.Value) string {
	kind, management := "All", false
	for _, field := range selector.Get("fieldSelectors").List() {
		equals := field.Get("equals").Texts()
		switch name := field.Get("field").Text(); {
		case name == "eventCategory":
			management = slices.Contains(equals, "Management")
		case name == "readOnly" && kind == "All" && slices.Equal(equals, []string{"true"}):
			kind = "ReadOnly"
		case name == "readOnly" && kind == "All" && slices.Equal(equals, []string{"false"}):
			kind = "WriteOnly"
		default:
			kind = "some"
		}
	}
	if !management {
		return ""
	}
	return kind
}
