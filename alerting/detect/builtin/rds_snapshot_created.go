package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsSnapshotCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-snapshot-created",
		Title:      "RDS snapshot created manually",
		Why:        "A manual snapshot is often the first step to exfiltrate a database.",
		Do:         "Ask the actor what it is for, then check with whom it is shared.",
		Severity:   alert.Low,
		Techniques: []string{"T1537", "T1530"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("rds", "CreateDBSnapshot", "CreateDBClusterSnapshot"),
		NoEnd:      keptCopy,
		Match:      snapshotDatabase,
		Examples: []detect.Example{
			match("by hand", "rds/CreateDBSnapshot", `{"dBSnapshotIdentifier":"copy","dBInstanceIdentifier":"db"}`, answering(`{"snapshotType":"manual"}`)),
			miss("automated", "rds/CreateDBSnapshot", `{"dBSnapshotIdentifier":"rds:db-1"}`, answering(`{"snapshotType":"automated"}`)),
		},
	}
}

func snapshotDatabase(in *detect.Input) *detect.Hit {
	switch in.Record.ResponseElements.Get("snapshotType").Text() {
	case "automated", "awsbackup":
		return nil
	}
	return unlessUsual(notByStack(done("created a snapshot of database {}", "dBInstanceIdentifier", "dBClusterIdentifier")))(in)
}
