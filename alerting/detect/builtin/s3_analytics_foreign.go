package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3AnalyticsForeign() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-analytics-foreign",
		Title:      "S3 analytics or Storage Lens exported to an external account",
		Why:        "The exports tell names, sizes and use of buckets, prefixes or storage classes, and are delivered daily without further calls.",
		Do:         "Delete the export configuration unless the destination is yours. Assume what it exported is known outside.",
		Severity:   alert.Medium,
		Techniques: []string{"T1619", "T1537"},
		Controls:   []string{"NIST AC-4"},
		Events: events("s3", "PutBucketAnalyticsConfiguration", "PutAnalyticsConfiguration", "DeleteBucketAnalyticsConfiguration", "DeleteAnalyticsConfiguration",
			"PutStorageLensConfiguration", "DeleteStorageLensConfiguration"),
		Ends: events("s3", "PutBucketAnalyticsConfiguration", "PutAnalyticsConfiguration", "DeleteBucketAnalyticsConfiguration", "DeleteAnalyticsConfiguration",
			"PutStorageLensConfiguration", "DeleteStorageLensConfiguration"),
		Match: exportAnalytics,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketAnalyticsConfiguration", `{"bucketName":"b1","id":"a","AnalyticsConfiguration":{"Id":"a","StorageClassAnalysis":{"DataExport":{"OutputSchemaVersion":"V_1","Destination":{"S3BucketDestination":{"Bucket":"arn:aws:s3:::other","BucketAccountId":"999988887777","Format":"CSV"}}}}}}`), "s3/DeleteBucketAnalyticsConfiguration", `{"bucketName":"b1","id":"a"}`),
			match("analytics", "s3/PutBucketAnalyticsConfiguration", `{"bucketName":"b1","id":"a","AnalyticsConfiguration":{"Id":"a","StorageClassAnalysis":{"DataExport":{"Destination":{"S3BucketDestination":{"BucketAccountId":"999988887777","Bucket":"arn:aws:s3:::far","Format":"CSV"}}}}}}`),
			match("Storage Lens", "s3/PutStorageLensConfiguration", `{"storagelensid":"l","PutStorageLensConfigurationRequest":{"StorageLensConfiguration":{"Id":"l","IsEnabled":true,"DataExport":{"S3BucketDestination":{"AccountId":"999988887777","Arn":"arn:aws:s3:::far","Format":"CSV"}}}}}`),
			miss("own account", "s3/PutStorageLensConfiguration", `{"storagelensid":"l","PutStorageLensConfigurationRequest":{"StorageLensConfiguration":{"Id":"l","IsEnabled":true,"DataExport":{"S3BucketDestination":{"AccountId":"111122223333","Arn":"arn:aws:s3:::lens","Format":"CSV"}}}}}`),
			miss("no export", "s3/PutBucketAnalyticsConfiguration", `{"bucketName":"b1","id":"a","AnalyticsConfiguration":{"Id":"a","StorageClassAnalysis":""}}`),
		},
	}
}

func exportAnalytics(in *detect.Input) *detect.Hit {
	kind, about := "S3 analytics of bucket {}", in.Record.Bucket()
	id := param(in, "storagelensid", "storageLensId", "configId", "id")
	if about == "" {
		kind, about = "S3 Storage Lens configuration {}", id
	}
	name := "analytics/" + in.Record.Bucket() + "/" + id
	destination := exportDestination(in.Record.RequestParameters, 0)
	bucket, account := destination.Get("Bucket").Text(), destination.Get("BucketAccountId").Text()
	if bucket == "" {
		bucket, account = destination.Get("Arn").Text(), destination.Get("AccountId").Text()
	}
	external := externals(in, []string{account})
	if external == "" {
		return over(in, name, "ended the export of "+placed(kind, about)+" to another account")
	}
	what := "configured " + kind + " to export to " + bucket + " in " + external
	return episode(name, say(in, what, about))
}

// exportDestination is the bucket an export goes to, wherever it stands in a request.
func exportDestination(v cloudtrail.Value, depth int) cloudtrail.Value {
	const deepest = 6
	for name, inner := range v.Members() {
		if name == "S3BucketDestination" {
			return inner
		}
		if depth < deepest && inner.IsObject() {
			if found := exportDestination(inner, depth+1); found.Exists() {
				return found
			}
		}
	}
	return cloudtrail.Value{}
}
