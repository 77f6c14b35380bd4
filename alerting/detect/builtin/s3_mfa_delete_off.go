package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3MfaDeleteOff() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-mfa-delete-off",
		Title:      "S3 MFA Delete disabled",
		Why:        "Object versions can be deleted permanently without a second factor.",
		Do:         "Enable MFA Delete again. This needs the root user and its MFA device.",
		Severity:   alert.Low,
		Techniques: []string{"T1490", "T1485"},
		Controls:   []string{"CIS 2.1.2", "NIST CP-9"},
		Events:     events("s3", "PutBucketVersioning"),
		Ends:       events("s3", "PutBucketVersioning"),
		Match: undone(mfaDeleteOff,
			undo{by: []string{"PutBucketVersioning"}, over: []string{"PutBucketVersioning"}, when: says("VersioningConfiguration.MfaDelete", "Enabled")},
		),
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled","MfaDelete":"Disabled"}}`), "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled","MfaDelete":"Enabled"}}`),
			match("off", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled","MfaDelete":"Disabled"}}`),
			miss("not mentioned", "s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Enabled"}}`),
		},
	}
}

func mfaDeleteOff(in *detect.Input) *detect.Hit {
	if param(in, "VersioningConfiguration.MfaDelete", "VersioningConfiguration.MFADelete") != "Disabled" {
		return nil
	}
	if param(in, "VersioningConfiguration.Status") == "Suspended" {
		return nil // told as suspended
	}
	if neverOn(in, exposure.Versioning, func(v string) bool { return strings.Contains(v, `"MfaDelete":"Enabled"`) }) {
		return nil
	}
	return tried("disabled MFA Delete on S3 bucket {}", "bucketName")(in)
}
