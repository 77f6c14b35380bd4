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
		NoEnd:      unproven,
		Match:      unprotectDatabase,
		Examples: []detect.Example{
			match("off", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":false}`),
			match("no backups", "rds/ModifyDBCluster", `{"dBClusterIdentifier":"c","backupRetentionPeriod":0}`),
			miss("on", "rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":true}`),
		},
	}
}

func unprotectDatabase(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	on, said := p.Get("deletionProtection").Bool()
	days, kept := p.Get("backupRetentionPeriod").Int()
	if (!said || on) && (!kept || days > 0) {
		return nil
	}
	return done("disabled deletion protection or backups on database {}", "dBInstanceIdentifier", "dBClusterIdentifier", "globalClusterIdentifier")(in)
}
