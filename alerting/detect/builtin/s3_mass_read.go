package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassRead() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-read",
		Title:      "Bulk reads unusual for the actor",
		Why:        "Far more was read than this actor ever does; the data may be on its way out.",
		Do:         "Ask the actor; stop its credentials if it cannot explain.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530", "T1020"},
		Controls:   []string{"NIST AU-6", "NIST SI-4"},
		Events:     []string{"burst"},
		Match:      onBurst("read", alert.Medium),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/GetObject", `{"bucketName":"b1"}`), "read", 500),
			miss("one call", "s3/GetObject", `{"bucketName":"b1"}`),
		},
	}
}
