package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func snapshotsDeletedInBulk() *detect.Rule {
	return &detect.Rule{
		ID:         "snapshots-deleted-in-bulk",
		Title:      "Many snapshots, volumes or backups deleted",
		Why:        "The actor deleted far more volumes, snapshots, images or recovery points than in its history. They are needed for recovery.",
		Do:         "Disable the actor's credentials unless the deletion was planned. Check what remains and protect it (Recycle Bin, Vault Lock).",
		Severity:   alert.High,
		Techniques: []string{"T1485", "T1490"},
		Controls:   []string{"NIST CP-9", "NIST SI-4"},
		Events:     []string{detect.OnBurst},
		NoEnd:      anAct,
		Match:      onBurst("snapshot deletion", alert.High),
		Examples: []detect.Example{
			bursting(match("snapshots", "ec2/DeleteSnapshot", `{"snapshotId":"snap-1"}`), "snapshot deletion", 12),
			bursting(miss("other calls", "ec2/DeleteSnapshot", `{"snapshotId":"snap-1"}`), "list", 500),
			miss("one", "ec2/DeleteSnapshot", `{"snapshotId":"snap-1"}`),
		},
	}
}
