package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3DataRefused() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-data-refused",
		Title:      "Many S3 requests from outside denied",
		Why:        "Somebody outside the account tries object names or permissions of your buckets. S3 denied the requests counted here.",
		Do:         "Check that the bucket is private, and whether any request of the same caller succeeded.",
		Severity:   alert.Low,
		Techniques: []string{"T1619", "T1580"},
		Controls:   []string{"CIS 4.1", "NIST SI-4"},
		Events:     []string{detect.OnBurst},
		NoEnd:      anAct,
		Match:      onBurst("denied", alert.Low),
		Examples: []detect.Example{
			bursting(match("denied", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byNobody(), failed("AccessDenied")), "denied", 40),
			miss("denied once", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byNobody(), failed("AccessDenied")),
		},
	}
}
