package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassDelete() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-delete",
		Title:      "Many deletions by one actor",
		Why:        "Far more was deleted than this actor ever does; it may be sabotage, or ransom after a copy was taken.",
		Do:         "Stop the actor's credentials; restore from versions, replication or backup.",
		Severity:   alert.High,
		Techniques: []string{"T1485", "T1486"},
		Controls:   []string{"NIST CP-9", "NIST SI-4"},
		Events:     []string{"burst"},
		Match:      onBurst("delete", alert.High),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/DeleteObject", `{"bucketName":"b1"}`), "delete", 500),
			miss("one call", "s3/DeleteObject", `{"bucketName":"b1"}`),
		},
	}
}
