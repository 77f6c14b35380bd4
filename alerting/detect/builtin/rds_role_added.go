package builtin

import (
	"cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsRoleAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-role-added",
		Title:      "IAM role added to an RDS database",
		Why:        "The database can now use the role, for example to export its tables to an S3 bucket.",
		Do:         "Check what the role allows and whether the change was planned. Otherwise remove the role from the database.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003", "T1048"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("rds", "AddRoleToDBCluster", "AddRoleToDBInstance", "RemoveRoleFromDBCluster", "RemoveRoleFromDBInstance"),
		Ends:       events("rds", "RemoveRoleFromDBCluster", "RemoveRoleFromDBInstance"),
		Match: undone(unlessUsual(notByStack(roleToDatabase)),
			undo{by: []string{"AddRoleToDBCluster"}, over: []string{"RemoveRoleFromDBCluster"}, of: []string{"dBClusterIdentifier", "roleArn"}},
			undo{by: []string{"AddRoleToDBInstance"}, over: []string{"RemoveRoleFromDBInstance"}, of: []string{"dBInstanceIdentifier", "roleArn"}},
		),
		Examples: []detect.Example{
			ending(match("until it is removed", "rds/AddRoleToDBCluster", `{"dBClusterIdentifier":"c","roleArn":"arn:aws:iam::111122223333:role/export"}`), "rds/RemoveRoleFromDBCluster", `{"dBClusterIdentifier":"c","roleArn":"arn:aws:iam::111122223333:role/export"}`),
			match("cluster", "rds/AddRoleToDBCluster", `{"dBClusterIdentifier":"c","roleArn":"arn:aws:iam::111122223333:role/export"}`),
			miss("removed", "rds/RemoveRoleFromDBCluster", `{"dBClusterIdentifier":"c","roleArn":"arn:aws:iam::111122223333:role/export"}`),
		},
	}
}

func roleToDatabase(in *detect.Input) *detect.Hit {
	return tried("added IAM role "+cmp.Or(lastPart(param(in, "roleArn")), "(name unknown)")+" to RDS database {}", "dBClusterIdentifier", "dBInstanceIdentifier")(in)
}
