package reach_test

import (
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// one is a question with its answer. Resources are the bucket where empty.
type one struct {
	name, principal, action, resource string
	docs                              m
	answer, kind, statement           string
	conditions                        []string
}

const key = "object:2026/jan.csv"

func check(t *testing.T, cases []one) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.resource == "" {
				c.resource = "bucket"
			}
			a := ask(t, c.docs, c.principal, c.action, c.resource)
			if a.Answer.Answer != c.answer || a.Because.Kind != c.kind || c.statement != "" && a.Because.Statement != c.statement {
				t.Errorf("got %s because of %+v (%s), want %s because of %s %s", a.Answer.Answer, a.Because, a.Error, c.answer, c.kind, c.statement)
			}
			if !slices.Equal(a.Conditions, slices.Concat([]string{}, c.conditions)) {
				t.Errorf("conditions %v, want %v", a.Conditions, c.conditions)
			}
		})
	}
}

// IAM User Guide, "Policy evaluation for requests within a single account".
func TestOneAccountNeedsEitherSide(t *testing.T) {
	reads := people(l{userOf(anna, "anna", policy(allow("s3:GetObject", objects, sid("Read"))))}, l{})
	names := m{"bucket_policy": policy(allow("s3:GetObject", objects, aws(anna), sid("Anna")))}
	check(t, []one{
		{"neither", anna, "s3:GetObject", key, documents(), reach.No, "none", "", nil},
		{"own policy", anna, "s3:GetObject", key, documents(reads), reach.Yes, "identity-policy", "Read", nil},
		{"bucket policy", anna, "s3:GetObject", key, documents(names), reach.Yes, "bucket-policy", "Anna", nil},
		{"another action", anna, "s3:PutObject", key, documents(reads, names), reach.No, "none", "", nil},
		{"own root alone", anna, "s3:GetObject", key, documents(m{"bucket_policy": policy(allow("*", objects, aws(owner)))}), reach.No, "none", "", nil},
		{"no such user", "arn:aws:iam::" + owner + ":user/gone", "s3:GetObject", key, documents(names), reach.No, "none", "", nil},
		{"another's name in another case", "arn:aws:iam::" + owner + ":user/Anna", "s3:GetObject", key, documents(names), reach.No, "none", "", nil},
		{"the owner's root user", "arn:aws:iam::" + owner + ":root", "s3:DeleteObject", key, documents(), reach.Yes, "owner", "", nil},
	})
}

// IAM User Guide, "The difference between explicit and implicit denies"; PutBucketPolicy in the S3 API Reference for the root user.
func TestExplicitDenyEndsIt(t *testing.T) {
	admin := people(l{userOf(anna, "anna", policy(allow("s3:*", "*")))}, l{})
	denies := func(s m) m { return m{"bucket_policy": policy(s)} }
	root := "arn:aws:iam::" + owner + ":root"
	check(t, []one{
		{"on everybody", anna, "s3:GetObject", key, documents(admin, denies(deny("s3:*", objects, to("*"), sid("Stop")))), reach.No, "bucket-policy", "Stop", nil},
		{"on services too", "cloudtrail.amazonaws.com", "s3:PutObject", key, documents(denies(deny("s3:*", objects, to("*"), sid("Stop")))), reach.No, "bucket-policy", "Stop", nil},
		{"on another user", anna, "s3:GetObject", key, documents(admin, denies(deny("s3:*", objects, aws(billing)))), reach.Yes, "identity-policy", "", nil},
		{"on objects, asked for the bucket", anna, "s3:ListBucket", "", documents(admin, denies(deny("s3:*", objects, to("*")))), reach.Yes, "identity-policy", "", nil},
		{"known though others were not read", anna, "s3:GetObject", key, documents(admin, denies(deny("*", "*", to("*"))), m{"scps": nil}), reach.No, "bucket-policy", "0", nil},
		{"the root user's object", root, "s3:GetObject", key, documents(denies(deny("s3:*", "*", to("*")))), reach.No, "bucket-policy", "", nil},
		{"the root user's repair", root, "s3:PutBucketPolicy", "", documents(denies(deny("s3:*", "*", to("*")))), reach.Yes, "owner", "", nil},
		{"open condition", anna, "s3:GetObject", key, documents(admin, denies(deny("s3:*", "*", to("*"), when("StringNotEquals", "aws:SourceVpce", "vpce-1")))), reach.Conditional, "identity-policy", "", []string{"aws:SourceVpce"}},
		{"plain HTTP", anna, "s3:GetObject", key, documents(admin, denies(deny("s3:*", "*", to("*"), when("Bool", "aws:SecureTransport", "false")))), reach.Yes, "identity-policy", "", nil},
	})
}

// IAM User Guide, "AWS JSON policy elements: NotPrincipal", "NotAction", "NotResource".
func TestNotElements(t *testing.T) {
	does := func(s m) m { return people(l{userOf(anna, "anna", policy(s))}, l{}) }
	but := func(arns ...string) m {
		return m{"bucket_policy": policy(m{"Effect": "Deny", "NotPrincipal": m{"AWS": arns}, "Action": "s3:*", "Resource": objects})}
	}
	all := does(allow("s3:*", "*"))
	root := "arn:aws:iam::" + owner + ":root"
	bounded := userOf(anna, "anna", policy(allow("s3:*", "*")))
	bounded["PermissionsBoundary"] = m{"PermissionsBoundaryArn": "arn:aws:iam::" + owner + ":policy/cap"}
	capped := people(l{bounded}, l{}, managed("arn:aws:iam::"+owner+":policy/cap", policy(allow("*", "*"))))
	check(t, []one{
		{"NotAction", anna, "s3:PutBucketPolicy", "", documents(does(m{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})), reach.Yes, "identity-policy", "", nil},
		{"left out of NotAction", anna, "s3:GetObject", key, documents(does(m{"Effect": "Allow", "NotAction": "S3:get*", "Resource": "*"})), reach.No, "none", "", nil},
		{"NotResource", anna, "s3:GetObject", key, documents(does(m{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::payroll*"})), reach.Yes, "identity-policy", "", nil},
		{"left out of NotResource", anna, "s3:GetObject", key, documents(does(m{"Effect": "Allow", "Action": "s3:*", "NotResource": objects})), reach.No, "none", "", nil},
		{"excepted with the account", anna, "s3:GetObject", key, documents(all, but(anna, root)), reach.Yes, "identity-policy", "", nil},
		{"excepted without the account", anna, "s3:GetObject", key, documents(all, but(anna)), reach.No, "bucket-policy", "", nil},
		{"the account alone", anna, "s3:GetObject", key, documents(all, but(root)), reach.No, "bucket-policy", "", nil},
		{"with a boundary never", anna, "s3:GetObject", key, documents(capped, but(anna, root)), reach.No, "bucket-policy", "", nil},
	})
}

// IAM User Guide, "Permissions boundaries for IAM entities": evaluating effective permissions with boundaries.
func TestBoundaries(t *testing.T) {
	const arn = "arn:aws:iam::" + owner + ":policy/cap"
	with := func(boundary m, own ...m) m {
		u, r := userOf(anna, "anna", own...), roleOf(billing, "billing", own...)
		u["PermissionsBoundary"], r["PermissionsBoundary"] = m{"PermissionsBoundaryArn": arn}, m{"PermissionsBoundaryArn": arn}
		return people(l{u}, l{r}, managed(arn, boundary))
	}
	other, all := policy(allow("ec2:*", "*")), policy(allow("s3:*", "*"))
	named := func(arn string) m { return m{"bucket_policy": policy(allow("s3:GetObject", objects, aws(arn)))} }
	unreadBoundary := with(other, all)
	unreadBoundary["authorization_details"].(m)[owner].(m)["Policies"] = l{}
	check(t, []one{
		{"caps an own policy", anna, "s3:GetObject", key, documents(with(other, all)), reach.No, "boundary", "", nil},
		{"includes it", anna, "s3:GetObject", key, documents(with(all, all)), reach.Yes, "identity-policy", "", nil},
		{"grants nothing", anna, "s3:GetObject", key, documents(with(all)), reach.No, "none", "", nil},
		{"caps a grant to the role", billing, "s3:GetObject", key, documents(with(other), named(billing)), reach.No, "boundary", "", nil},
		{"not to the session", batch, "s3:GetObject", key, documents(with(other), named(batch)), reach.Yes, "bucket-policy", "", nil},
		{"not to the user", anna, "s3:GetObject", key, documents(with(other), named(anna)), reach.Yes, "bucket-policy", "", nil},
		{"its Deny counts always", anna, "s3:GetObject", key, documents(with(policy(deny("s3:*", "*", sid("Cap")))), named(anna)), reach.No, "boundary", "Cap", nil},
		{"was not read", anna, "s3:GetObject", key, documents(unreadBoundary), reach.Unknown, "boundary", "", nil},
		{"one session of the role", billing, "s3:GetObject", key, documents(named(batch)), reach.Conditional, "bucket-policy", "", []string{"session-name"}},
	})
}

// Organizations User Guide, "SCP evaluation" and "Resource control policies (RCPs)": which resources and principals are not bound.
func TestControlPolicies(t *testing.T) {
	linked := "arn:aws:iam::" + owner + ":role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
	all := policy(allow("s3:*", "*"))
	admin := people(l{userOf(anna, "anna", all)}, l{roleOf(linked, "AWSServiceRoleForBackup", all)})
	scp := func(levels ...any) m { return m{"scps": m{owner: append(l{}, levels...)}} }
	rcp := func(s m) m { return m{"rcps": l{l{policy(s)}}} }
	full, ec2 := policy(allow("*", "*")), policy(allow("ec2:*", "*"))
	open := m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*")))}
	perimeter := rcp(deny("s3:*", "*", to("*"), sid("Perimeter"), m{"Condition": m{
		"StringNotEqualsIfExists": m{"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": m{"aws:PrincipalIsAWSService": "false"},
	}}))
	check(t, []one{
		{"every level allows", anna, "s3:GetObject", key, documents(admin, scp(l{full}, l{all})), reach.Yes, "identity-policy", "", nil},
		{"one level does not", anna, "s3:GetObject", key, documents(admin, scp(l{full}, l{ec2}, l{full})), reach.No, "scp", "", nil},
		{"a level is empty", anna, "s3:GetObject", key, documents(admin, scp(l{full}, l{})), reach.No, "scp", "", nil},
		{"a level was not read", anna, "s3:GetObject", key, documents(admin, scp(l{full}, nil)), reach.Unknown, "scp", "", nil},
		{"no organization", anna, "s3:GetObject", key, documents(admin, scp()), reach.Yes, "identity-policy", "", nil},
		{"denies", anna, "s3:GetObject", key, documents(admin, scp(l{full, policy(deny("s3:Get*", "*", sid("NoRead")))})), reach.No, "scp", "NoRead", nil},
		{"grants nothing", anna, "s3:GetObject", key, documents(scp(l{full})), reach.No, "none", "", nil},
		{"not of the management account", anna, "s3:GetObject", key, documents(admin, scp(l{ec2}), m{"management_account": owner}), reach.Yes, "identity-policy", "", nil},
		{"which account manages was not read", anna, "s3:GetObject", key, documents(admin, scp(l{ec2}), m{"management_account": nil}), reach.Unknown, "scp", "", nil},
		{"not of service-linked roles", linked, "s3:GetObject", key, documents(admin, scp(l{ec2})), reach.Yes, "identity-policy", "", nil},
		{"the root user is bound", "arn:aws:iam::" + owner + ":root", "s3:PutBucketPolicy", "", documents(scp(l{ec2})), reach.No, "scp", "", nil},
		{"anonymous is not", "anonymous", "s3:GetObject", key, documents(open, scp(l{ec2})), reach.Yes, "bucket-policy", "", nil},
		{"perimeter, anonymous", "anonymous", "s3:GetObject", key, documents(open, perimeter), reach.No, "rcp", "Perimeter", nil},
		{"perimeter, own", anna, "s3:GetObject", key, documents(open, perimeter), reach.Yes, "bucket-policy", "", nil},
		{"perimeter, service", "logging.s3.amazonaws.com", "s3:GetObject", key, documents(open, perimeter), reach.Yes, "bucket-policy", "", nil},
		{"perimeter, management's bucket", "anonymous", "s3:GetObject", key, documents(open, perimeter, m{"management_account": owner}), reach.Yes, "bucket-policy", "", nil},
	})
}

// IAM User Guide, "Cross-account policy evaluation logic".
func TestTwoAccountsNeedBothSides(t *testing.T) {
	theirs, reader := "arn:aws:iam::"+outsider+":role/etl", "arn:aws:iam::"+partner+":role/reader"
	with := func(own ...m) m {
		return m{"authorization_details": m{owner: details(l{}, l{}, l{}), partner: details(l{}, l{roleOf(reader, "reader", own...)}, l{})}}
	}
	named := func(principal m) m {
		return m{"bucket_policy": policy(allow("s3:*", l{bucketARN, objects}, principal, sid("X")))}
	}
	check(t, []one{
		{"their side was not read", theirs, "s3:GetObject", key, documents(named(aws(theirs))), reach.Conditional, "bucket-policy", "X", []string{"other-account"}},
		{"by account", theirs, "s3:GetObject", key, documents(named(aws(outsider))), reach.Conditional, "bucket-policy", "X", []string{"other-account"}},
		{"by canonical id", theirs, "s3:GetObject", key, documents(named(to(m{"CanonicalUser": "outsider1"}))), reach.Conditional, "bucket-policy", "X", []string{"other-account"}},
		{"another role", theirs, "s3:GetObject", key, documents(named(aws(theirs + "2"))), reach.No, "none", "", nil},
		{"their side allows", reader, "s3:GetObject", key, documents(with(policy(allow("s3:*", "*"))), named(aws(reader))), reach.Yes, "bucket-policy", "X", nil},
		{"their side does not", reader, "s3:GetObject", key, documents(with(), named(aws(reader))), reach.No, "none", "", nil},
		{"their control policies", reader, "s3:GetObject", key, documents(with(policy(allow("s3:*", "*"))), named(aws(reader)), m{"scps": m{partner: l{l{}}}}), reach.No, "scp", "", nil},
		{"nothing on ours", reader, "s3:GetObject", key, documents(with(policy(allow("s3:*", "*")))), reach.No, "none", "", nil},
		{"the policy is the owner's", theirs, "s3:PutBucketPolicy", "", documents(named(to("*"))), reach.No, "owner", "", nil},
		{"the ACL is not", theirs, "s3:PutBucketAcl", "", documents(named(to("*"))), reach.Conditional, "bucket-policy", "", []string{"other-account"}},
		{"any account", "any-aws", "s3:GetObject", key, documents(named(to("*"))), reach.Yes, "bucket-policy", "", nil},
		{"no one account is any", "any-aws", "s3:GetObject", key, documents(named(aws(outsider))), reach.No, "none", "", nil},
	})
}

// S3 User Guide, "Access control list (ACL) overview", "Controlling ownership of objects" and "Blocking public access".
func TestACLsAndBlocks(t *testing.T) {
	acl := func(grantee m, permission string) m {
		return m{"ownership": "ObjectWriter", "bucket_acl": m{"Owner": m{"ID": "own1"}, "Grants": l{
			m{"Grantee": m{"ID": "own1"}, "Permission": "FULL_CONTROL"}, m{"Grantee": grantee, "Permission": permission},
		}}}
	}
	all, his := m{"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, m{"ID": "outsider1"}
	flags := func(on ...string) m {
		b := m{"BlockPublicAcls": true, "IgnorePublicAcls": false, "BlockPublicPolicy": true, "RestrictPublicBuckets": false}
		for _, f := range on {
			b[f] = true
		}
		return m{"public_access_block": b}
	}
	theirs := "arn:aws:iam::" + outsider + ":role/etl"
	open := m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*")), allow("s3:PutObject", objects, to(m{"Service": "logging.s3.amazonaws.com"})), allow("s3:GetObject", objects, aws(outsider)))}
	restrict := flags("RestrictPublicBuckets")
	check(t, []one{
		{"READ lists", "anonymous", "s3:ListBucket", "", documents(acl(all, "READ")), reach.Yes, "acl", "", nil},
		{"READ reads nothing", "anonymous", "s3:GetObject", key, documents(acl(all, "READ")), reach.No, "none", "", nil},
		{"WRITE writes", "anonymous", "s3:PutObject", key, documents(acl(all, "WRITE")), reach.Yes, "acl", "", nil},
		{"WRITE_ACP", "anonymous", "s3:PutBucketAcl", "", documents(acl(all, "WRITE_ACP")), reach.Yes, "acl", "", nil},
		{"off", "anonymous", "s3:ListBucket", "", documents(acl(all, "READ"), m{"ownership": "BucketOwnerEnforced"}), reach.No, "ownership", "", nil},
		{"ownership not read", "anonymous", "s3:ListBucket", "", documents(acl(all, "READ"), m{"ownership": nil}), reach.Unknown, "ownership", "", nil},
		{"not read but off", "anonymous", "s3:ListBucket", "", documents(m{"bucket_acl": nil}), reach.No, "none", "", nil},
		{"another account", theirs, "s3:ListBucket", "", documents(acl(his, "READ")), reach.Conditional, "acl", "", []string{"other-account"}},
		{"ignored", "anonymous", "s3:ListBucket", "", documents(acl(all, "READ"), flags("IgnorePublicAcls")), reach.No, "public-access-block", "", nil},
		{"ignored, an account's stays", theirs, "s3:ListBucket", "", documents(acl(his, "READ"), flags("IgnorePublicAcls")), reach.Conditional, "acl", "", []string{"other-account"}},
		{"Block flags change nothing", "anonymous", "s3:GetObject", key, documents(open, flags()), reach.Yes, "bucket-policy", "", nil},
		{"restricted", "anonymous", "s3:GetObject", key, documents(open, restrict), reach.No, "public-access-block", "", nil},
		{"restricted, named accounts too", theirs, "s3:GetObject", key, documents(open, restrict), reach.No, "public-access-block", "", nil},
		{"restricted, own", anna, "s3:GetObject", key, documents(open, restrict), reach.Yes, "bucket-policy", "", nil},
		{"restricted, service", "logging.s3.amazonaws.com", "s3:PutObject", key, documents(open, restrict), reach.Yes, "bucket-policy", "", nil},
		{"block not read", "anonymous", "s3:GetObject", key, documents(open, m{"account_public_access_block": nil}), reach.Unknown, "public-access-block", "", nil},
	})
}
