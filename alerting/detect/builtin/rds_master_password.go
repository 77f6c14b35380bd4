package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsMasterPassword() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-master-password",
		Title:      "Database master password changed",
		Why:        "The actor knows the new password and can read and change all data.",
		Do:         "Ask the actor. Change the password again if nobody requested it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1556"},
		Controls:   []string{"NIST IA-5"},
		Events: slices.Concat(
			events("rds", "ModifyDBInstance", "ModifyDBCluster"),
			events("redshift", "ModifyCluster"),
		),
		NoEnd: anAct,
		Match: masterPassword,
		Examples: []detect.Example{
			match("changed", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","masterUserPassword":"****"}`),
			miss("something else", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","maxAllocatedStorage":100}`),
		},
	}
}

func masterPassword(in *detect.Input) *detect.Hit {
	if param(in, "masterUserPassword") == "" {
		return nil
	}
	return done("changed the master password of database {}", "dBInstanceIdentifier", "dBClusterIdentifier", "clusterIdentifier")(in)
}
