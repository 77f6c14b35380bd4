package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-public",
		Title:      "RDS or Redshift database made publicly accessible",
		Why:        "The database has a public address; a weak password or unpatched flaw is enough to reach its data.",
		Do:         "Turn off public access and check the security groups of the database.",
		Severity:   alert.High,
		Techniques: []string{"T1562.007", "T1190"},
		Controls:   []string{"CIS 2.3.3", "NIST SC-7"},
		Events: slices.Concat(
			events("rds", "ModifyDBInstance", "ModifyDBCluster", "CreateDBInstance", "CreateDBCluster", "RestoreDBInstanceFromDBSnapshot", "RestoreDBClusterFromSnapshot", "RestoreDBInstanceToPointInTime", "RestoreDBInstanceFromS3", "DeleteDBInstance", "DeleteDBCluster"),
			events("redshift", "ModifyCluster", "CreateCluster", "RestoreFromClusterSnapshot", "DeleteCluster"),
		),
		Ends:  slices.Concat(events("rds", "ModifyDBInstance", "ModifyDBCluster", "DeleteDBInstance", "DeleteDBCluster"), events("redshift", "ModifyCluster", "DeleteCluster")),
		Match: publicDatabase,
		Examples: []detect.Example{
			ending(match("until it is undone", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","publiclyAccessible":true}`), "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","publiclyAccessible":false}`),
			match("made public", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","publiclyAccessible":true}`),
			miss("made private", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","publiclyAccessible":false}`),
		},
	}
}

func publicDatabase(in *detect.Input) *detect.Hit {
	public, said := in.Record.RequestParameters.Get("publiclyAccessible").Bool()
	if answered, _ := in.Record.ResponseElements.Get("publiclyAccessible").Bool(); answered && strings.HasPrefix(in.Record.EventName, "Restore") {
		public = true
	}
	subject := []string{"dBInstanceIdentifier", "dBClusterIdentifier", "clusterIdentifier"}
	state := "database/" + param(in, subject...)
	switch {
	case public:
		return lasting(done("made database {} publicly accessible", subject...)(in), state)
	case said, strings.HasPrefix(in.Record.EventName, "Delete"):
		return ended(in, state)
	}
	return nil
}
