package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func regionEnabled() *detect.Rule {
	return &detect.Rule{
		ID:         "region-enabled",
		Title:      "AWS Region enabled or disabled",
		Why:        "Attackers enable unused Regions to run resources where nobody looks.",
		Do:         "Disable the Region again unless it was requested; check it for resources first.",
		Severity:   alert.Low,
		Techniques: []string{"T1535"},
		Controls:   []string{"NIST CM-7"},
		Events:     events("account", "EnableRegion", "DisableRegion"),
		NoEnd:      anAct,
		Match:      tried("enabled or disabled Region {}", "regionName", "RegionName"),
		Examples: []detect.Example{
			match("enabled", "account/EnableRegion", `{"regionName":"me-south-1"}`),
			miss("listed", "account/ListRegions", ``),
		},
	}
}
