package builtin

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailTrailChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-trail-changed",
		Title:      "CloudTrail trail updated",
		Why:        "Fewer Regions, no log file validation or another bucket leave gaps in the audit log.",
		Do:         "Compare the trail with its expected configuration and revert the change.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-12"},
		Events:     events("cloudtrail", "UpdateTrail"),
		Network:    true, // the trail itself may no longer record the call
		Ends:       events("cloudtrail", "UpdateTrail"),
		Match:      ifNamed(updateTrail, "name"),
		Examples: []detect.Example{
			ending(match("until it is on", "cloudtrail/UpdateTrail", `{"name":"main","enableLogFileValidation":false}`), "cloudtrail/UpdateTrail", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","enableLogFileValidation":true}`),
			match("one region only", "cloudtrail/UpdateTrail", `{"name":"main","isMultiRegionTrail":false}`),
			match("another bucket", "cloudtrail/UpdateTrail", `{"name":"main","s3BucketName":"elsewhere"}`),
			match("a prefix that hides the log files", "cloudtrail/UpdateTrail", `{"name":"main","s3KeyPrefix":"CloudTrail-Digest"}`),
			match("no validation", "cloudtrail/UpdateTrail", `{"name":"main","enableLogFileValidation":false}`),
			match("recorded by the VPC endpoint alone", "cloudtrail/UpdateTrail", `{"name":"main","isMultiRegionTrail":false}`, networkActivity()),
			miss("recorded without what it did", "cloudtrail/UpdateTrail", `{}`, networkActivity()),
			miss("not found", "cloudtrail/UpdateTrail", `{"name":"main"}`, failed("TrailNotFoundException")),
		},
	}
}

// updateTrail tells everything an update does, at the severity of the worst. An update may name what it leaves as it was:
// a bucket or prefix that is named counts as changed unless the bucket is one this daemon reads.
func updateTrail(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	severity := alert.Low
	var effects, off, on []string
	state := "trail/" + lastPart(param(in, "name")) + "/"
	effect := func(s alert.Severity, what string) {
		severity = max(severity, s)
		effects = append(effects, what)
	}
	for _, flag := range []struct{ name, lost, won string }{
		{"isMultiRegionTrail", "stopped logging in all Regions but one", "turned on logging in all Regions"},
		{"includeGlobalServiceEvents", "turned off global service events", "turned on global service events"},
		{"isOrganizationTrail", "stopped logging for the other accounts of the organization", "turned on logging for the whole organization"},
		{"enableLogFileValidation", "turned off log file validation", "turned on log file validation"},
	} {
		switch set, ok := p.Get(flag.name).Bool(); {
		case ok && set:
			effect(alert.Low, flag.won)
			on = append(on, state+flag.name)
		case ok:
			effect(alert.High, flag.lost)
			off = append(off, state+flag.name)
		}
	}
	if bucket := param(in, "s3BucketName"); feeds(in, bucket) {
		effect(alert.Low, "set the log bucket "+bucket)
	} else if bucket != "" {
		effect(alert.Medium, "set the log bucket "+bucket)
	}
	if prefix := p.Get("s3KeyPrefix"); prefix.IsText() {
		effect(prefixSeverity(prefix.Text()), fmt.Sprintf("set the log file prefix %q", prefix.Text()))
	}
	switch {
	case len(effects) > 0:
	case param(in, "cloudWatchLogsLogGroupArn") != "": // the log files are as before
		severity, effects = alert.Info, []string{"set the CloudWatch log group"}
	default:
		effects = []string{"updated"}
	}
	hit := at(severity, say(in, strings.Join(effects, ", ")+" on CloudTrail trail {}", lastPart(param(in, "name"))))
	if hit != nil && !hit.Attempt {
		hit.Undoes = on
	}
	return lasting(hit, off...)
}

// prefixSeverity judges the prefix of a trail's log files. Files below another prefix may have no event notification and
// no rights; one named like a folder of CloudTrail's other files hides logs from whoever sorts them by their keys.
func prefixSeverity(prefix string) alert.Severity {
	for folder := range strings.SplitSeq(prefix, "/") {
		if folder == "CloudTrail-Digest" || folder == "CloudTrail-Insight" {
			return alert.High
		}
	}
	return alert.Medium
}
