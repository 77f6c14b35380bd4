package builtin

import (
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
		Match:      updateTrail,
		Examples: []detect.Example{
			match("one region only", "cloudtrail/UpdateTrail", `{"name":"main","isMultiRegionTrail":false}`),
			match("another bucket", "cloudtrail/UpdateTrail", `{"name":"main","s3BucketName":"elsewhere"}`),
			miss("not found", "cloudtrail/UpdateTrail", `{"name":"main"}`, failed("TrailNotFoundException")),
		},
	}
}

func updateTrail(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	trail := lastPart(param(in, "name"))
	for _, flag := range []struct{ name, lost string }{
		{"isMultiRegionTrail", "all regions but one"},
		{"includeGlobalServiceEvents", "global services"},
		{"isOrganizationTrail", "the other accounts of the organization"},
		{"enableLogFileValidation", "the proof that log files are unchanged"},
	} {
		if on, ok := p.Get(flag.name).Bool(); ok && !on {
			return at(alert.High, say(in, "took "+flag.lost+" out of trail", trail))
		}
	}
	if param(in, "s3BucketName") != "" {
		return at(alert.Medium, say(in, "named the bucket "+param(in, "s3BucketName")+" for trail", trail))
	}
	return say(in, "changed trail", trail)
}
