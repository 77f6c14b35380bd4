package alerting_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich"
)

// policyOn is the request that gives b a policy of the statements, each a principal and the rest of its statement.
func policyOn(statements ...string) string {
	for n, s := range statements {
		statements[n] = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Principal":` + s + `}`
	}
	return `PutBucketPolicy {"bucketName":"b","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}}`
}

const (
	made     = `CreateBucket {"bucketName":"b"}`
	unlocked = `DeleteBucketPublicAccessBlock {"bucketName":"b"}`
	locked   = `PutBucketPublicAccessBlock {"bucketName":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
	writer   = `PutBucketOwnershipControls {"bucketName":"b","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}}`
	partner  = `{"AWS":"444455556666"}`
	anyone   = `"*"`
)

func aclOn(name, acl string) string {
	return name + ` {"bucketName":"b","key":"k","acl":"",` + acl + `}`
}

const (
	worldRead   = `"x-amz-acl":"public-read"`
	foreignRead = `"accessControlList":{"x-amz-grant-read":"id=79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`
)

// one is the only alert of the rule.
func one(t *testing.T, e *alerting.Engine, rule string) *alert.Alert {
	t.Helper()
	var found []*alert.Alert
	for _, i := range e.Incidents() {
		if i.Kind == incident.Exposure && i.Alert.RuleID == rule {
			found = append(found, &i.Alert)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d alerts of %s, want 1", len(found), rule)
	}
	return found[0]
}

// TestAPublicAlertEndsWhereOnlyAShareIsLeft narrows what is public in several ways: the alert ends, names what is left,
// and that is an alert of its own.
func TestAPublicAlertEndsWhereOnlyAShareIsLeft(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		records []string
		rule    string
		left    string // what the closing line names, and the new alert
	}{
		"policy to an account":      {[]string{made, unlocked, policyOn(anyone), policyOn(partner)}, "s3-public-policy", "external account 444455556666"},
		"policy to an organization": {[]string{made, unlocked, policyOn(anyone), policyOn(anyone + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-zz99yy88xx"}}`)}, "s3-public-policy", "every account in organization o-zz99yy88xx"},
		"policy to a range":         {[]string{made, unlocked, policyOn(anyone), policyOn(anyone + `,"Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`)}, "s3-public-policy", "anyone in IP range 198.51.100.0/24"},
		"its public statement gone": {[]string{made, unlocked, policyOn(anyone, partner), policyOn(partner)}, "s3-public-policy", "external account 444455556666"},
		"ACL":                       {[]string{made, writer, unlocked, aclOn("PutBucketAcl", worldRead), aclOn("PutBucketAcl", foreignRead)}, "s3-public-acl", "an external account"},
		"object ACL":                {[]string{made, writer, unlocked, aclOn("PutObjectAcl", worldRead), aclOn("PutObjectAcl", foreignRead)}, "s3-object-public", "an external account"},
		"ACL ignored, policy left":  {[]string{made, writer, unlocked, policyOn(partner), aclOn("PutBucketAcl", worldRead), locked}, "s3-public-acl", "external account 444455556666, as before"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := alerting.NewEngine(rules())
			apply(t, e, enrich.Facts{}, test.records...)
			public, share := one(t, e, test.rule), one(t, e, "s3-shared-outside")
			if public.Status != alert.Resolved || !strings.HasSuffix(*public.ResolvedReason, "; now shared with "+test.left) {
				t.Fatalf("the public alert is %s: %s", public.Status, public.Summary)
			}
			if !strings.HasPrefix(public.Summary, "Anyone on the internet could ") {
				t.Errorf("once it is over it says %q", public.Summary)
			}
			grantee := strings.TrimSuffix(test.left, ", as before")
			if share.Status != alert.Open || share.Exposure.After != "shared" || !strings.Contains(strings.ToLower(share.Summary), strings.ToLower(grantee)+" can ") {
				t.Errorf("the share is %s, %s: %s", share.Status, share.Exposure.After, share.Summary)
			}
		})
	}
}

// TestAShareThatWasThereBeforeIsNotToldAgain opens a shared bucket and puts it back as it was.
func TestAShareThatWasThereBeforeIsNotToldAgain(t *testing.T) {
	t.Parallel()
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{}, made, policyOn(partner), unlocked, policyOn(anyone), policyOn(partner))
	share, public := one(t, e, "s3-shared-outside"), one(t, e, "s3-public-policy")
	if share.Status != alert.Open || len(share.EventIDs) != 1 {
		t.Errorf("the share is %s and lists %q", share.Status, share.EventIDs)
	}
	if public.Status != alert.Resolved || !strings.HasSuffix(*public.ResolvedReason, "now shared with external account 444455556666, as before") {
		t.Errorf("the public alert is %s: %v", public.Status, public.ResolvedReason)
	}
}

// TestASentenceFollowsTheShare moves a share to another account with more rights, and widens it.
func TestASentenceFollowsTheShare(t *testing.T) {
	t.Parallel()
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{}, made, policyOn(partner), strings.ReplaceAll(policyOn(`{"AWS":["777788889999","888899990000"]}`), "s3:GetObject", "s3:*"))
	share := one(t, e, "s3-shared-outside")
	const want = "External accounts 777788889999 and 888899990000 can change the permissions of b (777788889999 and 1 more s3:*)."
	if !strings.HasPrefix(share.Summary, want) || share.Factors[0].Detail != want || share.Exposure.Grant != "777788889999 and 1 more s3:*" {
		t.Errorf("it says %q, %q, %q", share.Summary, share.Factors[0].Detail, share.Exposure.Grant)
	}
}

// TestTheWorstBucketDecides opens one bucket to every AWS account and another to writers from the internet.
func TestTheWorstBucketDecides(t *testing.T) {
	t.Parallel()
	e := alerting.NewEngine(rules())
	other := func(record string) string { return strings.Replace(record, `"bucketName":"b"`, `"bucketName":"c"`, 1) }
	apply(t, e, enrich.Facts{},
		made, writer, unlocked, aclOn("PutBucketAcl", `"x-amz-acl":"authenticated-read"`),
		other(made), other(unlocked), strings.ReplaceAll(other(policyOn(anyone)), "s3:GetObject", "s3:PutObject"),
	)
	a := &e.Incidents()[0].Alert
	if x := a.Exposure; x.Reach != "internet" || x.Grant != "* s3:PutObject" || !strings.HasPrefix(a.Summary, "Anyone on the internet can write to c (* s3:PutObject). Also affected: b.") {
		t.Errorf("reach %s, grant %s: %s", x.Reach, x.Grant, a.Summary)
	}
}

// TestWhatIsRemovedUnderABlockEndsWhenItIsBack enables the ACLs of a blocked bucket, and lifts one flag of four.
func TestWhatIsRemovedUnderABlockEndsWhenItIsBack(t *testing.T) {
	t.Parallel()
	for rule, records := range map[string][]string{
		"s3-ownership-acls": {made, locked, writer, strings.Replace(writer, "ObjectWriter", "BucketOwnerEnforced", 1)},
		"s3-block-weakened": {made, locked, strings.Replace(locked, `"BlockPublicAcls":true`, `"BlockPublicAcls":false`, 1), locked},
	} {
		e := alerting.NewEngine(rules())
		apply(t, e, enrich.Facts{}, records...)
		if a := one(t, e, rule); a.Severity > alert.Low || a.Status != alert.Resolved {
			t.Errorf("%s is %s, %s", rule, a.Severity, a.Status)
		}
	}
}

// TestABlockOverABlockedGrantEndsItsAlert stores a public policy behind the account's block and blocks the bucket as well.
func TestABlockOverABlockedGrantEndsItsAlert(t *testing.T) {
	t.Parallel()
	account := strings.Replace(strings.Replace(locked, "Bucket", "Account", 1), `"BlockPublicPolicy":true`, `"BlockPublicPolicy":false`, 1)
	for name, records := range map[string][]string{
		"by the bucket's block": {made, unlocked, account, policyOn(anyone), locked},
		"by its deletion":       {made, unlocked, account, policyOn(anyone), `DeleteBucketPolicy {"bucketName":"b"}`},
		"with its bucket":       {made, unlocked, account, policyOn(anyone), `DeleteBucket {"bucketName":"b"}`},
	} {
		e := alerting.NewEngine(rules())
		apply(t, e, enrich.Facts{}, records...)
		for _, i := range e.Incidents() {
			if a := &i.Alert; a.RuleID == "s3-public-policy" && a.Status != alert.Resolved {
				t.Errorf("%s: %s, %s", name, a.Status, a.Summary)
			}
		}
	}
}

// TestAPublicObjectEndsWithTheObject deletes a public object, puts another in its place and makes it private.
func TestAPublicObjectEndsWithTheObject(t *testing.T) {
	t.Parallel()
	before := []string{made, writer, unlocked, aclOn("PutObjectAcl", worldRead)}
	for name, test := range map[string]struct {
		records []string
		want    alert.Status
	}{
		"deleted":                  {[]string{`DeleteObject {"bucketName":"b","key":"k"}`}, alert.Resolved},
		"another deleted":          {[]string{`DeleteObject {"bucketName":"b","key":"l"}`}, alert.Open},
		"overwritten":              {[]string{`PutObject {"bucketName":"b","key":"k"}`}, alert.Resolved},
		"overwritten by a copy":    {[]string{`CopyObject {"bucketName":"b","key":"k","x-amz-copy-source":"b/l"}`}, alert.Resolved},
		"made private":             {[]string{aclOn("PutObjectAcl", `"x-amz-acl":"private"`)}, alert.Resolved},
		"overwritten and public":   {[]string{aclOn("PutObject", worldRead)}, alert.Open},
		"deleted, with a version":  {[]string{`PutBucketVersioning {"bucketName":"b","VersioningConfiguration":{"Status":"Enabled"}}`, `DeleteObject {"bucketName":"b","key":"k"}`}, alert.Open},
		"deleted with its bucket":  {[]string{`DeleteBucket {"bucketName":"b"}`}, alert.Resolved},
		"private by the ownership": {[]string{strings.Replace(writer, "ObjectWriter", "BucketOwnerEnforced", 1)}, alert.Resolved},
	} {
		e := alerting.NewEngine(rules())
		apply(t, e, enrich.Facts{}, append(before[:len(before):len(before)], test.records...)...)
		if a := one(t, e, "s3-object-public"); a.Status != test.want {
			t.Errorf("%s: %s, want %s", name, a.Status, test.want)
		}
	}
}

// TestARecordWithoutATimeClosesNothing brings records whose time cannot be read: they open, and close nothing.
func TestARecordWithoutATimeClosesNothing(t *testing.T) {
	t.Parallel()
	e, with := alerting.NewEngine(rules()), rules()
	arrival := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for n, r := range []string{unlocked, policyOn(anyone), `DeleteBucketPolicy {"bucketName":"b"}`, locked, `DeleteBucket {"bucketName":"b"}`} {
		name, params, _ := strings.Cut(r, " ")
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"u-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"soon","awsRegion":"eu-west-1",
			"recipientAccountId":"111122223333","requestParameters":%s,"userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"alice"}}`, n, name, params)
		f := &enrich.Finding{EventID: fmt.Sprint("u-", n), Record: []byte(raw), Received: arrival.UnixMilli()}
		f.Rules = with.Index.Select(header(t, raw), f.Record, nil)
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
	if a := one(t, e, "s3-public-policy"); a.Status != alert.Open || a.Exposure.After != "public" || !a.EventTime.Equal(arrival) {
		t.Errorf("%s, %s, of %s", a.Status, a.Exposure.After, a.EventTime)
	}
}
