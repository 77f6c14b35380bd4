package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsDatabaseDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-database-deleted",
		Title:      "RDS or Redshift database deleted or stopped",
		Why:        "Without a final snapshot or backup the data may be lost.",
		Do:         "Check for a final snapshot and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1485"},
		Controls:   []string{"NIST CP-9"},
		Events: slices.Concat(
			events("rds", "DeleteDBInstance", "DeleteDBCluster", "DeleteGlobalCluster", "StopDBCluster", "StopDBInstance"),
			events("redshift", "DeleteCluster"),
		),
		NoEnd: goneForAll,
		Match: deleteDatabase,
		Examples: []detect.Example{
			match("no final snapshot", "rds/DeleteDBCluster", `{"dBClusterIdentifier":"c","skipFinalSnapshot":true}`),
			miss("wrong state", "rds/DeleteDBInstance", `{"dBInstanceIdentifier":"d"}`, failed("InvalidDBInstanceStateFault")),
		},
	}
}

func deleteDatabase(in *detect.Input) *detect.Hit {
	what := "deleted database {}"
	if strings.HasPrefix(in.Record.EventName, "Stop") {
		what = "stopped database {}"
	}
	hit := notByStack(done(what, "dBInstanceIdentifier", "dBClusterIdentifier", "globalClusterIdentifier", "clusterIdentifier"))(in)
	if skipped, _ := in.Record.RequestParameters.Get("skipFinalSnapshot").Bool(); skipped {
		return at(alert.Medium, hit)
	}
	return hit
}
