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
		Events:     events("ec2", "DisableSnapshotBlockPublicAccess", "DisableImageBlockPublicAccess", "EnableSnapshotBlockPublicAccess", "EnableImageBlockPublicAccess"),
		Ends:       events("ec2", "EnableSnapshotBlockPublicAccess", "EnableImageBlockPublicAccess"),
		Match:      allowPublicSharing,
		Examples: []detect.Example{
			ending(match("until it is undone", "ec2/DisableSnapshotBlockPublicAccess", `{}`), "ec2/EnableSnapshotBlockPublicAccess", `{"State":"block-all-sharing"}`),
			match("snapshots", "ec2/DisableSnapshotBlockPublicAccess", ``),
			match("new snapshots only", "ec2/EnableSnapshotBlockPublicAccess", `{"EnableSnapshotBlockPublicAccessRequest":{"State":"block-new-sharing"}}`),
			miss("all snapshots", "ec2/EnableSnapshotBlockPublicAccess", `{"EnableSnapshotBlockPublicAccessRequest":{"State":"block-all-sharing"}}`),
		},
	}
}

func allowPublicSharing(in *detect.Input) *detect.Hit {
	region := in.Record.Region
	snapshots, images := "snapshots/"+region, "images/"+region
	switch in.Record.EventName {
	case "DisableSnapshotBlockPublicAccess":
		return episode(snapshots, say(in, "turned off block public access for EBS snapshots in {}", region))
	case "DisableImageBlockPublicAccess":
		return episode(images, say(in, "turned off block public access for AMIs in {}", region))
	case "EnableImageBlockPublicAccess":
		return over(in, images, "turned on block public access for AMIs in "+region)
	}
	switch param(in, "EnableSnapshotBlockPublicAccessRequest.State", "state") {
	case "unblocked":
		return episode(snapshots, say(in, "turned off block public access for EBS snapshots in {}", region))
	case "block-new-sharing":
		return episode(snapshots, at(alert.Low, say(in, "limited block public access for EBS snapshots in {} to new sharing: snapshots shared publicly before are public", region)))
	default:
		return over(in, snapshots, "turned on block public access for EBS snapshots in "+region)
	}
}
