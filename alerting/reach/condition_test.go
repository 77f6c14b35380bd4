package reach_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// IAM User Guide, "IAM JSON policy elements: Condition operators" and "AWS global condition context keys".
func TestConditionsDecideOrAreNamed(t *testing.T) {
	tagged := func(more m) m {
		u := userOf(anna, "anna", policy(allow("s3:GetObject", "*", more)))
		u["Tags"] = l{m{"Key": "team", "Value": "blue"}}
		return people(l{u}, l{roleOf(billing, "billing", policy(allow("s3:GetObject", "*", more)))})
	}
	yes := func(name, principal, op, keyName string, values ...string) one {
		return one{name, principal, "s3:GetObject", key, documents(tagged(when(op, keyName, values...))), reach.Yes, "identity-policy", "", nil}
	}
	no := func(name, principal, op, keyName string, values ...string) one {
		return one{name, principal, "s3:GetObject", key, documents(tagged(when(op, keyName, values...))), reach.No, "none", "", nil}
	}
	open := func(name, principal, op, keyName string, values ...string) one {
		return one{name, principal, "s3:GetObject", key, documents(tagged(when(op, keyName, values...))), reach.Conditional, "identity-policy", "", []string{keyName}}
	}
	check(t, []one{
		yes("name", anna, "StringEquals", "AWS:UserName", "bob", "anna"),
		no("name's case", anna, "StringEquals", "aws:username", "Anna"),
		yes("without case", anna, "StringEqualsIgnoreCase", "aws:username", "Anna"),
		yes("pattern", anna, "StringLike", "aws:username", "a*"),
		no("literal", anna, "StringEquals", "aws:username", "a*"),
		no("missing", billing, "StringEquals", "aws:username", "anna"),
		yes("missing, negated", billing, "StringNotEquals", "aws:username", "anna"),
		yes("missing, IfExists", billing, "StringEqualsIfExists", "aws:username", "anna"),
		yes("missing, ForAllValues", billing, "ForAllValues:StringEquals", "aws:username", "anna"),
		no("missing, ForAnyValue", billing, "ForAnyValue:StringEquals", "aws:username", "anna"),
		yes("Null", billing, "Null", "aws:username", "true"),
		no("negated lists", anna, "StringNotEquals", "aws:username", "bob", "anna"),
		yes("ArnEquals has wildcards", anna, "ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:user/*"),
		no("no star spans a colon", anna, "ArnLike", "aws:PrincipalArn", "arn:*:user/*"),
		yes("text does", anna, "StringLike", "aws:PrincipalArn", "arn:*:user/*"),
		yes("session by its role", batch, "ArnLike", "aws:PrincipalArn", billing),
		yes("user id of a session", batch, "StringLike", "aws:userid", "AROAbilling:*"),
		open("user id of some session", billing, "StringEquals", "aws:userid", "AROAbilling:nightly"),
		no("user id of another role", billing, "StringLike", "aws:userid", "AROAother:*"),
		yes("organization", anna, "StringEquals", "aws:PrincipalOrgID", "o-1"),
		no("another organization", anna, "StringEquals", "aws:PrincipalOrgID", "o-2"),
		yes("tag of a user", anna, "StringEquals", "aws:PrincipalTag/team", "blue"),
		no("other tag", anna, "StringEquals", "aws:PrincipalTag/team", "red"),
		open("tag of a role", billing, "StringEquals", "aws:PrincipalTag/team", "blue"),
		open("address", anna, "IpAddress", "aws:SourceIp", "203.0.113.0/24"),
		open("MFA", anna, "Bool", "aws:MultiFactorAuthPresent", "true"),
		open("endpoint", anna, "StringEquals", "aws:SourceVpce", "vpce-1"),
		yes("endpoint if there is one", anna, "StringEqualsIfExists", "aws:SourceVpce", "vpce-1"),
		open("a header anybody can write", anna, "StringLike", "aws:Referer", "https://example.com/*"),
		open("time", anna, "DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
		no("TLS", anna, "NumericLessThan", "s3:TlsVersion", "1.2"),
		{"unknown operator", anna, "s3:GetObject", key, documents(tagged(when("StringResembles", "aws:username", "anna"))), reach.Unknown, "identity-policy", "", nil},
	})
}

// IAM User Guide, "IAM policy elements: Variables and tags".
func TestPolicyVariables(t *testing.T) {
	home := func(version, resource string) m {
		doc := policy(allow("s3:GetObject", resource))
		doc["Version"] = version
		return people(l{userOf(anna, "anna", doc)}, l{roleOf(billing, "billing", doc)})
	}
	own := home("2012-10-17", bucketARN+"/home/${AWS:username}/*")
	check(t, []one{
		{"own", anna, "s3:GetObject", "object:home/anna/x", documents(own), reach.Yes, "identity-policy", "", nil},
		{"another's", anna, "s3:GetObject", "object:home/bob/x", documents(own), reach.No, "none", "", nil},
		{"a role has no name", billing, "s3:GetObject", "object:home/billing/x", documents(own), reach.No, "none", "", nil},
		{"a default", billing, "s3:GetObject", "object:home/all/x", documents(home("2012-10-17", bucketARN+"/home/${aws:username, 'all'}/*")), reach.Yes, "identity-policy", "", nil},
		{"old version", anna, "s3:GetObject", "object:home/anna/x", documents(home("2008-10-17", bucketARN+"/home/${aws:username}/*")), reach.No, "none", "", nil},
		{"a literal star", anna, "s3:GetObject", "object:a*", documents(home("2012-10-17", bucketARN+"/a${*}")), reach.Yes, "identity-policy", "", nil},
		{"no wildcard", anna, "s3:GetObject", "object:ab", documents(home("2012-10-17", bucketARN+"/a${*}")), reach.No, "none", "", nil},
		{"some session", billing, "s3:GetObject", "object:AROAbilling:nightly/x", documents(home("2012-10-17", bucketARN+"/${aws:userid}/*")), reach.Conditional, "identity-policy", "", []string{"aws:userid"}},
	})
}

// GetAccountAuthorizationDetails in the IAM API Reference: documents are URL-encoded compliant with RFC 3986.
func TestDocumentsAsTheAPISendsThem(t *testing.T) {
	encoded := func(doc string) m {
		u := userOf(anna, "anna")
		u["UserPolicyList"] = l{m{"PolicyName": "own", "PolicyDocument": doc}}
		return people(l{u}, l{})
	}
	const good = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A*%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aledger%2Fc++%2F*%22%7D%5D%7D"
	group := userOf(anna, "anna")
	group["GroupList"] = l{"dev"}
	attached := userOf(anna, "anna")
	attached["AttachedManagedPolicies"] = l{m{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}}
	inGroup := people(l{group}, l{}, managed("arn:aws:iam::aws:policy/p", policy(allow("s3:*", "*"))))
	inGroup["authorization_details"].(m)[owner].(m)["GroupDetailList"] = l{m{"GroupName": "dev", "AttachedManagedPolicies": attached["AttachedManagedPolicies"]}}
	check(t, []one{
		{"a plus stays a plus", anna, "s3:GetObject", "object:c++/a", documents(encoded(good)), reach.Yes, "identity-policy", "", nil},
		{"torn", anna, "s3:GetObject", "object:c++/a", documents(encoded(good[:40])), reach.Unknown, "identity-policy", "", nil},
		{"torn escape", anna, "s3:GetObject", "object:c++/a", documents(encoded(good + "%2")), reach.Unknown, "identity-policy", "", nil},
		{"through a group", anna, "s3:PutBucketPolicy", "", documents(inGroup), reach.Yes, "identity-policy", "", nil},
		{"a group that was not read", anna, "s3:GetObject", key, documents(people(l{group}, l{})), reach.Unknown, "identity-policy", "", nil},
		{"a policy that was not read", anna, "s3:GetObject", key, documents(people(l{attached}, l{})), reach.Unknown, "identity-policy", "", nil},
		{"an entry that may be anyone's", anna, "s3:GetObject", key, documents(people(l{7}, l{})), reach.Unknown, "identity-policy", "", nil},
		{"users that were not read", anna, "s3:GetObject", key, documents(people(nil, l{})), reach.Unknown, "identity-policy", "", nil},
		{"another user's broken policy", billing, "s3:GetObject", key, documents(people(l{encodedUser(good[:9])}, l{roleOf(billing, "billing", policy(allow("s3:*", "*")))})), reach.Yes, "identity-policy", "", nil},
	})
}

func encodedUser(doc string) m {
	u := userOf(anna, "anna")
	u["UserPolicyList"] = l{m{"PolicyName": "own", "PolicyDocument": doc}}
	return u
}
