package builtin

import (
	"slices"
	"strings"

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
			events("rds", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute", "DeleteDBSnapshot", "DeleteDBClusterSnapshot"),
			events("redshift", "AuthorizeSnapshotAccess", "RevokeSnapshotAccess", "DeleteClusterSnapshot"),
		),
		Ends: slices.Concat(
			events("rds", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute", "DeleteDBSnapshot", "DeleteDBClusterSnapshot"),
			events("redshift", "RevokeSnapshotAccess", "DeleteClusterSnapshot"),
		),
		Match: shareDatabase,
		Examples: []detect.Example{
			ending(match("until it is undone", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["all"]}`), "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToRemove":["all"]}`),
			ending(match("until it is undone", "rds/ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777"]}`), "rds/DeleteDBClusterSnapshot", `{"dBClusterSnapshotIdentifier":"s"}`),
			ending(match("until it is undone", "redshift/AuthorizeSnapshotAccess", `{"snapshotIdentifier":"s","accountWithRestoreAccess":"999988887777"}`), "redshift/RevokeSnapshotAccess", `{"snapshotIdentifier":"s","accountWithRestoreAccess":"999988887777"}`),
			match("public", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["all"]}`),
			match("foreign", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777"]}`),
			match("account before everyone", "rds/ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777","all"]}`),
			match("of a warehouse", "redshift/AuthorizeSnapshotAccess", `{"snapshotIdentifier":"s","accountWithRestoreAccess":"999988887777"}`),
			miss("taken back", "rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","valuesToRemove":["all"]}`),
		},
	}
}

func shareDatabase(in *detect.Input) *detect.Hit {
	snapshot := param(in, "dBSnapshotIdentifier", "dBClusterSnapshotIdentifier", "snapshotIdentifier", "snapshotArn")
	if strings.HasPrefix(snapshot, "arn:") {
		snapshot = lastPart(snapshot)
	}
	state := "disk/" + snapshot + "/"
	if strings.HasPrefix(in.Record.EventName, "Delete") {
		return ended(in, state)
	}
	if account := param(in, "accountWithRestoreAccess"); in.Record.EventSource == "redshift.amazonaws.com" {
		if in.Record.EventName == "RevokeSnapshotAccess" {
			return ended(in, state+account)
		}
		return lasting(shareDisk(in, "Redshift snapshot", snapshot, false, externals(in, []string{account}), nil), state+account)
	}
	values := in.Record.RequestParameters.Get("valuesToAdd").Texts()
	accounts := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "all" })
	if hit := shareDisk(in, "RDS snapshot", snapshot, len(accounts) < len(values), externals(in, accounts), nil); hit != nil {
		return lasting(hit, prefixed(state, values)...)
	}
	return ended(in, prefixed(state, in.Record.RequestParameters.Get("valuesToRemove").Texts())...)
}

// prefixed puts a prefix before each of the names.
func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = prefix + name
	}
	return out
}
