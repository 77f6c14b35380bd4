package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsSnapshotDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-snapshot-deleted",
		Title:      "RDS snapshot or automated backup deleted",
		Why:        "Snapshots are needed for recovery; attackers delete them first.",
		Do:         "Check which snapshots remain and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1485", "T1490"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("rds", "DeleteDBSnapshot", "DeleteDBClusterSnapshot", "DeleteDBInstanceAutomatedBackup", "DeleteDBClusterAutomatedBackup"),
		NoEnd:      goneForAll,
		Match:      unlessUsual(notByStack(done("deleted database snapshot or backup {}", "dBSnapshotIdentifier", "dBClusterSnapshotIdentifier", "dbiResourceId", "dbClusterResourceId"))),
		Examples: []detect.Example{
			match("backup", "rds/DeleteDBInstanceAutomatedBackup", `{"dbiResourceId":"db-1"}`),
			miss("in use", "rds/DeleteDBSnapshot", `{"dBSnapshotIdentifier":"s"}`, failed("InvalidDBSnapshotState")),
		},
	}
}
