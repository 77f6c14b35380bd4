package builtin_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestTextsPlaceTheirObject: a text that is given an object says with {} where it stands.
func TestTextsPlaceTheirObject(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	checked := 0
	for _, name := range files {
		if name == "kit.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			text, object := spoken(call)
			if text == nil || !object {
				return true
			}
			checked++
			if words, literal := literals(text); literal && words != "" && !strings.Contains(words, "{}") {
				t.Errorf("%s: %q has no {} for its object", set.Position(call.Pos()), words)
			}
			return true
		})
	}
	if checked < 100 {
		t.Errorf("only %d texts were found", checked)
	}
}

// spoken is the text of a call of say, done or tried, and whether an object goes with it.
func spoken(call *ast.CallExpr) (text ast.Expr, object bool) {
	f, ok := call.Fun.(*ast.Ident)
	if !ok {
		return nil, false
	}
	switch f.Name {
	case "say":
		words, literal := literals(call.Args[2])
		return call.Args[1], !literal || words != ""
	case "done", "tried":
		return call.Args[0], len(call.Args) > 1
	default:
		return nil, false
	}
}

// literals are the string literals of an expression together; literal is false if it has none.
func literals(e ast.Expr) (words string, literal bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				words, literal = words+s, true
			}
		}
		return true
	})
	return words, literal
}

// TestDeedSentences: who did what to which object, in that order; calls that failed changed nothing.
func TestDeedSentences(t *testing.T) {
	t.Parallel()
	w := world{index: detect.Build(builtin.Rules(), nil)}
	for _, c := range []struct{ name, params, more, want string }{
		{"cloudtrail/StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}`, "", "ann stopped logging on CloudTrail trail main."},
		{"cloudtrail/StopLogging", `{"name":"main"}`, denied, "ann was denied StopLogging on main (AccessDenied)."},
		{"cloudtrail/StopLogging", `{"name":"main"}`, `"errorCode":"NotOrganizationMasterAccountException"`, "ann called StopLogging on main, which failed (NotOrganizationMasterAccountException)."},
		{"ec2/RunInstances", `{"instanceType":"p4d.24xlarge"}`, `"errorCode":"Client.VcpuLimitExceeded"`, "ann called RunInstances on p4d.24xlarge, which failed (Client.VcpuLimitExceeded)."},
		{"iam/AttachUserPolicy", `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, "", "ann attached policy ReadOnlyAccess to IAM user bob."},
		{"iam/AttachRolePolicy", `{"roleName":"app","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, "", "ann attached policy AdministratorAccess to IAM role app."},
		{"iam/DetachGroupPolicy", `{"groupName":"ops","policyArn":"arn:aws:iam::111122223333:policy/team/limits"}`, "", "ann detached policy limits from IAM group ops."},
		{"iam/PutUserPolicy", `{"userName":"bob","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\",\"Resource\":\"*\"}]}"}`, "", "ann allowed iam:* on all resources in policy p of IAM user bob."},
		{"iam/DeleteRolePermissionsBoundary", `{"roleName":"app"}`, "", "ann removed the permissions boundary from IAM role app."},
		{"iam/AddUserToGroup", `{"userName":"bob","groupName":"readers"}`, "", "ann added IAM user bob to group readers."},
		{"iam/DisableOrganizationsRootCredentialsManagement", ``, "", "ann disabled central management of the member accounts' root credentials: member accounts can have root credentials of their own again."},
		{"sts/AssumeRoot", `{"targetPrincipal":"444455556666","taskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}`, "", "ann started a root session in account 444455556666 with task policy S3UnlockBucketPolicy."},
		{"ec2/ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"},{"userId":"111122223333"},{"group":"all"}]}}}`, "", "ann made EBS snapshot snap-1 public and shared it with external account 999988887777."},
		{"rds/ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"crm","valuesToAdd":["111122223333","999988887777","444455556666"]}`, "", "ann shared RDS snapshot crm with external accounts 999988887777 and 444455556666."},
		{
			"s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":[{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::dr"}},{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::far","Account":"999988887777"}}]}}`, "",
			"ann configured replication of S3 bucket b1 to arn:aws:s3:::far in external account 999988887777 and arn:aws:s3:::dr in an account that is not named.",
		},
		{"kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:root\",\"999988887777\"]},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`, "", "ann shared KMS key k1 with external account 999988887777."},
		{"ec2/ModifyVpcAttribute", `{}`, "", "ann changed VPC or subnet."},
		{"ec2/CreateRoute", `{}`, "", "ann changed routes of an unnamed resource."},
	} {
		var got []string
		for _, m := range matches(t, call(c.name, c.params, user, nonEmpty(c.more)...), w) {
			got = append(got, m.Hit.Detail)
		}
		if !slices.Contains(got, c.want) {
			t.Errorf("%s %s\n said %q\n want %q", c.name, c.params, got, c.want)
		}
	}
}

// TestUnnamedObjects: a sentence is whole where a record names nothing.
func TestUnnamedObjects(t *testing.T) {
	t.Parallel()
	dangling := regexp.MustCompile(` (of|on|in|to|for|from|with|through|and|by)( \([^)]*\))?[.:]|: ?[.(]|  | \.|\(\)|\{\}`)
	x := detect.Build(builtin.Rules(), nil)
	for _, rule := range builtin.Rules() {
		for _, e := range rule.Examples {
			var record map[string]any
			if err := json.Unmarshal([]byte(e.Record), &record); err != nil {
				t.Fatal(err)
			}
			params, _ := record["requestParameters"].(map[string]any)
			for _, without := range append([]string{""}, slices.Sorted(maps.Keys(params))...) {
				less := maps.Clone(params)
				delete(less, without)
				record["requestParameters"] = less
				raw, err := json.Marshal(record)
				if err != nil {
					t.Fatal(err)
				}
				w := world{index: x, before: e.Before}
				if e.Settings != nil {
					w.settings = *e.Settings
				}
				for _, m := range matches(t, string(raw), w) {
					if at := dangling.FindString(m.Hit.Detail); at != "" {
						t.Errorf("%s, %s without %q: %q in %q", rule.ID, e.Name, without, at, m.Hit.Detail)
					}
				}
			}
		}
	}
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// TestResourcePolicies: whoever is not known to be one's own is told, also behind an AWS service, an organization's
// statement or an own principal in the same list; one's own never are.
func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	w := world{index: detect.Build(builtin.Rules(), nil), settings: detect.Settings{Own: exposure.Own{OrganizationID: "o-own1234567", Accounts: []string{"222233334444"}}}}
	for name, c := range map[string]struct{ principal, condition, want string }{
		"foreign source ARN":     {`{"Service":"sns.amazonaws.com"}`, `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:999988887777:t"}}`, "sqs-queue-public medium"},
		"foreign source account": {`"*"`, `{"StringEquals":{"aws:SourceAccount":"999988887777"}}`, "sqs-queue-public medium"},
		"known source account":   {`{"Service":"sns.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"222233334444"}}`, ""},
		"own source account":     {`"*"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, ""},
		"any source account":     {`{"Service":"sns.amazonaws.com"}`, `{"StringLike":{"aws:SourceAccount":"*"}}`, "sqs-queue-public medium"},
		"a bucket as source":     {`{"Service":"s3.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:b1"}}`, ""},
		"own organization":       {`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-own1234567"}}`, ""},
		"source organization":    {`{"Service":"sns.amazonaws.com"}`, `{"StringEquals":{"aws:SourceOrgID":"o-other12345"}}`, "sqs-queue-public medium"},
		"no source":              {`{"Service":"events.amazonaws.com"}`, ``, "sqs-queue-public low"},
		"own before foreign":     {`{"AWS":["arn:aws:iam::111122223333:role/app","999988887777"]}`, ``, "sqs-queue-public medium"},
		"own before service":     {`{"AWS":"111122223333","Service":"events.amazonaws.com"}`, ``, "sqs-queue-public low"},
		"own pattern":            {`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}`, ""},
		"everyone":               {`{"AWS":["111122223333","*"]}`, ``, "sqs-queue-public medium"},
	} {
		statement := `{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Principal":` + c.principal
		if c.condition != "" {
			statement += `,"Condition":` + c.condition
		}
		doc := strconv.Quote(`{"Version":"2012-10-17","Statement":[` + statement + `}]}`)
		if got := strings.Join(told(t, call("sqs/SetQueueAttributes", `{"queueUrl":"q","attributes":{"Policy":`+doc+`}}`, user), w), "; "); got != c.want {
			t.Errorf("%s: told %q, want %q", name, got, c.want)
		}
	}
}

// TestWebIdentity: a role that takes any token of a public identity provider is open to everyone who gets one.
func TestWebIdentity(t *testing.T) {
	t.Parallel()
	const open, closed, github = "iam-role-trust-opened critical", "iam-role-changed low", "token.actions.githubusercontent.com"
	w := world{index: detect.Build(builtin.Rules(), nil)}
	for name, c := range map[string]struct{ provider, condition, want string }{
		"Cognito, nothing asked":   {"cognito-identity.amazonaws.com", ``, open},
		"Cognito, signed in":       {"cognito-identity.amazonaws.com", `{"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`, open},
		"Cognito, one pool":        {"cognito-identity.amazonaws.com", `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:1"}}`, closed},
		"GitHub, nothing asked":    {"arn:aws:iam::111122223333:oidc-provider/" + github, ``, open},
		"GitHub, audience":         {"arn:aws:iam::111122223333:oidc-provider/" + github, `{"StringEquals":{"` + github + `:aud":"sts.amazonaws.com"}}`, open},
		"GitHub, any repository":   {"arn:aws:iam::111122223333:oidc-provider/" + github, `{"StringLike":{"` + github + `:sub":"repo:*"}}`, open},
		"GitHub, one of two":       {"arn:aws:iam::111122223333:oidc-provider/" + github, `{"StringLike":{"` + github + `:sub":["repo:acme/x:*","repo:ac*"]}}`, open},
		"GitHub, if there is one":  {"arn:aws:iam::111122223333:oidc-provider/" + github, `{"StringLikeIfExists":{"` + github + `:sub":"repo:acme/*"}}`, open},
		"GitHub, an organization":  {"arn:aws:iam::111122223333:oidc-provider/" + github, `{"StringLike":{"` + github + `:sub":"repo:acme/*"}}`, closed},
		"a provider of one's own":  {"arn:aws:iam::111122223333:oidc-provider/login.example.org", ``, closed},
		"a provider of an account": {"arn:aws:iam::999988887777:saml-provider/x", ``, "iam-role-trust-opened high"},
	} {
		statement := `{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"` + c.provider + `"}`
		if c.condition != "" {
			statement += `,"Condition":` + c.condition
		}
		doc := strconv.Quote(`{"Version":"2012-10-17","Statement":[` + statement + `}]}`)
		if got := strings.Join(told(t, call("iam/UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":`+doc+`}`, user), w), "; "); got != c.want {
			t.Errorf("%s: told %q, want %q", name, got, c.want)
		}
	}
}

// TestStoppedByALimit: what a guard, a quota or a service that manages the resource stopped is an attempt; a mistake or
// too many calls at once are none.
func TestStoppedByALimit(t *testing.T) {
	t.Parallel()
	machine := `{"instanceType":"p4d.24xlarge"}`
	run(t, []variant{
		{"cloudtrail/StopLogging", `{"name":"t"}`, "", `"errorCode":"NotOrganizationMasterAccountException"`, "cloudtrail-logging-stopped medium attempt"},
		{"cloudtrail/DeleteEventDataStore", `{"eventDataStore":"s"}`, "", `"errorCode":"EventDataStoreTerminationProtectedException"`, "cloudtrail-lake-deleted medium attempt"},
		{"guardduty/DeleteDetector", `{"detectorId":"d"}`, "", `"errorCode":"BadRequestException","errorMessage":"the account is managed by its organization's administrator account"`, "guardduty-disabled medium attempt"},
		{"guardduty/DeleteDetector", `{"detectorId":"d"}`, "", `"errorCode":"BadRequestException","errorMessage":"no such detector"`, ""},
		{"ec2/RunInstances", machine, "", `"errorCode":"Client.VcpuLimitExceeded"`, "ec2-mining-machine low attempt"},
		{"ec2/RunInstances", machine, "", `"errorCode":"Client.InstanceLimitExceeded"`, "ec2-mining-machine low attempt"},
		{"ec2/RunInstances", machine, "", `"errorCode":"Client.RequestLimitExceeded"`, ""},
		{"ec2/RunInstances", machine, "", `"errorCode":"Client.InvalidAMIID.NotFound"`, ""},
		{"events/DeleteRule", `{"name":"r"}`, "", `"errorCode":"ManagedRuleException"`, "eventbridge-rule-cut low attempt"},
	})
}

// TestCustomerKeys: ransomware copies an object to its own name with a key that only the caller has.
func TestCustomerKeys(t *testing.T) {
	t.Parallel()
	const key = `"x-amz-server-side-encryption-customer-algorithm":"AES256"`
	run(t, []variant{
		{"s3/CopyObject", `{"bucketName":"b1","key":"a b/c","x-amz-copy-source":"/b1/a%20b/c?versionId=1",` + key + `}`, "", "", "s3-foreign-key high"},
		{"s3/UploadPartCopy", `{"bucketName":"b1","key":"k","x-amz-copy-source":"b1/k",` + key + `}`, "", "", "s3-foreign-key high"},
		{"s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-copy-source":"b2/k",` + key + `}`, "", "", "s3-foreign-key medium"},
		{"s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-copy-source":"b1/k",` + key + `,"x-amz-copy-source-server-side-encryption-customer-algorithm":"AES256"}`, "", "", "s3-foreign-key medium"},
		{"s3/GetObject", `{"bucketName":"b1","key":"k",` + key + `}`, "", "", ""},
	})
}
