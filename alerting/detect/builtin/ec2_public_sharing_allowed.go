package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2PublicSharingAllowed() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-public-sharing-allowed",
		Title:      "Block public access for AMIs or snapshots disabled",
		Why:        "AMIs or EBS snapshots in this Region can be made public again.",
		Do:         "Enable block public access again and check what was shared since.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007", "T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "DisableSnapshotBlockPublicAccess", "DisableImageBlockPublicAccess"),
		Match:      tried("allowed public images or snapshots in the region"),
		Examples: []detect.Example{
			match("snapshots", "ec2/DisableSnapshotBlockPublicAccess", ``),
			miss("enabled", "ec2/EnableSnapshotBlockPublicAccess", ``),
		},
	}
}
