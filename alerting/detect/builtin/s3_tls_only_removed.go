package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3TlsOnlyRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-tls-only-removed",
		Title:      "S3 bucket policy no longer requires TLS",
		Why:        "The Deny statement on aws:SecureTransport was removed; objects can now be requested over plain HTTP and read in transit.",
		Do:         "Add the Deny statement on aws:SecureTransport = false to the bucket policy again.",
		Severity:   alert.Medium,
		Techniques: []string{"T1557", "T1040"},
		Controls:   []string{"CIS 2.1.1", "NIST SC-8"},
		Events:     events("s3", "PutBucketPolicy"),
		Ends:       events("s3", "PutBucketPolicy"),
		Match: undone(dropTLS,
			undo{by: []string{"PutBucketPolicy"}, over: []string{"PutBucketPolicy"}, when: func(in *detect.Input) bool { return insistsOnTLS(policyAt(in, "bucketPolicy")) }},
		),
		Examples: []detect.Example{
			later(ending(match("statement dropped", "s3/PutBucketPolicy", `{"bucketName":"b1","bucketPolicy":{"Version":"2012-10-17","Statement":[]}}`), "s3/PutBucketPolicy", tlsOnly), "s3/PutBucketPolicy", tlsOnly),
			miss("nothing known of before", "s3/PutBucketPolicy", `{"bucketName":"b1","bucketPolicy":{"Version":"2012-10-17","Statement":[]}}`),
		},
	}
}

// tlsOnly is a policy that refuses plain HTTP.
const tlsOnly = `{"bucketName":"b1","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",` +
	`"Resource":"arn:aws:s3:::b1/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}}`

func dropTLS(in *detect.Input) *detect.Hit {
	if in.Bucket == nil || in.Change == nil {
		return nil
	}
	before, known := in.Bucket.Policy.Before(in.Change.Mark)
	if !known || !insistsOnTLS([]byte(before.Value)) || insistsOnTLS(policyAt(in, "bucketPolicy")) {
		return nil
	}
	return done("removed the TLS-only statement from the policy of S3 bucket {}", "bucketName")(in)
}

// insistsOnTLS reports whether a policy denies calls over plain HTTP.
func insistsOnTLS(doc []byte) bool {
	policy, err := exposure.ParsePolicy(doc)
	return err == nil && slices.ContainsFunc(policy.Statements, func(s exposure.Statement) bool {
		return s.Deny && slices.ContainsFunc(s.Conditions, func(c exposure.Condition) bool {
			return strings.EqualFold(c.Key, "aws:SecureTransport") && slices.Contains(c.Values, "false")
		})
	})
}
