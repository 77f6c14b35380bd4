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
		Title:      "CloudTrail records fewer events",
		Why:        "Event selectors without management events, or without writes, blind a trail while it still looks switched on.",
		Do:         "Put back selectors that record all management events, and find out what was done since.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-12"},
		Events:     events("cloudtrail", "PutEventSelectors"),
		Match:      narrowSelectors,
		Examples: []detect.Example{
			match("no management events", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":false,"readWriteType":"All"}]}`),
			match("reads only", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"ReadOnly"}]}`),
			match("advanced, data events only", "cloudtrail/PutEventSelectors", `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]}]}]}`),
			miss("everything", "cloudtrail/PutEventSelectors", `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"readWriteType":"All"}]}`),
		},
	}
}

func narrowSelectors(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	if lost := selectorsLose(p); lost != "" {
		return say(in, "left out "+lost+" from trail", lastPart(param(in, "trailName")))
	}
	return nil
}

// selectorsLose says which management events no selector records; empty if they are all recorded.
func selectorsLose(p cloudtrail.Value) string {
	advanced := p.Get("advancedEventSelectors").List()
	for _, selector := range advanced {
		if category, narrowed := managementCategory(selector); category && !narrowed {
			return ""
		} else if category {
			return "some management events"
		}
	}
	lost := "management events"
	for _, selector := range p.Get("eventSelectors").List() {
		management, said := selector.Get("includeManagementEvents").Bool()
		if said && !management {
			continue
		}
		kind := selector.Get("readWriteType").Text()
		switch {
		case len(selector.Get("excludeManagementEventSources").List()) > 0:
			lost = "some management events"
		case kind == "" || kind == "All":
			return ""
		default:
			lost = "management events other than " + kind
		}
	}
	return lost
}

// managementCategory reports whether an advanced selector takes management events, and whether only some of them.
func managementCategory(selector cloudtrail.Value) (management, narrowed bool) {
	for _, field := range selector.Get("fieldSelectors").List() {
		if field.Get("field").Text() == "eventCategory" {
			management = slices.Contains(field.Get("equals").Texts(), "Management")
		} else {
			narrowed = true
		}
	}
	return management, narrowed
}
