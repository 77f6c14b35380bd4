package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3MassList() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mass-list",
		Title:      "Bulk listings unusual for the actor",
		Why:        "Somebody is looking through buckets far more than this actor ever does, as before a theft.",
		Do:         "Look at what was listed and what was read next.",
		Severity:   alert.Low,
		Techniques: []string{"T1619"},
		Controls:   []string{"NIST AU-6", "NIST SI-4"},
		Events:     []string{"burst"},
		Match:      onBurst("list", alert.Low),
		Examples: []detect.Example{
			bursting(match("far more than usual", "s3/ListObjects", `{"bucketName":"b1"}`), "list", 500),
			miss("one call", "s3/ListObjects", `{"bucketName":"b1"}`),
		},
	}
}
