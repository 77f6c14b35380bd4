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
		Title:      "S3 Object Ownership changed: ACLs enabled",
		Why:        "With ACLs enabled again, existing public ACLs on the bucket and its objects take effect.",
		Do:         "Set Object Ownership back to BucketOwnerEnforced, then review bucket and object ACLs.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007", "T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match: onChange(func(c *exposure.Change) bool {
			return c.Scope == exposure.BucketScope && strings.Contains(c.EventName, "OwnershipControls") && !shared(c)
		}),
		Examples: []detect.Example{
			match("object writer", "s3/PutBucketOwnershipControls", `{"bucketName":"b1","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}}`),
			miss("enforced", "s3/PutBucketOwnershipControls", `{"bucketName":"b1","OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}}`),
		},
	}
}
