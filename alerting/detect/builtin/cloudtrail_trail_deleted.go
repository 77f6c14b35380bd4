package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailTrailDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-trail-deleted",
		Title:      "CloudTrail trail deleted",
		Why:        "The deleted trail no longer records activity in the account.",
		Do:         "Recreate the trail with the same bucket and event selectors, then review activity since the deletion.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-12"},
		Events:     events("cloudtrail", "DeleteTrail"),
		Network:    true, // the trail itself no longer records the call
		NoEnd:      goneForAll,
		Match:      ifNamed(tried("deleted CloudTrail trail {}", "name"), "name"),
		Examples: []detect.Example{
			match("deleted", "cloudtrail/DeleteTrail", `{"name":"main"}`),
			match("refused", "cloudtrail/DeleteTrail", `{"name":"main"}`, failed("AccessDeniedException")),
			match("recorded by the VPC endpoint alone", "cloudtrail/DeleteTrail", `{"name":"main"}`, networkActivity()),
			miss("recorded without what it did", "cloudtrail/DeleteTrail", `{}`, networkActivity()),
			miss("unknown trail", "cloudtrail/DeleteTrail", `{"name":"x"}`, failed("TrailNotFoundException")),
		},
	}
}
