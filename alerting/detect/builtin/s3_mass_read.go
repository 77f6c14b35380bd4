package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassRead() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-read",
		Title:      "Unusual number of S3 reads",
		Why:        "The actor read far more objects than in its history: possible data exfiltration.",
		Do:         "Ask the actor. If they cannot explain the reads, disable the credentials and list the objects read.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530", "T1020"},
		Controls:   []string{"NIST AU-6", "NIST SI-4"},
		Events:     []string{"burst"},
		NoEnd:      anAct,
		Match:      onBurst("read", alert.Medium),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/GetObject", `{"bucketName":"b1"}`), "read", 500),
			miss("one call", "s3/GetObject", `{"bucketName":"b1"}`),
		},
	}
}
