package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func efsPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "efs-public",
		Title:      "EFS file system policy made public",
		Why:        "Any client that can reach a mount target can mount the file system.",
		Do:         "Restore the previous file system policy or name the roles that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("elasticfilesystem", "PutFileSystemPolicy", "DeleteFileSystemPolicy", "DeleteFileSystem"),
		Ends:       events("elasticfilesystem", "PutFileSystemPolicy", "DeleteFileSystemPolicy", "DeleteFileSystem"),
		Match:      sharedPolicy("EFS file system", []string{"policy"}, "fileSystemId"),
		Examples: []detect.Example{
			ending(match("until it is undone", "elasticfilesystem/PutFileSystemPolicy", `{"fileSystemId":"fs-1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"elasticfilesystem:ClientMount\",\"Resource\":\"*\"}]}"}`), "elasticfilesystem/DeleteFileSystemPolicy", `{"fileSystemId":"fs-1"}`),
			match("everyone", "elasticfilesystem/PutFileSystemPolicy", `{"fileSystemId":"fs-1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("by way of a mount target", "elasticfilesystem/PutFileSystemPolicy", `{"fileSystemId":"fs-1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"elasticfilesystem:ClientWrite\",\"elasticfilesystem:ClientMount\"],\"Condition\":{\"Bool\":{\"elasticfilesystem:AccessedViaMountTarget\":\"true\"}}}]}"}`),
			miss("own account", "elasticfilesystem/PutFileSystemPolicy", `{"fileSystemId":"fs-1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
