package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailLoggingStopped() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-logging-stopped",
		Title:      "CloudTrail logging stopped",
		Why:        "While the trail is stopped, activity in the account is not recorded. Attackers often do this first.",
		Do:         "Start logging again (aws cloudtrail start-logging), then ask the actor. Review other log sources for the gap.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-12"},
		Events:     events("cloudtrail", "StopLogging", "StartLogging"),
		Network:    true, // the trail itself no longer records the call
		Ends:       events("cloudtrail", "StartLogging"),
		Match:      ifNamed(stopLogging, "name"),
		Examples: []detect.Example{
			ending(match("until it is undone", "cloudtrail/StopLogging", `{"name":"main"}`), "cloudtrail/StartLogging", `{"name":"main"}`),
			match("stopped", "cloudtrail/StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}`),
			match("refused", "cloudtrail/StopLogging", `{"name":"main"}`, failed("AccessDenied")),
			match("recorded by the VPC endpoint alone", "cloudtrail/StopLogging", `{"name":"main"}`, networkActivity()),
			miss("recorded without what it did", "cloudtrail/StopLogging", `{}`, networkActivity()),
			miss("no such trail", "cloudtrail/StopLogging", `{"name":"mian"}`, failed("TrailNotFoundException")),
			miss("read", "cloudtrail/GetTrailStatus", `{"name":"main"}`),
		},
	}
}

func stopLogging(in *detect.Input) *detect.Hit {
	trail := lastPart(param(in, "name"))
	if in.Record.EventName == "StartLogging" {
		return over(in, "trail/"+trail, "started logging on CloudTrail trail "+trail)
	}
	return episode("trail/"+trail, say(in, "stopped logging on CloudTrail trail {}", trail))
}
