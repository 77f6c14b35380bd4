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
		Events: slices.Concat(
			events("rds", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"),
			events("redshift", "AuthorizeSnapshotAccess"),
		),
		Match: shareDatabase,
		Examples: []detect.Example{
			match("public", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["all"]}`),
			match("foreign", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777"]}`),
			match("account before everyone", "rds/ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777","all"]}`),
			match("of a warehouse", "redshift/AuthorizeSnapshotAccess", `{"snapshotIdentifier":"s","accountWithRestoreAccess":"999988887777"}`),
			miss("taken back", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","valuesToRemove":["all"]}`),
		},
	}
}

func shareDatabase(in *detect.Input) *detect.Hit {
	if in.Record.EventSource == "redshift.amazonaws.com" {
		return shareDisk(in, "Redshift snapshot", param(in, "snapshotIdentifier", "snapshotArn"), false, externals(in, []string{param(in, "accountWithRestoreAccess")}), nil)
	}
	values := in.Record.RequestParameters.Get("valuesToAdd").Texts()
	accounts := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "all" })
	return shareDisk(in, "RDS snapshot", param(in, "dBSnapshotIdentifier", "dBClusterSnapshotIdentifier"), len(accounts) < len(values), externals(in, accounts), nil)
}
