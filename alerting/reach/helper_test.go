package reach_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

const (
	owner    = "111122223333"
	partner  = "444455556666" // in the organization
	outsider = "999988887777"
	bucket   = "ledger"

	anna    = "arn:aws:iam::" + owner + ":user/anna"
	billing = "arn:aws:iam::" + owner + ":role/billing"
	batch   = "arn:aws:sts::" + owner + ":assumed-role/billing/nightly"
	keyARN  = "arn:aws:kms:eu-west-1:" + owner + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"

	bucketARN = "arn:aws:s3:::" + bucket
	objects   = bucketARN + "/*"
)

type m = map[string]any

type l = []any

// policy is a policy of the version that knows variables.
func policy(statements ...m) m { return m{"Version": "2012-10-17", "Statement": statements} }

func allow(action, resource any, more ...m) m { return statement("Allow", action, resource, more) }

func deny(action, resource any, more ...m) m { return statement("Deny", action, resource, more) }

func statement(effect string, action, resource any, more []m) m {
	s := m{"Effect": effect, "Action": action, "Resource": resource}
	for _, part := range more {
		maps.Copy(s, part)
	}
	return s
}

func sid(name string) m { return m{"Sid": name} }

func to(principal any) m { return m{"Principal": principal} }

func aws(arns ...string) m { return to(m{"AWS": arns}) }

func when(operator, key string, values ...string) m {
	return m{"Condition": m{operator: m{key: values}}}
}

// userOf is an entry of UserDetailList.
func userOf(arn, name string, own ...m) m {
	return m{"Arn": arn, "UserName": name, "UserId": "AIDA" + name, "UserPolicyList": inline(own)}
}

// roleOf is an entry of RoleDetailList.
func roleOf(arn, name string, own ...m) m {
	trust := policy(m{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": m{"Service": "ec2.amazonaws.com"}})
	return m{"Arn": arn, "RoleName": name, "RoleId": "AROA" + name, "RolePolicyList": inline(own), "AssumeRolePolicyDocument": trust}
}

func inline(documents []m) l {
	out := l{}
	for _, d := range documents {
		out = append(out, m{"PolicyName": "own", "PolicyDocument": d})
	}
	return out
}

// managed is an entry of Policies.
func managed(arn string, doc any) m {
	return m{"Arn": arn, "PolicyVersionList": l{
		m{"VersionId": "v2", "Document": policy(), "IsDefaultVersion": false},
		m{"VersionId": "v1", "Document": doc, "IsDefaultVersion": true},
	}}
}

// details are the authorization details of an account with such users, roles and policies.
func details(users, roles, policies l) m {
	return m{"UserDetailList": users, "RoleDetailList": roles, "GroupDetailList": l{}, "Policies": policies}
}

// documents is a bucket to which nothing gives access, everything of it read, with some documents put in place of others.
func documents(with ...m) m {
	full := policy(allow("*", "*"))
	d := m{
		"authorization_details": m{owner: details(l{userOf(anna, "anna")}, l{roleOf(billing, "billing")}, l{})},
		"bucket_policy":         "none", "kms_key_policy": "none", "ownership": "BucketOwnerEnforced",
		"bucket_acl":          m{"Owner": m{"ID": "own1"}, "Grants": l{m{"Grantee": m{"ID": "own1"}, "Permission": "FULL_CONTROL"}}},
		"public_access_block": "none", "account_public_access_block": "none", "access_points": l{},
		"scps": m{owner: l{l{full}, l{full}}, partner: l{l{full}}}, "rcps": l{}, "management_account": "100000000001",
		"object_encryption": m{"algorithm": "AES256"}, "organization_id": "o-1", "known_accounts": l{
			m{"id": owner, "canonical_id": "own1", "in_organization": true},
			m{"id": partner, "canonical_id": "partner1", "in_organization": true},
			m{"id": outsider, "canonical_id": "outsider1", "in_organization": false},
		},
	}
	for _, part := range with {
		maps.Copy(d, part)
	}
	return d
}

// people replaces the owner's users and roles.
func people(users, roles l, policies ...any) m {
	return m{"authorization_details": m{owner: details(users, roles, append(l{}, policies...))}}
}

// question is one line of a batch.
func question(t testing.TB, docs any, principal, action, resource string) []byte {
	t.Helper()
	line, err := json.Marshal(m{
		"id": "q", "bucket": bucket, "account_id": owner, "documents": docs,
		"ask": m{"principal": principal, "action": action, "resource": resource},
	})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// ask answers one question as the batch does.
func ask(t testing.TB, docs any, principal, action, resource string) reach.Line {
	t.Helper()
	a, ok := reach.NewBatch().Answer(question(t, docs, principal, action, resource))
	if !ok {
		t.Fatal("the question was answered by nothing")
	}
	if a.Answer.Answer == reach.Unknown && a.Error == "" {
		t.Errorf("unknown without an error: %+v", a)
	}
	return a
}
