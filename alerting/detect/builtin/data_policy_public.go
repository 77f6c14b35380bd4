package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func dataPolicyPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "data-policy-public",
		Title:      "Data resource policy made public or shared externally",
		Why:        "The resource policy gives everyone, or an external account, access to a table, stream, catalog, log group, or S3 table, vector, Outposts or access-grants resource.",
		Do:         "Restore the previous resource policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-3"},
		Events: slices.Concat(
			events("dynamodb", "PutResourcePolicy"),
			events("kinesis", "PutResourcePolicy"),
			events("glue", "PutResourcePolicy"),
			events("logs", "PutResourcePolicy"),
			events("lakeformation", "PutDataLakeSettings"),
			events("s3tables", "PutTableBucketPolicy", "PutTablePolicy"),
			events("s3vectors", "PutVectorBucketPolicy"),
			events("s3-outposts", "PutBucketPolicy", "PutAccessPointPolicy"),
			events("s3", "PutAccessPointPolicyForObjectLambda", "PutAccessGrantsInstanceResourcePolicy"),
		),
		Match: sharedPolicy("resource", []string{
			"policy", "policyInJson", "policyDocument", "resourcePolicy", "bucketPolicy",
			"PutAccessPointPolicyForObjectLambdaRequest.Policy", "PutAccessGrantsInstanceResourcePolicyRequest.Policy", "PutBucketPolicyRequest.Policy", "PutAccessPointPolicyRequest.Policy",
		}, "resourceArn", "resourceARN", "tableBucketARN", "vectorBucketName", "vectorBucketArn", "name", "bucket", "policyName"),
		Examples: []detect.Example{
			match("everyone", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("bucket of tables", "s3tables/PutTableBucketPolicy", `{"tableBucketARN":"arn:aws:s3tables:eu-west-1:111122223333:bucket/t","resourcePolicy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3tables:*\",\"Resource\":\"*\"}]}"}`),
			match("access point with a function", "s3/PutAccessPointPolicyForObjectLambda", `{"name":"p","PutAccessPointPolicyForObjectLambdaRequest":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3-object-lambda:GetObject\",\"Resource\":\"*\"}]}"}}`),
			match("foreign account", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "dynamodb/PutResourcePolicy", `{"resourceArn":"arn:t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
