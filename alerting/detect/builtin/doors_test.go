package builtin_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// TestPolicyAndEvent: what is said of a policy, and what is told of the event that sets it, agree in reach and severity.
func TestPolicyAndEvent(t *testing.T) {
	t.Parallel()
	x := detect.Build(builtin.Rules(), nil)
	rapid.Check(t, func(t *rapid.T) {
		doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": rapid.SliceOfN(statements(), 1, 3).Draw(t, "statements")})
		if err != nil {
			t.Fatal(err)
		}
		settings := detect.Settings{Own: exposure.Own{OrganizationID: "o-own1234567", Accounts: []string{"222233334444"}}}
		policy, err := exposure.ParsePolicy(doc)
		if err != nil {
			t.Fatal(err)
		}
		v := exposure.Evaluate(exposure.Input{Account: "111122223333", Own: settings.Own, Policy: policy})
		raw := call("s3/PutBucketPolicy", fmt.Sprintf(`{"bucketName":"b1","policy":"","bucketPolicy":%s}`, doc), user)
		rec, err := cloudtrail.Decode([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		change := exposure.Apply(&exposure.Bucket{}, &exposure.Account{}, rec, settings.Own)
		told, severity := "", alert.Info
		in := &detect.Input{Record: rec, Raw: []byte(raw), Facts: &enrich.Facts{}, Settings: &settings, Change: &change}
		for _, m := range x.Match(in, []string{detect.OnExposure, "s3-shared-known"}) {
			if m.Rule.Severity >= alert.Low && m.Hit.Severity >= alert.Low {
				told, severity = told+m.Rule.ID, m.Hit.Severity
			}
		}
		want := ""
		switch {
		case v.Public == exposure.Yes, v.Error != "":
			want = "s3-public-policy"
		case v.Severity >= alert.Low:
			want = "s3-shared-outside"
		}
		if told != want || severity != v.Severity || want != "" && change.Reach != v.Reach {
			t.Fatalf("the policy: %s %s (%s), the event: %q %s %s\n%s", v.Reach, v.Severity, want, told, change.Reach, severity, doc)
		}
	})
}

// statements draws statements of bucket policies: services with sources of one's own, of others and of nobody, accounts,
// organizations and ranges, one's own beside others.
func statements() *rapid.Generator[map[string]any] {
	one := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	account := one("111122223333", "222233334444", "999988887777", "127311923021", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::999988887777:root", "AROAEXAMPLEEXAMPLE123")
	service := one("cloudfront.amazonaws.com", "cloudtrail.amazonaws.com", "config.amazonaws.com", "delivery.logs.amazonaws.com", "logging.s3.amazonaws.com",
		"logdelivery.elasticloadbalancing.amazonaws.com", "datasync.amazonaws.com", "backup.amazonaws.com", "bedrock.amazonaws.com", "lambda.amazonaws.com", "serverlessrepo.amazonaws.com")
	action := one("s3:GetObject", "s3:PutObject", "s3:GetBucketAcl", "s3:ListBucket", "s3:*", "s3:PutBucketPolicy", "S3:putobject", "s3:GetBucketLocation")
	values := map[string]*rapid.Generator[string]{
		"aws:SourceAccount":    one("111122223333", "222233334444", "999988887777", "*", "${aws:ResourceAccount}"),
		"aws:SourceArn":        one("arn:aws:cloudfront::111122223333:distribution/E1", "arn:aws:cloudfront::999988887777:distribution/E1", "arn:aws:cloudtrail:*:111122223333:trail/*", "arn:aws:s3:::other", "arn:aws:s3:*:*:other", "arn:aws:cloudfront::*:distribution/*"),
		"aws:SourceOrgID":      one("o-own1234567", "o-other12345", "${aws:ResourceOrgID}"),
		"aws:PrincipalOrgID":   one("o-own1234567", "o-other12345", "o-*"),
		"aws:PrincipalAccount": one("111122223333", "222233334444", "999988887777"),
		"aws:PrincipalArn":     one("arn:aws:iam::111122223333:role/*", "arn:aws:iam::999988887777:role/x", "arn:aws:iam::*:role/x"),
		"aws:SourceIp":         one("198.51.100.0/24", "10.0.0.0/8", "0.0.0.0/0"),
		"aws:SourceVpce":       one("vpce-1", "vpce-*"),
		"aws:SecureTransport":  one("true"),
		"s3:x-amz-acl":         one("bucket-owner-full-control"),
		"aws:userid":           one("AROAEXAMPLEEXAMPLE123:*", "111122223333"),
	}
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return rapid.Custom(func(t *rapid.T) map[string]any {
		principal := map[string]any{}
		if rapid.Bool().Draw(t, "accounts") {
			principal["AWS"] = rapid.SliceOfN(account, 1, 3).Draw(t, "AWS")
		}
		if len(principal) == 0 || rapid.Bool().Draw(t, "services") {
			principal["Service"] = rapid.SliceOfN(service, 1, 2).Draw(t, "Service")
		}
		st := map[string]any{
			"Effect": one("Allow", "Allow", "Allow", "Deny").Draw(t, "effect"), "Principal": principal, "Resource": one("arn:aws:s3:::b1/*", "arn:aws:s3:::b1").Draw(t, "resource"),
			"Action": rapid.SliceOfN(action, 1, 3).Draw(t, "action"),
		}
		if rapid.IntRange(0, 3).Draw(t, "everyone") == 0 {
			st["Principal"] = "*"
		}
		condition := map[string]map[string]any{}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 2, rapid.ID).Draw(t, "keys") {
			operator := one("StringEquals", "StringLike", "ArnLike", "StringNotEquals", "StringEqualsIfExists").Draw(t, "operator")
			switch key {
			case "aws:SourceIp":
				operator = one("IpAddress", "NotIpAddress").Draw(t, "operator")
			case "aws:SecureTransport":
				operator = "Bool"
			}
			if condition[operator] == nil {
				condition[operator] = map[string]any{}
			}
			condition[operator][key] = rapid.SliceOfN(values[key], 1, 2).Draw(t, key)
		}
		if len(condition) > 0 {
			st["Condition"] = condition
		}
		switch rapid.IntRange(0, 15).Draw(t, "fault") {
		case 0:
			delete(st, "Resource")
		case 1:
			st["Unknown"] = "x"
		}
		return st
	})
}
