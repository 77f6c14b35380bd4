package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassList() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-list",
		Title:      "Unusual number of S3 list calls",
		Why:        "The actor listed far more than in its history: possible discovery before exfiltration.",
		Do:         "Check which buckets were listed and what the actor read next.",
		Severity:   alert.Low,
		Techniques: []string{"T1619"},
		Controls:   []string{"NIST AU-6", "NIST SI-4"},
		Events:     []string{"burst"},
		NoEnd:      anAct,
		Match:      onBurst("list", alert.Low),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/ListObjects", `{"bucketName":"b1"}`), "list", 500),
			miss("one call", "s3/ListObjects", `{"bucketName":"b1"}`),
		},
	}
}
