package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsDeletionProtectionOff() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-deletion-protection-off",
		Title:      "RDS deletion protection or backups disabled",
		Why:        "The database can be deleted permanently with one call.",
		Do:         "Enable deletion protection and automated backups again.",
		Severity:   alert.Medium,
		Techniques: []string{"T1490", "T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("rds", "ModifyDBInstance", "ModifyDBCluster", "ModifyGlobalCluster"),
		Ends:       events("rds", "ModifyDBInstance", "ModifyDBCluster", "ModifyGlobalCluster"),
		Match:      unprotectDatabase,
		Examples: []detect.Example{
			ending(match("until it is on", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":false}`), "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":true}`),
			ending(match("until there are backups", "rds/ModifyDBCluster", `{"dBClusterIdentifier":"c","backupRetentionPeriod":0}`), "rds/ModifyDBCluster", `{"dBClusterIdentifier":"c","backupRetentionPeriod":7}`),
			match("off", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":false}`),
			match("no backups", "rds/ModifyDBCluster", `{"dBClusterIdentifier":"c","backupRetentionPeriod":0}`),
			miss("on", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":true}`),
		},
	}
}

func unprotectDatabase(in *detect.Input) *detect.Hit {
	subject := []string{"dBInstanceIdentifier", "dBClusterIdentifier", "globalClusterIdentifier"}
	state := in.Record.EventName + "/" + in.Record.Region + "/" + param(in, subject...) + "/"
	protected, said := in.Record.RequestParameters.Get("deletionProtection").Bool()
	days, kept := in.Record.RequestParameters.Get("backupRetentionPeriod").Int()
	var off, on []string
	for _, guard := range []struct {
		name     string
		said, on bool
	}{{"protection", said, protected}, {"backups", kept, days > 0}} {
		switch {
		case guard.said && guard.on:
			on = append(on, state+guard.name)
		case guard.said:
			off = append(off, state+guard.name)
		}
	}
	if len(off) == 0 {
		return ended(in, on...)
	}
	return lasting(done("disabled deletion protection or backups on database {}", subject...)(in), off...)
}
