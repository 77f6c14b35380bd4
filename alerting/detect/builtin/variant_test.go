package builtin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// Identities that tests act under.
const (
	user    = `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"ann"}`
	root    = `{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`
	service = `{"type":"AWSService","invokedBy":"backup.amazonaws.com"}`
	linked  = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x","sessionContext":{"sessionIssuer":` +
		`{"type":"Role","arn":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}}}`
	stack = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/deploy/s","accountId":"111122223333","invokedBy":` +
		`"cloudformation.amazonaws.com","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/deploy"}}}`
	person = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann@example.com","accountId":"111122223333",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef","userName":"AWSReservedSSO_Admin_0123456789abcdef"}}}`
)

// world is everything a verdict may depend on beside the record.
type world struct {
	facts    enrich.Facts
	settings detect.Settings
	before   []string      // records applied before
	index    *detect.Index // nil for one of all built-in rules
}

// told is what the built-in rules tell of one record: "rule severity", with " attempt" and " over" where they hold, sorted.
func told(t *testing.T, raw string, w world) []string {
	t.Helper()
	var out []string
	for _, m := range matches(t, raw, w) {
		if m.Hit.Closes && len(m.Hit.Lasts) > 0 {
			continue // whatever was left before is over: of itself nothing to tell
		}
		line := m.Rule.ID + " " + m.Hit.Severity.String()
		if m.Hit.Attempt {
			line += " attempt"
		}
		if m.Hit.Closes {
			line += " over"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// matches are the hits of the built-in rules on one record.
func matches(t *testing.T, raw string, w world) []detect.Match {
	t.Helper()
	x := w.index
	if x == nil {
		x = detect.Build(builtin.Rules(), nil)
	}
	bucket, account := &exposure.Bucket{}, &exposure.Account{}
	var out []detect.Match
	for i, raw := range append(slices.Clone(w.before), raw) {
		var h cloudtrail.Header
		if _, err := h.Scan([]byte(raw)); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		rec, err := cloudtrail.Decode([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		in := &detect.Input{Record: rec, Raw: []byte(raw), Facts: &w.facts, Settings: &w.settings}
		candidates := x.Select(&h, in.Raw, nil)
		if slices.Contains(candidates, detect.OnExposure) {
			change := exposure.Apply(bucket, account, rec, w.settings.Own)
			in.Change, in.Bucket = &change, bucket
		}
		if i < len(w.before) {
			continue
		}
		out = append(out, x.Correlate(detect.NewCorrelator(), in, x.Match(in, append(candidates, detect.OnBurst, detect.OnMoved)))...)
	}
	return out
}

// call is the record of a call by an identity; more are further members, as JSON text.
func call(name, params, identity string, more ...string) string {
	source, event, _ := strings.Cut(name, "/")
	var raw strings.Builder
	raw.WriteString(fmt.Sprintf(`{"eventID":"e-%s","eventTime":"2026-03-02T10:00:00Z","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1",`+
		`"sourceIPAddress":"203.0.113.7","recipientAccountId":"111122223333","userIdentity":%s`, event, source, event, identity))
	if params != "" {
		raw.WriteString(`,"requestParameters":` + params)
	}
	for _, m := range more {
		raw.WriteString("," + m)
	}
	return raw.String() + "}"
}

const denied = `"errorCode":"AccessDenied"`

// variant is one record and what is told of it, "; " between; empty for nothing.
type variant struct{ name, params, by, more, want string }

func run(t *testing.T, variants []variant) {
	t.Helper()
	w := world{index: detect.Build(builtin.Rules(), nil)}
	for _, v := range variants {
		by := v.by
		if by == "" {
			by = user
		}
		var more []string
		if v.more != "" {
			more = append(more, v.more)
		}
		if got := strings.Join(told(t, call(v.name, v.params, by, more...), w), "; "); got != v.want {
			t.Errorf("%s %s %s\n told %q\n want %q", v.name, v.params, v.more, got, v.want)
		}
	}
}

// TestJobsThatOpen: a batch job is no small matter if it makes objects public.
func TestJobsThatOpen(t *testing.T) {
	job := `{"CreateJobRequest":{"Operation":{"S3PutObjectAcl":{"AccessControlPolicy":{"CannedAccessControlList":"public-read"}}}}}`
	run(t, []variant{
		{"s3/CreateJob", `{}`, "", "", "s3-batch-job low"},
		{"s3/CreateJob", job, "", "", "s3-batch-job high"},
		{"s3/CreateJob", job, "", denied, "s3-batch-job medium attempt"},
	})
}

func TestTrails(t *testing.T) {
	run(t, []variant{
		{"cloudtrail/StopLogging", `{"name":"t"}`, "", "", "cloudtrail-logging-stopped high"},
		{"cloudtrail/StopLogging", `{"name":"t"}`, "", denied, "cloudtrail-logging-stopped medium attempt"},
		{"cloudtrail/StopLogging", `{"name":"t"}`, "", `"errorCode":"TrailNotFoundException"`, ""},
		{"cloudtrail/StartLogging", `{"name":"t"}`, "", "", "cloudtrail-logging-stopped high over"},
		{"cloudtrail/CreateTrail", `{"name":"t"}`, "", "", ""},
		{"cloudtrail/UpdateTrail", `{"name":"t","includeGlobalServiceEvents":false}`, "", "", "cloudtrail-trail-changed high"},
		{"cloudtrail/UpdateTrail", `{"name":"t","isMultiRegionTrail":true}`, "", "", "cloudtrail-trail-changed low"},
		{"cloudtrail/UpdateTrail", `{"name":"t","enableLogFileValidation":false,"isMultiRegionTrail":true}`, "", "", "cloudtrail-trail-changed high"},
		{"cloudtrail/UpdateTrail", `{"name":"t","isOrganizationTrail":false}`, "", denied, "cloudtrail-trail-changed medium attempt"},
		{"cloudtrail/UpdateTrail", `{"name":"t","s3BucketName":"elsewhere"}`, "", "", "cloudtrail-trail-changed medium"},
		{"cloudtrail/UpdateTrail", `{"name":"t","s3KeyPrefix":"archive"}`, "", "", "cloudtrail-trail-changed medium"},
		{"cloudtrail/UpdateTrail", `{"name":"t","s3KeyPrefix":""}`, "", "", "cloudtrail-trail-changed medium"},
		{"cloudtrail/UpdateTrail", `{"name":"t","s3KeyPrefix":"CloudTrail-Digest"}`, "", "", "cloudtrail-trail-changed high"},
		{"cloudtrail/UpdateTrail", `{"name":"t","s3KeyPrefix":"a/CloudTrail-Insight/b"}`, "", "", "cloudtrail-trail-changed high"},
		{"cloudtrail/PutEventSelectors", `{"eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com"]}]}`, "", "", "cloudtrail-selectors-narrowed high"},
		{"cloudtrail/PutEventSelectors", `{"eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false},{"readWriteType":"All","includeManagementEvents":true}]}`, "", "", ""},
		{"cloudtrail/PutEventSelectors", `{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]}`, "", "", ""},
		{"cloudtrail/PutEventSelectors", `{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]}]}`, "", "", "cloudtrail-selectors-narrowed high"},
	})
}

func TestIdentities(t *testing.T) {
	admin := `{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`
	run(t, []variant{
		{"iam/AttachUserPolicy", admin, "", "", "iam-admin-granted high"},
		{"iam/AttachUserPolicy", admin, root, "", "iam-admin-granted high; root-used high"},
		{"iam/AttachUserPolicy", admin, "", denied, "iam-admin-granted medium attempt"},
		{"iam/AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, stack, "", "iam-policy-changed low"},
		{"iam/AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/x"}`, linked, "", ""},
		{"iam/PutUserPolicy", `{"userName":"bob","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}]}"}`, "", "", "iam-policy-wide high"},
		{"iam/PutUserPolicy", `{"userName":"bob","policyDocument":"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`, "", "", "iam-policy-changed low"},
		{"iam/PutUserPolicy", `{"userName":"bob","policyDocument":"not JSON"}`, "", "", "iam-policy-changed low"},
		{"iam/DeleteRolePermissionsBoundary", `{"roleName":"r"}`, "", "", "iam-policy-changed medium"},
		{"iam/CreateUser", `{"userName":"x"}`, stack, "", ""},
		{"iam/CreateAccessKey", ``, "", "", "iam-access-key-created low"},
		{"iam/CreateAccessKey", `{"userName":"bob"}`, "", "", "iam-access-key-created medium"},
		{"iam/CreateAccessKey", ``, root, "", "root-access-key-created critical; root-used high"},
		{"iam/AddUserToGroup", `{"userName":"bob","groupName":"readers"}`, "", "", "iam-group-changed low"},
		{"iam/ListUsers", ``, "", `"readOnly":true`, ""},
		{"iam/GetUser", ``, root, "", ""},
		{"sts/AssumeRole", `{"roleArn":"r"}`, "", denied, ""},
	})
}

func TestTrust(t *testing.T) {
	trust := func(principal, condition string) string {
		return fmt.Sprintf(`{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":%s,\"Action\":\"sts:AssumeRole\"%s}]}"}`,
			strings.ReplaceAll(principal, `"`, `\"`), strings.ReplaceAll(condition, `"`, `\"`))
	}
	run(t, []variant{
		{"iam/UpdateAssumeRolePolicy", trust(`"*"`, ""), "", "", "iam-role-trust-opened critical"},
		{"iam/UpdateAssumeRolePolicy", trust(`"*"`, `,"Condition":{"StringEquals":{"sts:ExternalId":"x"}}`), "", "", "iam-role-trust-opened critical"},
		{"iam/UpdateAssumeRolePolicy", trust(`"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), "", "", "iam-role-trust-opened high"},
		{"iam/UpdateAssumeRolePolicy", trust(`{"AWS":"999988887777"}`, ""), "", "", "iam-role-trust-opened high"},
		{"iam/UpdateAssumeRolePolicy", trust(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), "", "", "iam-role-changed low"},
		{"iam/UpdateAssumeRolePolicy", trust(`{"Service":"lambda.amazonaws.com"}`, ""), "", "", "iam-role-changed low"},
	})
}

func TestSignIns(t *testing.T) {
	success, failure := `"responseElements":{"ConsoleLogin":"Success"}`, `"responseElements":{"ConsoleLogin":"Failure"},"errorMessage":"Failed authentication"`
	mfa, noMFA := `,"additionalEventData":{"MFAUsed":"Yes"}`, `,"additionalEventData":{"MFAUsed":"No"}`
	run(t, []variant{
		{"signin/ConsoleLogin", "", "", success + mfa, "console-login-iam-user low"},
		{"signin/ConsoleLogin", "", "", success + noMFA, "console-login-no-mfa medium"},
		{"signin/ConsoleLogin", "", "", failure, "console-login-failed low attempt"},
		{"signin/ConsoleLogin", "", "", failure + mfa, "console-login-failed medium attempt"},
		{"signin/ConsoleLogin", "", person, success + noMFA, ""},
		{"signin/ConsoleLogin", "", root, success + mfa, "root-used high"},
		{"signin/ConsoleLogin", "", root, failure, "root-login-failed medium attempt"},
		{"signin/PasswordUpdated", "", root, `"responseElements":{"PasswordUpdated":"Failure"}`, ""},
		{"signin/PasswordUpdated", "", root, `"responseElements":{"PasswordUpdated":"Success"}`, "root-password-changed high"},
	})
}

func TestMachinesAndDatabases(t *testing.T) {
	run(t, []variant{
		{"ec2/AuthorizeSecurityGroupIngress", `{"groupId":"g","ipPermissions":{"items":[{"ipProtocol":"-1","ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}}]}}`, "", "", "ec2-security-group-open high"},
		{"ec2/AuthorizeSecurityGroupIngress", `{"groupId":"g","cidrIp":"0.0.0.0/0","ipProtocol":"tcp","fromPort":443,"toPort":443}`, "", "", "ec2-security-group-open low"},
		{"ec2/AuthorizeSecurityGroupIngress", `{"groupId":"g","cidrIp":"0.0.0.0/0","ipProtocol":"tcp","fromPort":8443,"toPort":8443}`, "", "", "ec2-security-group-open medium"},
		{"ec2/AuthorizeSecurityGroupIngress", `{"groupId":"g","cidrIp":"10.0.0.0/8","ipProtocol":"tcp","fromPort":22,"toPort":22}`, linked, "", ""},
		{"ec2/RevokeSecurityGroupIngress", `{"groupId":"g","cidrIp":"0.0.0.0/0","fromPort":22,"toPort":22}`, "", "", "ec2-security-group-changed low"},
		{"ec2/ModifyImageAttribute", `{"imageId":"a","launchPermission":{"add":{"items":[{"userId":"111122223333"}]}}}`, "", "", ""},
		{"ec2/ModifySnapshotAttribute", `{"snapshotId":"s","createVolumePermission":{"add":{"items":{"userId":"999988887777"}}}}`, "", "", "ec2-snapshot-shared medium"},
		{"ec2/RunInstances", `{}`, "", `"errorCode":"Client.DryRunOperation"`, ""},
		{"ec2/RunInstances", `{}`, "", `"errorCode":"Client.UnauthorizedOperation"`, "ec2-call-refused low attempt"},
		{"ec2/CreateImage", `{"instanceId":"i"}`, service, "", ""},
		{"rds/CreateDBSnapshot", `{"dBInstanceIdentifier":"d"}`, "", `"responseElements":{"snapshotType":"awsbackup"}`, ""},
		{"rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","deletionProtection":false,"publiclyAccessible":true}`, "", "", "rds-deletion-protection-off medium; rds-public high"},
		{"rds/ModifyDBInstance", `{"dBInstanceIdentifier":"d","publiclyAccessible":true}`, "", denied, ""},
		{"rds/CopyDBSnapshot", `{"sourceDBSnapshotIdentifier":"arn:aws:rds:us-east-1:111122223333:snapshot:s"}`, "", "", "rds-snapshot-copied low"},
		{"lambda/UpdateFunctionCode20150331v2", `{"functionName":"f"}`, person, "", "lambda-code-changed low"},
		{"lambda/UpdateFunctionCode20150331v2", `{"functionName":"f"}`, stack, "", ""},
		{"lambda/AddPermission20150331v2", `{"functionName":"f","principal":"999988887777"}`, "", "", "lambda-function-shared medium"},
	})
}

func TestBuckets(t *testing.T) {
	rule := func(r string) string {
		return `{"bucketName":"b1","LifecycleConfiguration":{"Rule":{"Status":"Enabled",` + r + `}}}`
	}
	run(t, []variant{
		{"s3/PutBucketVersioning", `{"bucketName":"b1","VersioningConfiguration":{"Status":"Suspended","MfaDelete":"Disabled"}}`, "", "", "s3-versioning-suspended medium"},
		{"s3/PutBucketLifecycle", rule(`"Filter":{"Prefix":"*"},"Expiration":{"Days":1}`), "", "", "s3-lifecycle-destroys medium"},
		{"s3/PutBucketLifecycle", rule(`"Prefix":"","Expiration":{"Date":"2026-03-03T00:00:00Z"}`), "", "", "s3-lifecycle-destroys medium"},
		{"s3/PutBucketLifecycle", rule(`"Filter":{"Tag":{"Key":"a","Value":"b"}},"Expiration":{"Days":1}`), "", "", ""},
		{"s3/PutBucketLifecycle", rule(`"Filter":"","NoncurrentVersionExpiration":{"NoncurrentDays":1}`), "", "", ""},
		{"s3/PutBucketLifecycle", strings.Replace(rule(`"Filter":{"Prefix":"AWSLogs"},"Expiration":{"Days":30}`), "b1", "org-cloudtrail-logs", 1), "", "", "s3-lifecycle-destroys high"},
		{"s3/PutObject", `{"bucketName":"b1","key":"a/!!!READ_ME!!!.txt"}`, "", "", "s3-ransom-note high"},
		{"s3/PutObject", `{"bucketName":"b1","key":"a/how to recover files.html"}`, "", "", "s3-ransom-note high"},
		{"s3/PutObject", `{"bucketName":"b1","key":"docs/recovery-plan.pdf"}`, "", "", ""},
		{"s3/PutObject", `{"bucketName":"b1","key":"AWSLogs/x.gz"}`, `{"type":"AWSService","invokedBy":"delivery.logs.amazonaws.com"}`, denied, ""},
		{"s3/GetObject", `{"bucketName":"b1","key":"k"}`, "", denied, ""},
		{"s3/GetBucketAcl", `{"bucketName":"b1"}`, "", `"readOnly":true`, ""},
		{"s3/PutBucketTagging", `{"bucketName":"b1"}`, "", "", ""},
		{"s3/DeleteBucketPolicy", `{"bucketName":"b1"}`, "", "", "s3-policy-deleted low"},
		{"s3/DeleteBucketPolicy", `{"bucketName":"b1"}`, "", `"errorCode":"NoSuchBucket"`, ""},
		{"s3/DeleteBucket", `{"bucketName":"audit-trail"}`, "", "", "s3-bucket-deleted high"},
		{"s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Disabled","Destination":{"Bucket":"x","Account":"999988887777"}}}}`, "", "", "s3-replication-foreign high over"},
		{"s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":[{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::x"}}]}}`, "", "", "s3-replication-foreign low"},
		{"s3/CopyObject", `{"bucketName":"b1","key":"k","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-1:111122223333:key/k"}`, "", "", ""},
		{"s3/PutBucketLogging", `{"bucketName":"b1","BucketLoggingStatus":""}`, "", "", "s3-logging-off medium"},
		{"ec2/DeleteBucketEncryption", `{}`, "", "", ""},
	})
}

func TestSettingsAndHistory(t *testing.T) {
	usual := enrich.Facts{History: history.Snapshot{Known: true, Calls: 50}}
	login := call("signin/ConsoleLogin", "", user, `"responseElements":{"ConsoleLogin":"Success"}`, `"additionalEventData":{"MFAUsed":"Yes"}`)
	if got := told(t, login, world{facts: usual}); len(got) > 0 {
		t.Errorf("daily work was told: %v", got)
	}
	machine := `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/web/i-0abcdef1234567890","accountId":"111122223333"}`
	outside := enrich.Facts{History: history.Snapshot{Known: true, First: []string{"asn"}}}
	outside.Address.Network.Kind = network.VPN
	if got := told(t, call("s3/GetBucketAcl", `{}`, machine), world{facts: outside}); !slices.Equal(got, []string{"ec2-instance-credentials-outside high"}) {
		t.Errorf("a machine's keys in a new network: %v", got)
	}
	outside.History.First = []string{"call"}
	if got := told(t, call("s3/GetBucketAcl", `{}`, machine), world{facts: outside}); len(got) > 0 {
		t.Errorf("a machine's keys in its usual network: %v", got)
	}
	foreign := call("ec2/ModifySnapshotAttribute", `{"snapshotId":"s","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}`, user)
	own := detect.Settings{Own: exposure.Own{Accounts: []string{"999988887777"}}}
	if got := told(t, foreign, world{settings: own}); len(got) > 0 {
		t.Errorf("sharing with a known account was told: %v", got)
	}
	rule := call("events/DisableRule", `{"name":"feed"}`, user)
	if got := told(t, rule, world{settings: detect.Settings{Feeds: []string{"arn:aws:events:eu-west-1:111122223333:rule/feed"}}}); !slices.Equal(got, []string{"eventbridge-rule-cut high"}) {
		t.Errorf("the daemon's own feed: %v", got)
	}
	burst := enrich.Facts{History: history.Snapshot{Burst: []history.Burst{{Kind: "delete", Count: 900}}}}
	if got := told(t, call("s3/DeleteBucket", `{"bucketName":"b1"}`, user), world{facts: burst}); !slices.Equal(got, []string{"s3-bucket-deleted high", "s3-mass-delete high"}) {
		t.Errorf("amid mass deletion: %v", got)
	}
	burst.History.Beginning = true
	if got := told(t, call("s3/DeleteBucket", `{"bucketName":"b1"}`, user), world{facts: burst}); !slices.Equal(got, []string{"s3-bucket-deleted high", "s3-mass-delete medium"}) {
		t.Errorf("mass deletion before anything is known: %v", got)
	}
	before := strings.Replace(call("s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":`+
		`{"SSEAlgorithm":"aws:kms"}}}}`, user), "T10:00", "T09:00", 1)
	after := strings.Replace(call("s3/PutBucketEncryption", `{"bucketName":"b1","ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":`+
		`{"SSEAlgorithm":"AES256"}}}}`, user), "e-Put", "f-Put", 1)
	if got := told(t, after, world{before: []string{before}}); !slices.Equal(got, []string{"s3-encryption-removed low"}) {
		t.Errorf("a KMS key replaced: %v", got)
	}
}

// An AWS service acting for itself is never told of, whatever it does to the account's own things.
func TestServicesAreQuiet(t *testing.T) {
	rules := builtin.Rules()
	w := world{index: detect.Build(rules, nil)}
	for _, r := range rules {
		if r.Severity >= alert.Critical || r.ID == "endpoint-misused" || r.ID == "ec2-shared-snapshot-used" || r.ID == "iam-key-quarantined" || r.ID == "config-noncompliant" || r.ID == "s3-batch-job" {
			continue
		}
		for _, event := range r.Events {
			name := strings.ReplaceAll(strings.Replace(event, ".amazonaws.com/", "/", 1), "*", "X")
			for _, identity := range []string{service, linked} {
				if got := told(t, call(name, `{"name":"n"}`, identity), w); slices.ContainsFunc(got, func(s string) bool {
					return strings.HasPrefix(s, r.ID+" ") && !strings.HasSuffix(s, " over")
				}) && strings.Contains(name, "/") {
					t.Errorf("%s by %s: %v", name, identity[:30], got)
				}
			}
		}
	}
}

// What is part of making or owning something is not told as loud as the same call on its own.
func TestCallsThatBelongToSomethingHarmlessAreLow(t *testing.T) {
	trail := world{facts: enrich.Facts{History: history.Snapshot{Recent: []history.Moment{{Time: time.Date(2026, 3, 2, 9, 59, 30, 0, time.UTC), Name: "CreateTrail"}}}}}
	const (
		none        = `{"trailName":"main","insightSelectors":[]}`
		internal    = `"sourceIPAddress":"AWS Internal"`
		fromConsole = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/IAM/alice","accountId":"111122223333","sessionContext":{"sessionIssuer":` +
			`{"type":"Role","arn":"arn:aws:iam::111122223333:role/IAM","userName":"IAM"}}}`
	)
	for _, v := range []struct {
		raw  string
		w    world
		want string
	}{
		{call("cloudtrail/PutInsightSelectors", none, user), world{}, "cloudtrail-insights-off medium"},
		{call("cloudtrail/PutInsightSelectors", none, user), trail, "cloudtrail-insights-off info"},
		{call("cloudtrail/UpdateTrail", `{"name":"main","cloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:audit:*"}`, user), world{}, "cloudtrail-trail-changed info"},
		{call("iam/UpdateLoginProfile", `{"userName":"alice"}`, fromConsole, internal), world{}, "iam-login-profile low"},
		{call("iam/UpdateLoginProfile", `{"userName":"bob"}`, fromConsole, internal), world{}, "iam-login-profile medium"},
		{call("iam/UpdateLoginProfile", `{"userName":"alice"}`, fromConsole), world{}, "iam-login-profile medium"},
	} {
		if got := strings.Join(told(t, v.raw, v.w), "; "); got != v.want {
			t.Errorf("%s: told %q, want %q", v.raw, got, v.want)
		}
	}
}
