package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsSnapshotCopied() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-snapshot-copied",
		Title:      "RDS snapshot copied across Regions or exported to S3",
		Why:        "The copy or export can be taken out of your accounts.",
		Do:         "Ask the actor. Delete the copy or export if nobody requested it.",
		Severity:   alert.Low,
		Techniques: []string{"T1537", "T1530"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("rds", "CopyDBSnapshot", "CopyDBClusterSnapshot", "StartExportTask"),
		NoEnd:      keptCopy,
		Match:      copyDatabase,
		Examples: []detect.Example{
			match("another region", "rds/CopyDBSnapshot", `{"sourceDBSnapshotIdentifier":"arn:aws:rds:us-east-1:111122223333:snapshot:s","sourceRegion":"us-east-1"}`),
			miss("same region", "rds/CopyDBSnapshot", `{"sourceDBSnapshotIdentifier":"s"}`),
		},
	}
}

func copyDatabase(in *detect.Input) *detect.Hit {
	source := param(in, "sourceDBSnapshotIdentifier", "sourceDBClusterSnapshotIdentifier", "sourceArn")
	if in.Record.EventName != "StartExportTask" {
		from := param(in, "sourceRegion")
		if parts := strings.Split(source, ":"); from == "" && len(parts) > 3 {
			from = parts[3]
		}
		if from == "" || from == in.Record.Region {
			return nil
		}
	}
	return notByStack(done("copied or exported database snapshot {}", "sourceDBSnapshotIdentifier", "sourceDBClusterSnapshotIdentifier", "sourceArn"))(in)
}
