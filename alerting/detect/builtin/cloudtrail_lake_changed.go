package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailLakeChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-lake-changed",
		Title:      "CloudTrail Lake event data store weakened",
		Why:        "The event data store records less, keeps events for less time or can be deleted.",
		Do:         "Compare the event data store with its expected configuration and revert the change.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-9", "NIST AU-12"},
		Events:     events("cloudtrail", "UpdateEventDataStore"),
		Ends:       events("cloudtrail", "UpdateEventDataStore"),
		Match:      updateStore,
		Examples: []detect.Example{
			ending(match("until protection is on", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","terminationProtectionEnabled":false}`), "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1","terminationProtectionEnabled":true}`),
			match("protection off", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1","terminationProtectionEnabled":false}`),
			match("a week's retention", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","retentionPeriod":7}`),
			match("reads only", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","advancedEventSelectors":[{"name":"m","fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]}]}`),
			match("one region only", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","multiRegionEnabled":false}`),
			miss("protection on", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","terminationProtectionEnabled":true}`),
			miss("ten years' retention", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","retentionPeriod":3653}`),
			miss("all management events", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","advancedEventSelectors":[{"name":"m","fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]}`),
			miss("renamed", "cloudtrail/UpdateEventDataStore", `{"eventDataStore":"1","name":"history"}`),
		},
	}
}

// longRetention is how many days a store must keep events at least, for its retention not to be told: a year, as
// standards for audit logs ask.
const longRetention = 365

func updateStore(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	store := lastPart(param(in, "eventDataStore"))
	state := "store/" + store + "/"
	severity := alert.Low
	var lost, off, on []string
	note := func(aspect string, weaker bool, worst alert.Severity, what string) {
		if !weaker {
			on = append(on, state+aspect)
			return
		}
		severity, lost, off = max(severity, worst), append(lost, what), append(off, state+aspect)
	}
	if len(p.Get("advancedEventSelectors").List()) > 0 {
		missing, worst := selectorsLose(p), alert.High
		if missing == "management events" { // the store may be one of data events alone
			worst = alert.Medium
		}
		note("selectors", missing != "", worst, "excluded "+missing+" from")
	}
	for _, flag := range []struct {
		name, lost string
		severity   alert.Severity
	}{
		{"multiRegionEnabled", "logging in all Regions but one", alert.High},
		{"organizationEnabled", "logging of the other accounts of the organization", alert.High},
		{"terminationProtectionEnabled", "termination protection", alert.Medium},
	} {
		if set, said := p.Get(flag.name).Bool(); said {
			note(flag.name, !set, flag.severity, "turned off "+flag.lost+" on")
		}
	}
	if days, said := p.Get("retentionPeriod").Int(); said {
		note("retention", days < longRetention, alert.Low, "set a retention of "+param(in, "retentionPeriod")+" days on")
	}
	if len(off) == 0 {
		return ended(in, on...)
	}
	return lasting(at(severity, say(in, listed(lost)+" event data store {}", store)), off...)
}
