package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func dataPolicyPublic() *detect.Rule {
	policies := slices.Concat(
		events("dynamodb", "PutResourcePolicy", "DeleteResourcePolicy", "DeleteTable"),
		events("kinesis", "PutResourcePolicy", "DeleteResourcePolicy", "DeleteStream"),
		events("glue", "PutResourcePolicy", "DeleteResourcePolicy"),
		events("logs", "PutResourcePolicy", "DeleteResourcePolicy"),
		events("lakeformation", "PutDataLakeSettings"),
		events("s3tables", "PutTableBucketPolicy", "PutTablePolicy", "DeleteTableBucketPolicy", "DeleteTablePolicy", "DeleteTableBucket", "DeleteTable"),
		events("s3vectors", "PutVectorBucketPolicy", "DeleteVectorBucketPolicy", "DeleteVectorBucket"),
		events("s3-outposts", "PutBucketPolicy", "PutAccessPointPolicy", "DeleteBucketPolicy", "DeleteAccessPointPolicy", "DeleteBucket", "DeleteAccessPoint"),
		events("s3", "PutAccessPointPolicyForObjectLambda", "PutAccessGrantsInstanceResourcePolicy",
			"DeleteAccessPointPolicyForObjectLambda", "DeleteAccessGrantsInstanceResourcePolicy",
			"DeleteAccessPointForObjectLambda", "DeleteAccessGrantsInstance"),
	)
	return &detect.Rule{
		ID:         "data-policy-public",
		Title:      "Data resource policy made public or shared externally",
		Why:        "The resource policy gives everyone, or an external account, access to a table, stream, catalog, log group, or S3 table, vector, Outposts or access-grants resource.",
		Do:         "Restore the previous resource policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-3"},
		Events:     policies, Ends: policies,
		Match: openData,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3tables/PutTablePolicy", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t","namespace":"n","name":"x","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "s3tables/DeleteTablePolicy", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t","namespace":"n","name":"x"}`),
			ending(match("until it is undone", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			ending(match("until it is deleted", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "dynamodb/DeleteTable", `{"tableName":"t"}`),
			ending(match("until it is deleted", "kinesis/PutResourcePolicy", `{"resourceARN":"arn:aws:kinesis:eu-west-1:111122223333:stream/s","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "kinesis/DeleteStream", `{"streamName":"s"}`),
			ending(match("until it is deleted", "s3tables/PutTableBucketPolicy", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "s3tables/DeleteTableBucket", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t"}`),
			ending(match("until it is deleted", "s3vectors/PutVectorBucketPolicy", `{"vectorBucketName":"v","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "s3vectors/DeleteVectorBucket", `{"vectorBucketArn":"arn:aws:s3vectors:eu-west-1:111122223333:bucket/v"}`),
			match("everyone", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("bucket of tables", "s3tables/PutTableBucketPolicy", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3tables:*\",\"Resource\":\"*\"}]}"}`),
			match("access point with a function", "s3/PutAccessPointPolicyForObjectLambda", `{"name":"p","PutAccessPointPolicyForObjectLambdaRequest":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3-object-lambda:GetObject\",\"Resource\":\"*\"}]}"}}`),
			match("foreign account", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}

// openData is the verdict on the policies of data: to let the public in is worse than for most other resources.
func openData(in *detect.Input) *detect.Hit {
	paths := []string{
		"policy", "policyInJson", "policyDocument", "resourcePolicy", "bucketPolicy",
		"PutAccessPointPolicyForObjectLambdaRequest.Policy", "PutAccessGrantsInstanceResourcePolicyRequest.Policy", "PutBucketPolicyRequest.Policy", "PutAccessPointPolicyRequest.Policy",
	}
	subject := []string{"resourceArn", "tableArn", "tableBucketArn", "vectorBucketName", "vectorBucketArn", "namespace", "name", "bucket", "policyName", "tableName", "streamName", "streamArn"}
	v := opening(in, policyAt(in, paths...))
	named := slices.DeleteFunc(slices.Clone(subject), func(name string) bool { return name == "namespace" })
	hit := sharing(in, v, dataKind(in.Record), param(in, named...))
	switch v.Reach {
	case exposure.Internet, exposure.AnyAWS, exposure.AnyVPC:
		hit = at(alert.High, hit)
	}
	return lastingPolicy(in, v, hit, paths, subject)
}

// dataKind names what a call gives a policy.
func dataKind(rec *cloudtrail.Record) string {
	service, _, _ := strings.Cut(rec.EventSource, ".")
	switch call := service + "/" + rec.EventName; call {
	case "dynamodb/PutResourcePolicy":
		return "DynamoDB table or stream"
	case "kinesis/PutResourcePolicy":
		return "Kinesis stream"
	case "glue/PutResourcePolicy":
		return "the Glue Data Catalog"
	case "logs/PutResourcePolicy":
		return "CloudWatch Logs by resource policy"
	case "s3tables/PutTableBucketPolicy":
		return "S3 table bucket"
	case "s3tables/PutTablePolicy":
		return "S3 table"
	case "s3vectors/PutVectorBucketPolicy":
		return "S3 vector bucket"
	case "s3-outposts/PutBucketPolicy":
		return "S3 on Outposts bucket"
	case "s3-outposts/PutAccessPointPolicy":
		return "S3 on Outposts access point"
	case "s3/PutAccessPointPolicyForObjectLambda":
		return "S3 Object Lambda access point"
	case "s3/PutAccessGrantsInstanceResourcePolicy":
		return "the S3 Access Grants instance"
	default:
		return "resource"
	}
}
