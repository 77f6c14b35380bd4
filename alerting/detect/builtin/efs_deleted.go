package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func efsDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "efs-deleted",
		Title:      "EFS file system or mount target deleted",
		Why:        "Workloads lose access to the data, possibly permanently.",
		Do:         "Restore from AWS Backup and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("elasticfilesystem", "DeleteFileSystem", "DeleteMountTarget"),
		NoEnd:      goneForAll,
		Match:      notByStack(done("deleted EFS file system or mount target {}", "fileSystemId", "mountTargetId")),
		Examples: []detect.Example{
			match("deleted", "elasticfilesystem/DeleteFileSystem", `{"fileSystemId":"fs-1"}`),
			miss("in use", "elasticfilesystem/DeleteFileSystem", `{"fileSystemId":"fs-1"}`, failed("FileSystemInUse")),
		},
	}
}
