package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3AccessPointPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-access-point-public",
		Title:      "Access point open to strangers",
		Why:        "An access point is a second door to a bucket, with a policy and a block of its own.",
		Do:         "Delete the access point or its policy unless it is meant to be public.",
		Severity:   alert.High,
		Techniques: []string{"T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.AccessPointScope && !shared(c) }),
		Examples: []detect.Example{
			match("policy", "s3/PutAccessPointPolicy", `{"name":"ap1","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}"}`),
			miss("read", "s3/GetAccessPointPolicy", `{"name":"ap1"}`),
		},
	}
}
