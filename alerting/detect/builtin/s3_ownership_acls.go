package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3OwnershipAcls() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-ownership-acls",
		Title:      "Object Ownership lets ACLs work again",
		Why:        "With ACLs back in force, old public ACLs of the bucket and of its objects apply at once.",
		Do:         "Set BucketOwnerEnforced again; check the ACLs.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007", "T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Match:      onChange(func(c *exposure.Change) bool { return strings.Contains(c.EventName, "OwnershipControls") }),
		Examples: []detect.Example{
			match("object writer", "s3/PutBucketOwnershipControls", `{"bucketName":"b1","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}}`),
			miss("enforced", "s3/PutBucketOwnershipControls", `{"bucketName":"b1","OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}}`),
		},
	}
}
