package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3AccountBlockWeakened() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-account-block-weakened",
		Title:      "S3 Block Public Access settings turned off (account)",
		Why:        "The account setting covers every bucket in the account. With it off, each bucket is only as private as its own settings.",
		Do:         "Turn the four account settings back on, then list the buckets that are public now.",
		Severity:   alert.High,
		Techniques: []string{"T1562.007", "T1530"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     []string{"exposure"},
		Ends:       []string{detect.OnExposure},
		Match:      onChange(func(c *exposure.Change) bool { return c.Scope == exposure.AccountScope }),
		Examples: []detect.Example{
			match("removed", "s3/DeleteAccountPublicAccessBlock", `{"host":["111122223333.s3-control.eu-west-1.amazonaws.com"]}`),
			miss("read", "s3/GetAccountPublicAccessBlock", `{}`),
		},
	}
}
