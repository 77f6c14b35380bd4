package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func backupDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "backup-deleted",
		Title:      "Backups deleted or unlocked",
		Why:        "Backups are what is left after ransom or sabotage; intruders remove them first.",
		Do:         "Stop the actor; check which recovery points are left and lock their vault.",
		Severity:   alert.Medium,
		Techniques: []string{"T1490"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("backup", "DeleteBackupVault", "DeleteRecoveryPoint", "DeleteBackupPlan", "DeleteBackupSelection", "DeleteBackupVaultAccessPolicy", "DeleteBackupVaultLockConfiguration", "DisassociateRecoveryPoint", "PutBackupVaultAccessPolicy"),
		Match:      deleteBackup,
		Examples: []detect.Example{
			match("recovery point", "backup/DeleteRecoveryPoint", `{"backupVaultName":"v","recoveryPointArn":"arn:r"}`),
			miss("by its lifecycle", "backup/DeleteRecoveryPoint", `{"backupVaultName":"v"}`, byService("backup.amazonaws.com")),
		},
	}
}

func deleteBackup(in *detect.Input) *detect.Hit {
	if in.Record.EventName != "PutBackupVaultAccessPolicy" {
		return notByStack(done("removed backups ("+in.Record.EventName+")", "recoveryPointArn", "backupVaultName", "backupPlanId"))(in)
	}
	return publicPolicy("backup vault", []string{"policy"}, "backupVaultName")(in)
}
