package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func s3BucketDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-bucket-deleted",
		Title:      "S3 bucket deleted",
		Why:        "The bucket name can be taken by any AWS account; applications that still use the name would talk to the new owner.",
		Do:         "Confirm the deletion with the owner. Remove references to the name from DNS, code and policies.",
		Severity:   alert.Low,
		Techniques: []string{"T1485"},
		Controls:   []string{"CIS 4.8", "NIST CP-9"},
		Events:     events("s3", "DeleteBucket"),
		NoEnd:      goneForAll,
		Match:      deleteBucket,
		Examples: []detect.Example{
			match("deleted", "s3/DeleteBucket", `{"bucketName":"b1"}`),
			miss("not empty", "s3/DeleteBucket", `{"bucketName":"b1"}`, failed("BucketNotEmpty")),
			miss("by a stack", "s3/DeleteBucket", `{"bucketName":"b1"}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}

func deleteBucket(in *detect.Input) *detect.Hit {
	hit := unlessUsual(notByStack(done("deleted S3 bucket {}", "bucketName")))(in)
	if hit == nil {
		return nil
	}
	destroying := slices.ContainsFunc(in.Facts.History.Burst, func(b history.Burst) bool { return b.Kind == "delete" })
	hit.Apart = destroying || logBucket(in.Record.Bucket()) || suspect(in)
	switch {
	case destroying || logBucket(in.Record.Bucket()):
		return at(alert.High, hit)
	case in.Facts.Bucket.Sensitivity >= sensitiveName:
		return at(alert.Medium, hit)
	}
	return hit
}

// suspect reports whether a call came from a place or by an actor that nobody expects: a VPN or Tor, from
// abroad, or by somebody who was not seen before lately.
func suspect(in *detect.Input) bool {
	a, h := in.Facts.Address, in.Facts.History
	switch a.Network.Kind {
	case network.VPN, network.Tor, network.Malicious:
		return true
	}
	return a.Home == "no" || !h.Beginning && (!h.Known || h.Learning)
}

// sensitiveName is the sensitivity from which a bucket's name counts as speaking of secrets.
const sensitiveName = 50
