package builtin

import (
	"path"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3StaticUnexpected() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-static-unexpected",
		Title:      "Unexpected object type in a static S3 bucket",
		Why:        "The bucket is declared (rules.static_buckets) to hold only certain file types; another type was uploaded, possibly malware or a phishing page.",
		Do:         "Review the object, remove it if unexpected and check who can write to the bucket.",
		Severity:   alert.Medium,
		Techniques: []string{"T1608.001", "T1491"},
		Controls:   []string{"NIST CM-7"},
		Events:     events("s3", "PutObject", "CopyObject", "CompleteMultipartUpload", "CreateMultipartUpload"),
		Needs:      func(s *detect.Settings) bool { return len(s.Static) > 0 },
		NoEnd:      anAct,
		Match:      unexpectedObject,
		Examples: []detect.Example{
			inStatic(match("an archive", "s3/PutObject", `{"bucketName":"b1","key":"dump.zip"}`)),
			inStatic(miss("a style sheet", "s3/PutObject", `{"bucketName":"b1","key":"site.css"}`)),
			miss("not declared", "s3/PutObject", `{"bucketName":"b2","key":"dump.zip"}`),
		},
	}
}

func unexpectedObject(in *detect.Input) *detect.Hit {
	bucket, key := in.Record.Bucket(), in.Record.Key()
	for _, s := range in.Settings.Static {
		declared, err := path.Match(s.Match, bucket)
		if err != nil || !declared {
			continue
		}
		if slices.ContainsFunc(s.Suffixes, func(suffix string) bool { return strings.HasSuffix(strings.ToLower(key), strings.ToLower(suffix)) }) {
			return nil
		}
		kind := in.Record.Header("content-type")
		if slices.ContainsFunc(s.ContentTypes, func(allowed string) bool { ok, err := path.Match(allowed, kind); return ok && err == nil }) {
			return nil
		}
		return done("uploaded an object of an unexpected type to S3 bucket "+bucket+": {}", "key")(in)
	}
	return nil
}
