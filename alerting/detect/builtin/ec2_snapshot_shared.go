package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2SnapshotShared() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-snapshot-shared",
		Title:      "EBS snapshot shared externally or made public",
		Why:        "A snapshot contains a full disk. External accounts can copy it and create volumes from it.",
		Do:         "Remove the permission and treat the data on the disk as copied.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "ModifySnapshotAttribute", "ResetSnapshotAttribute", "DeleteSnapshot"),
		Ends:       events("ec2", "ModifySnapshotAttribute", "ResetSnapshotAttribute", "DeleteSnapshot"),
		Match:      shareSnapshot,
		Examples: []detect.Example{
			ending(match("until it is undone", "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`), "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"remove":{"items":[{"group":"all"}]}}}`),
			ending(match("until it is undone", "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`), "ec2/ResetSnapshotAttribute", `{"snapshotId":"snap-1"}`),
			ending(match("until it is undone", "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`), "ec2/DeleteSnapshot", `{"snapshotId":"snap-1"}`),
			match("public", "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`),
			miss("taken back", "ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"remove":{"items":[{"group":"all"}]}}}`),
		},
	}
}

func shareSnapshot(in *detect.Input) *detect.Hit {
	return shareOut(in, "EBS snapshot", param(in, "snapshotId"), in.Record.RequestParameters.Get("createVolumePermission"))
}
