package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsSnapshotShared() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-snapshot-shared",
		Title:      "RDS snapshot shared externally or made public",
		Why:        "External accounts can copy or restore the snapshot and read all of its data.",
		Do:         "Remove the permission and treat the data as copied.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("rds", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"),
		Match:      shareDatabase,
		Examples: []detect.Example{
			match("public", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["all"]}`),
			match("foreign", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777"]}`),
			miss("taken back", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","valuesToRemove":["all"]}`),
		},
	}
}

func shareDatabase(in *detect.Input) *detect.Hit {
	values := in.Record.RequestParameters.Get("valuesToAdd").Texts()
	accounts := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "all" })
	return shareDisk(in, "RDS snapshot", param(in, "dBSnapshotIdentifier", "dBClusterSnapshotIdentifier"), len(accounts) < len(values), externals(in, accounts), nil)
}
