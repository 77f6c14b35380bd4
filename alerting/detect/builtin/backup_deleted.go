package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func backupDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "backup-deleted",
		Title:      "AWS Backup data deleted or vault protection weakened",
		Why:        "Recovery points, plans, or vault locks and policies were removed or opened. Attackers remove backups before ransomware.",
		Do:         "Disable the actor's credentials, then check which recovery points remain and lock the vault.",
		Severity:   alert.Medium,
		Techniques: []string{"T1490"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("backup", "DeleteBackupVault", "DeleteRecoveryPoint", "DeleteBackupPlan", "DeleteBackupSelection", "DeleteBackupVaultAccessPolicy", "DeleteBackupVaultLockConfiguration", "DisassociateRecoveryPoint", "PutBackupVaultAccessPolicy"),
		NoEnd:      goneForAll,
		Match:      deleteBackup,
		Examples: []detect.Example{
			match("recovery point", "backup/DeleteRecoveryPoint", `{"backupVaultName":"v","recoveryPointArn":"arn:r"}`),
			miss("by its lifecycle", "backup/DeleteRecoveryPoint", `{"backupVaultName":"v"}`, byService("backup.amazonaws.com")),
		},
	}
}

func deleteBackup(in *detect.Input) *detect.Hit {
	if in.Record.EventName != "PutBackupVaultAccessPolicy" {
		return notByStack(done("deleted AWS Backup data or settings {} ("+in.Record.EventName+")", "recoveryPointArn", "backupVaultName", "backupPlanId"))(in)
	}
	return sharedPolicy("backup vault", []string{"policy"}, "backupVaultName")(in)
}
