package builtin

import (
	"bytes"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3CopiedOutside() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-copied-outside",
		Title:      "S3 object copied to a bucket in an external account",
		Why:        "The object is now in a bucket outside your accounts and cannot be recalled.",
		Do:         "Identify the account owner. If it is not a partner's, disable the actor's credentials and list the objects copied.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1567.002"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "CopyObject", "UploadPartCopy", "PutObject", "CompleteMultipartUpload"),
		Wants:      intoOtherAccount,
		NoEnd:      keptCopy,
		Match:      unlessUsual(copiedOutside),
		Examples: []detect.Example{
			match("copied", "s3/CopyObject", `{"bucketName":"theirs","key":"k","x-amz-copy-source":"ours/k"}`, inBucketOf("999988887777")),
			match("uploaded", "s3/PutObject", `{"bucketName":"theirs","key":"k"}`, inBucketOf("999988887777")),
			miss("within the account", "s3/CopyObject", `{"bucketName":"ours","key":"k","x-amz-copy-source":"ours/j"}`, inBucketOf("111122223333")),
			miss("by another account", "s3/PutObject", `{"bucketName":"theirs","key":"k"}`, byAccount("999988887777"), inBucketOf("999988887777")),
			trusting(miss("known account", "s3/CopyObject", `{"bucketName":"partners","key":"k","x-amz-copy-source":"ours/k"}`, inBucketOf("999988887777")), "999988887777"),
		},
	}
}

// intoOtherAccount is a first look for a resource of an account other than that whose trail has the record.
func intoOtherAccount(h *cloudtrail.Header, raw []byte) bool {
	_, rest, found := bytes.Cut(raw, []byte(`"resources"`))
	for found {
		if _, rest, found = bytes.Cut(rest, []byte(`"accountId"`)); !found {
			return false
		}
		_, text, _ := bytes.Cut(rest[:min(len(rest), 24)], []byte(`"`))
		if owner, _, whole := bytes.Cut(text, []byte(`"`)); whole && !bytes.Equal(owner, h.RecipientAccountID) {
			return true
		}
	}
	return false
}

func copiedOutside(in *detect.Input) *detect.Hit {
	rec := in.Record
	owner, trail := rec.OwnerAccount(), rec.RecipientAccountID
	known := func(account string) bool {
		return account == trail || slices.Contains(in.Settings.Own.Accounts, account)
	}
	if trail == "" || owner == "" || known(owner) || !known(rec.UserIdentity.AccountID) {
		return nil
	}
	target := rec.Bucket() + " in external account " + owner
	source, _, _ := strings.Cut(strings.TrimPrefix(rec.Header("x-amz-copy-source"), "/"), "?versionId=")
	if source == "" {
		return at(alert.Low, say(in, "uploaded an object to S3 bucket {}", target))
	}
	return say(in, "copied S3 object "+source+" to bucket {}", target)
}
