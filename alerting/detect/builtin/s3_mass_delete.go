package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassDelete() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-delete",
		Title:      "Unusual number of S3 deletions",
		Why:        "The actor deleted far more objects than in its history: possible sabotage or ransomware.",
		Do:         "Disable the actor's credentials, then restore from versions, replicas or backups.",
		Severity:   alert.High,
		Techniques: []string{"T1485", "T1486"},
		Controls:   []string{"NIST CP-9", "NIST SI-4"},
		Events:     []string{"burst"},
		NoEnd:      anAct,
		Match:      onBurst("delete", alert.High),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/DeleteObject", `{"bucketName":"b1"}`), "delete", 500),
			miss("one call", "s3/DeleteObject", `{"bucketName":"b1"}`),
		},
	}
}
