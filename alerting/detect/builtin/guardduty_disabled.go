package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func guarddutyDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "guardduty-disabled",
		Title:      "GuardDuty switched off",
		Why:        "GuardDuty watches for stolen keys and mining; without its detector, or cut off from its administrator, findings stop.",
		Do:         "Enable the detector again and look through what was done meanwhile.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("guardduty", "DeleteDetector", "UpdateDetector", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DisassociateMembers", "DeleteMembers", "StopMonitoringMembers", "DisableOrganizationAdminAccount", "DeletePublishingDestination"),
		Match:      guardDutyOff,
		Examples: []detect.Example{
			match("deleted", "guardduty/DeleteDetector", `{"detectorId":"d1"}`),
			match("disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":false}`),
			match("a feature disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","features":[{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`),
			miss("enabled", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":true}`),
		},
	}
}

func guardDutyOff(in *detect.Input) *detect.Hit {
	name, detector := in.Record.EventName, param(in, "detectorId")
	if name != "UpdateDetector" {
		return episode("detector/"+detector, say(in, "weakened GuardDuty ("+name+")", detector))
	}
	p := in.Record.RequestParameters
	if on, ok := p.Get("enable").Bool(); ok {
		if on {
			return over(in, "detector/"+detector, "enabled GuardDuty")
		}
		return episode("detector/"+detector, say(in, "disabled GuardDuty's detector", detector))
	}
	for _, feature := range p.Get("features").List() {
		if feature.Get("status").Text() == "DISABLED" {
			return at(alert.Medium, say(in, "disabled GuardDuty's feature", feature.Get("name").Text()))
		}
	}
	if s3, ok := p.Get("dataSources", "s3Logs", "enable").Bool(); ok && !s3 {
		return at(alert.Medium, say(in, "disabled GuardDuty's watch over S3 of detector", detector))
	}
	return nil
}
