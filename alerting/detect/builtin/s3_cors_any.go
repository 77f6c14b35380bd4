package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3CorsAny() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-cors-any",
		Title:      "S3 CORS configuration allows any origin",
		Why:        "Any website can read responses from the bucket with the access of the user who visits it.",
		Do:         "Replace the wildcard origin with the origins that need access.",
		Severity:   alert.Low,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "PutBucketCors", "DeleteBucketCors"),
		Ends:       events("s3", "PutBucketCors", "DeleteBucketCors"),
		Match:      anyOrigin,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketCors", `{"bucketName":"b1","CORSConfiguration":{"CORSRule":{"AllowedOrigin":"*","AllowedMethod":["GET","PUT"]}}}`), "s3/DeleteBucketCors", `{"bucketName":"b1"}`),
			match("any origin", "s3/PutBucketCors", `{"bucketName":"b1","CORSConfiguration":{"CORSRule":{"AllowedOrigin":"*","AllowedMethod":"GET"}}}`),
			match("any origin over TLS", "s3/PutBucketCors", `{"bucketName":"b1","CORSConfiguration":{"CORSRule":[{"AllowedOrigin":["https://example.com","https://*"],"AllowedMethod":["GET","PUT"]}]}}`),
			miss("taken away", "s3/DeleteBucketCors", `{"bucketName":"b1","cors":""}`),
			miss("one site's hosts", "s3/PutBucketCors", `{"bucketName":"b1","CORSConfiguration":{"CORSRule":{"AllowedOrigin":"https://*.example.com","AllowedMethod":"GET"}}}`),
			miss("one origin", "s3/PutBucketCors", `{"bucketName":"b1","CORSConfiguration":{"CORSRule":{"AllowedOrigin":"https://example.com","AllowedMethod":"GET"}}}`),
		},
	}
}

func anyOrigin(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	for _, rule := range in.Record.RequestParameters.Get("CORSConfiguration", "CORSRule").List() {
		if slices.ContainsFunc(rule.Get("AllowedOrigin").Texts(), everyOrigin) {
			return episode("cors/"+bucket, done("allowed any origin (CORS) on S3 bucket {}", "bucketName")(in))
		}
	}
	return over(in, "cors/"+bucket, "limited the allowed origins (CORS) of S3 bucket "+bucket)
}

// everyOrigin reports whether an allowed origin, which may hold one asterisk, fits any host at all.
func everyOrigin(origin string) bool {
	_, host, schemed := strings.Cut(origin, "://")
	return origin == "*" || schemed && host == "*"
}
