package reach_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// BenchmarkThousandPrincipals asks seven questions of a thousand roles that share four policies of ten statements on other
// services and have one of their own.
func BenchmarkThousandPrincipals(b *testing.B) {
	const roles = 1000
	var list, policies, attached l
	for i := range 4 {
		arn := fmt.Sprintf("arn:aws:iam::%s:policy/noise%d", owner, i)
		var statements []m
		for k := range 10 {
			statements = append(statements, allow(l{fmt.Sprintf("svc%d:Get*", k), fmt.Sprintf("svc%d:List*", k)}, fmt.Sprintf("arn:aws:svc%d:*:%s:thing/*", k, owner)))
		}
		policies, attached = append(policies, managed(arn, policy(statements...))), append(attached, m{"PolicyArn": arn})
	}
	for i := range roles {
		name := fmt.Sprint("role", i)
		r := roleOf("arn:aws:iam::"+owner+":role/"+name, name, policy(allow("s3:Get*", objects)))
		r["AttachedManagedPolicies"] = attached
		list = append(list, r)
	}
	text, err := json.Marshal(documents(people(l{}, list, policies...)))
	if err != nil {
		b.Fatal(err)
	}
	docs := reach.ParseDocuments(text)
	for b.Loop() {
		asked := reach.NewBucket(bucket, owner, "aws", docs)
		for i := range roles {
			for _, q := range [][2]string{
				{"s3:ListBucket", "bucket"},
				{"s3:GetObject", key},
				{"s3:PutObject", key},
				{"s3:DeleteObject", key},
				{"s3:PutBucketPolicy", "bucket"},
				{"s3:PutBucketAcl", "bucket"},
				{"s3:PutBucketPublicAccessBlock", "bucket"},
			} {
				asked.Ask(reach.Ask{Principal: fmt.Sprint("arn:aws:iam::", owner, ":role/role", i), Action: q[0], Resource: q[1]})
			}
		}
	}
}
