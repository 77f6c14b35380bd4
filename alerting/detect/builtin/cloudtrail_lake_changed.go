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
		NoEnd:      unproven,
		Match:      updateStore,
		Examples: []detect.Example{
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
	if len(p.Get("advancedEventSelectors").List()) > 0 {
		switch lost := selectorsLose(p); lost {
		case "":
		case "management events": // the store may be one of data events alone
			return say(in, "excluded "+lost+" from event data store {}", store)
		default:
			return at(alert.High, say(in, "excluded "+lost+" from event data store {}", store))
		}
	}
	for _, flag := range []struct {
		name, lost string
		severity   alert.Severity
	}{
		{"multiRegionEnabled", "logging in all Regions but one", alert.High},
		{"organizationEnabled", "logging of the other accounts of the organization", alert.High},
		{"terminationProtectionEnabled", "termination protection", alert.Medium},
	} {
		if on, said := p.Get(flag.name).Bool(); said && !on {
			return at(flag.severity, say(in, "turned off "+flag.lost+" on event data store {}", store))
		}
	}
	if days, said := p.Get("retentionPeriod").Int(); said && days < longRetention {
		return at(alert.Low, say(in, "set the retention of event data store {} to "+param(in, "retentionPeriod")+" days", store))
	}
	return nil
}
