package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3BlockWeakened() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-block-weakened",
		Title:      "S3 Block Public Access settings turned off (bucket)",
		Why:        "Block Public Access overrides public ACLs and policies. With it off, existing and new public grants take effect.",
		Do:         "Turn the four Block Public Access settings back on, then review the bucket ACL, policy and access points.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007", "T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match: onChange(func(c *exposure.Change) bool {
			return c.Scope == exposure.BucketScope && strings.Contains(c.EventName, "PublicAccessBlock") && !shared(c)
		}),
		Examples: []detect.Example{
			match("removed", "s3/DeleteBucketPublicAccessBlock", `{"bucketName":"b1","publicAccessBlock":""}`),
			miss("all on", "s3/PutBucketPublicAccessBlock", `{"bucketName":"b1","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`),
		},
	}
}
