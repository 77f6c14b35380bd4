package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3AccessPointPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-access-point-public",
		Title:      "S3 access point made public",
		Why:        "An access point has its own policy and its own Block Public Access settings, so the bucket can look private while the access point is public.",
		Do:         "Delete the access point policy. Block Public Access settings of an access point cannot be changed after it is created: recreate it with all four on.",
		Severity:   alert.High,
		Techniques: []string{"T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.AccessPointScope && !shared(c) }),
		Examples: []detect.Example{
			match("policy", "s3/PutAccessPointPolicy", `{"name":"ap1","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}"}`),
			miss("read", "s3/GetAccessPointPolicy", `{"name":"ap1"}`),
		},
	}
}
