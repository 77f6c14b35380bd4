package reach_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// S3 User Guide, "Configuring IAM policies for using access points": delegating access control to access points.
func TestAccessPoints(t *testing.T) {
	const arn = "arn:aws:s3:eu-west-1:" + owner + ":accesspoint/app"
	point := func(origin string, doc any) m {
		return m{"access_points": l{m{"name": "app", "arn": arn, "account_id": owner, "network_origin": origin, "public_access_block": "none", "policy": doc}}}
	}
	delegate := m{"bucket_policy": policy(allow("*", l{bucketARN, objects}, to("*"), when("StringEquals", "s3:DataAccessPointAccount", owner)))}
	reads := policy(allow("s3:GetObject", arn+"/object/2026/*", aws(anna), sid("App")))
	theirs := "arn:aws:iam::" + outsider + ":role/etl"
	check(t, []one{
		{"both allow", anna, "s3:GetObject", key, documents(delegate, point("Internet", reads)), reach.Yes, "access-point", "App", nil},
		{"the bucket does not", anna, "s3:GetObject", key, documents(point("Internet", reads)), reach.No, "none", "", nil},
		{"the point does not", anna, "s3:PutObject", key, documents(delegate, point("Internet", reads)), reach.No, "none", "", nil},
		{"no direct call", anna, "s3:GetObject", key, documents(delegate), reach.No, "none", "", nil},
		{"from a VPC only", anna, "s3:GetObject", key, documents(delegate, point("VPC", reads)), reach.Conditional, "access-point", "App", []string{"aws:SourceVpc"}},
		{"never unsigned", "anonymous", "s3:GetObject", key, documents(delegate, point("Internet", policy(allow("s3:*", arn+"/object/*", to("*"))))), reach.No, "none", "", nil},
		{"another account", theirs, "s3:GetObject", key, documents(delegate, point("Internet", policy(allow("s3:*", arn+"/object/*", aws(outsider))))), reach.Conditional, "access-point", "", []string{"other-account"}},
		{"policy not read", anna, "s3:GetObject", key, documents(delegate, point("Internet", nil)), reach.Unknown, "access-point", "", nil},
		{"none read", anna, "s3:GetObject", key, documents(delegate, m{"access_points": nil}), reach.Unknown, "access-point", "", nil},
		{"not for policy calls", anna, "s3:PutBucketPolicy", "", documents(delegate, point("Internet", policy(allow("s3:*", arn, aws(anna))))), reach.No, "none", "", nil},
	})
}

// KMS Developer Guide, "Key policies in AWS KMS"; S3 User Guide, "Using server-side encryption with AWS KMS keys".
func TestTheKeyIsASecondGate(t *testing.T) {
	customer := m{"object_encryption": m{"algorithm": "aws:kms", "key": keyARN}}
	s3 := allow("s3:*", "*")
	own := func(s ...m) m { return people(l{userOf(anna, "anna", policy(append(s, s3)...))}, l{}) }
	policyOf := func(s m) m { return m{"kms_key_policy": policy(s)} }
	account := policyOf(allow("kms:*", "*", aws("arn:aws:iam::"+owner+":root")))
	theirs := "arn:aws:iam::" + outsider + ":role/etl"
	open := m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*")))}
	check(t, []one{
		{"left to identity policies", anna, "s3:GetObject", key, documents(customer, account, own(allow("kms:Decrypt", keyARN))), reach.Yes, "identity-policy", "", nil},
		{"without kms:Decrypt", anna, "s3:GetObject", key, documents(customer, account, own()), reach.No, "kms", "", nil},
		{"kms:Decrypt does not write", anna, "s3:PutObject", key, documents(customer, account, own(allow("kms:Decrypt", keyARN))), reach.No, "kms", "", nil},
		{"the key names the user", anna, "s3:GetObject", key, documents(customer, policyOf(allow("kms:Decrypt", "*", aws(anna))), own()), reach.Yes, "identity-policy", "", nil},
		{"identity policies do not count", anna, "s3:GetObject", key, documents(customer, policyOf(allow("kms:*", "*", aws(billing))), own(allow("kms:*", "*"))), reach.No, "kms", "", nil},
		{"through S3", anna, "s3:GetObject", key, documents(customer, policyOf(allow("kms:*", "*", to("*"), when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"))), own()), reach.Yes, "identity-policy", "", nil},
		{"listing needs no key", anna, "s3:ListBucket", "", documents(customer, m{"kms_key_policy": nil}, own()), reach.Yes, "identity-policy", "", nil},
		{"policy not read", anna, "s3:GetObject", key, documents(customer, m{"kms_key_policy": nil}, own()), reach.Unknown, "kms", "", nil},
		{"not read, nothing granted", anna, "s3:GetObject", key, documents(customer, m{"kms_key_policy": nil}), reach.No, "none", "", nil},
		{"unsigned never", "anonymous", "s3:GetObject", key, documents(customer, policyOf(allow("kms:*", "*", to("*"))), open), reach.No, "kms", "", nil},
		{"the managed key serves no other account", theirs, "s3:GetObject", key, documents(m{"object_encryption": m{"algorithm": "aws:kms", "key": "alias/aws/s3"}}, open), reach.No, "kms", "", nil},
	})
}

// IAM User Guide, "Creating a role for OpenID Connect federation" and "How to use trust policies with IAM roles".
func TestWhoBecomesARole(t *testing.T) {
	trusts := func(s m, users ...any) m {
		r := roleOf(billing, "billing")
		delete(s, "Resource")
		r["AssumeRolePolicyDocument"] = policy(s)
		return people(append(l{userOf(anna, "anna")}, users...), l{r})
	}
	hub := "arn:aws:iam::" + owner + ":oidc-provider/token.actions.githubusercontent.com"
	federated := func(more m) m { return allow("sts:AssumeRoleWithWebIdentity", nil, to(m{"Federated": hub}), more) }
	const assume, web, r = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "role:billing"
	const github = "oidc:token.actions.githubusercontent.com"
	asks := userOf(anna, "anna", policy(allow("sts:AssumeRole", billing)))
	theirs := "arn:aws:iam::" + outsider + ":role/etl"
	check(t, []one{
		{"named", anna, assume, r, documents(trusts(allow(assume, nil, aws(anna)))), reach.Yes, "trust-policy", "", nil},
		{"account named, no permission", anna, assume, r, documents(trusts(allow(assume, nil, aws(owner)))), reach.No, "none", "", nil},
		{"account named, permission", anna, assume, r, documents(trusts(allow(assume, nil, aws(owner)), asks)), reach.Yes, "trust-policy", "", nil},
		{"permission alone", anna, assume, r, documents(trusts(allow(assume, nil, aws(billing)), asks)), reach.No, "none", "", nil},
		{"another account", theirs, assume, r, documents(trusts(allow(assume, nil, aws(outsider), when("StringEquals", "sts:ExternalId", "k")))), reach.Conditional, "trust-policy", "", []string{"other-account", "sts:ExternalId"}},
		{"unsigned", "anonymous", assume, r, documents(trusts(allow(assume, nil, to("*")))), reach.No, "none", "", nil},
		{"a repository", github, web, r, documents(trusts(federated(when("StringLike", "token.actions.githubusercontent.com:sub", "repo:acme/*")))), reach.Conditional, "trust-policy", "", []string{"token.actions.githubusercontent.com:sub"}},
		{"every repository", github, web, r, documents(trusts(federated(nil))), reach.Yes, "trust-policy", "", nil},
		{"another provider", "oidc:gitlab.com", web, r, documents(trusts(federated(nil))), reach.No, "none", "", nil},
		{"a service", "ec2.amazonaws.com", assume, r, documents(), reach.Yes, "trust-policy", "", nil},
	})
}

// What cannot give more than is given already changes nothing, read or not.
func TestWhatCannotMatterNeedNotBeRead(t *testing.T) {
	mfa := people(l{userOf(anna, "anna", policy(allow("s3:*", "*", when("Bool", "aws:MultiFactorAuthPresent", "true"))))}, l{})
	check(t, []one{
		{"access points", anna, "s3:GetObject", key, documents(mfa, m{"access_points": nil}), reach.Conditional, "identity-policy", "", []string{"aws:MultiFactorAuthPresent"}},
		{"an ACL may give it without", anna, "s3:ListBucket", "", documents(mfa, m{"bucket_acl": nil, "ownership": "ObjectWriter"}), reach.Unknown, "acl", "", nil},
		{"known accounts", anna, "s3:GetObject", key, documents(mfa, m{"known_accounts": nil}), reach.Conditional, "identity-policy", "", []string{"aws:MultiFactorAuthPresent"}},
		{
			"whose organization they tell", "arn:aws:iam::" + outsider + ":role/etl", "s3:GetObject", key,
			documents(m{"known_accounts": nil, "bucket_policy": policy(allow("s3:*", objects, to("*"), when("StringEquals", "aws:PrincipalOrgID", "o-1")))}),
			reach.Unknown, "document", "", nil,
		},
	})
}
