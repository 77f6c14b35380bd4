package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3AnonymousWrite() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-anonymous-write",
		Title:      "A stranger wrote into a bucket",
		Why:        "A call that nobody signed changed a bucket: it is open for writing to the whole internet.",
		Do:         "Close the bucket now; remove what was put there.",
		Severity:   alert.Critical,
		Techniques: []string{"T1530", "T1491", "T1485"},
		Controls:   []string{"CIS 2.1.4", "NIST AC-3"},
		Events:     events("s3", "PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject", "DeleteObjects", "PutObjectAcl", "PutBucketAcl", "PutBucketPolicy"),
		Wants: func(h *cloudtrail.Header, _ []byte) bool {
			return !h.Failed() && detect.HasPrefix(h.AccountID, "ANONYMOUS")
		},
		Match: anonymousWrite,
		Examples: []detect.Example{
			match("upload", "s3/PutObject", `{"bucketName":"b1","key":"k"}`, byNobody()),
			miss("signed", "s3/PutObject", `{"bucketName":"b1","key":"k"}`),
			miss("refused", "s3/PutObject", `{"bucketName":"b1","key":"k"}`, byNobody(), failed("AccessDenied")),
		},
	}
}

func anonymousWrite(in *detect.Input) *detect.Hit {
	if in.Record.Failed() || in.Record.Actor().Name != cloudtrail.Anonymous {
		return nil
	}
	return &detect.Hit{
		Resource: in.Record.Key(), Grant: "everyone may write",
		Detail: "Somebody without credentials called " + in.Record.EventName + " on " + in.Record.Bucket() + ", and was let in.",
	}
}
