package builtin

import (
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2VolumeFromSnapshot() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-volume-from-snapshot",
		Title:      "EBS volume created from a snapshot by an unusual actor",
		Why:        "A volume made from a snapshot and attached to another instance gives access to the data of the original disk.",
		Do:         "Check which snapshot was used and which instance the volume was attached to. Ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1578.001", "T1005"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "CreateVolume"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(notByStack(volumeFromSnapshot)),
		Examples: []detect.Example{
			match("from a snapshot", "ec2/CreateVolume", `{"snapshotId":"snap-1","zone":"eu-west-1a"}`),
			recently(match("from a new snapshot", "ec2/CreateVolume", `{"snapshotId":"snap-1"}`), "CreateSnapshot", "", 1),
			miss("empty", "ec2/CreateVolume", `{"size":"8","zone":"eu-west-1a"}`),
			miss("a stack", "ec2/CreateVolume", `{"snapshotId":"snap-1"}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}

// volumeFromSnapshot weighs more if the actor has just made a snapshot: the way to read the disk of another instance.
func volumeFromSnapshot(in *detect.Input) *detect.Hit {
	if in.Record.Failed() {
		return nil
	}
	snapshot := param(in, "snapshotId")
	if snapshot == "" {
		return nil
	}
	for _, m := range in.Facts.History.Recent {
		if strings.HasPrefix(m.Name, "CreateSnapshot") && m.Error == "" && in.Record.EventTime.Sub(m.Time).Abs() < time.Hour {
			return at(alert.Medium, say(in, "created a snapshot and then an EBS volume from snapshot {}", snapshot))
		}
	}
	return say(in, "created an EBS volume from snapshot {}", snapshot)
}
