package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func regionEnabled() *detect.Rule {
	return &detect.Rule{
		ID:         "region-enabled",
		Title:      "AWS Region enabled or disabled",
		Why:        "A region nobody looks at is a good place for machines nobody should see.",
		Do:         "Disable the region again unless somebody can say what it is for.",
		Severity:   alert.Low,
		Techniques: []string{"T1535"},
		Controls:   []string{"NIST CM-7"},
		Events:     events("account", "EnableRegion", "DisableRegion"),
		Match:      tried("switched a region on or off:", "regionName", "RegionName"),
		Examples: []detect.Example{
			match("enabled", "account/EnableRegion", `{"regionName":"me-south-1"}`),
			miss("listed", "account/ListRegions", ``),
		},
	}
}
