package alerting_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/enrich"
)

// What an alert says is true of what is open now, and of who opened it.
func TestSentencesAreAboutWhatIsOpen(t *testing.T) {
	const made, unblocked = `01T09:00 ann CreateBucket {"bucketName":"b"}`, `01T09:01 ann DeleteBucketPublicAccessBlock {"bucketName":"b"}`
	limited := func(condition string) string {
		return `01T09:02 ann PutBucketPolicy {"bucketName":"b","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":` + condition + `}]}}`
	}
	for name, tt := range map[string]struct {
		lines      []string
		has, hasNo string
	}{
		"a website opens nothing": {
			[]string{made, unblocked, "01T09:02 ann PutBucketPolicy " + openPolicy, `01T09:03 bob PutBucketWebsite {"bucketName":"b","website":""}`},
			"ann called PutBucketPolicy", "bob called",
		},
		"the own account alone": {
			[]string{made, unblocked, limited(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}`)},
			"S3 counts b as public (111122223333 s3:GetObject), but its conditions admit only the bucket's own account.", "account can read",
		},
		"nobody": {
			[]string{made, unblocked, limited(`{"StringEquals":{"aws:PrincipalOrgID":"o-*"}}`)},
			"S3 counts b as public (* s3:GetObject), but its conditions admit no caller.", "unknown principal",
		},
		"a block that is off is no other exposure": {
			[]string{made, unblocked, `01T09:02 ann PutAccessPointPolicy {"name":"p","bucket":"b","host":"111122223333.s3-control.eu-west-1.amazonaws.com","PutAccessPointPolicyRequest":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}"}}`},
			"access point p", "Also affected: bucket b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			with := rules()
			e := alerting.NewEngine(with)
			for n, line := range tt.lines {
				tell(t, e, with, n, line)
			}
			var summaries []string
			for _, i := range e.Incidents() {
				summaries = append(summaries, i.Alert.Summary)
			}
			text := strings.Join(summaries, "\n")
			if !strings.Contains(text, tt.has) || strings.Contains(text, tt.hasNo) {
				t.Errorf("%q should say %q and not %q", text, tt.has, tt.hasNo)
			}
		})
	}
}

// A refused call on another account's bucket is recorded in both accounts, and neither record may say whose the bucket is.
func TestARefusedCallRecordedTwiceIsOneAlert(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	for n, recipient := range []string{"444455556666", "111122223333"} {
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"e%d","eventName":"PutBucketPolicy","eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:00:00Z",
			"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":%q,"requestParameters":%s,"requestID":"R1","sharedEventID":"S1","errorCode":"AccessDenied",
			"userIdentity":{"type":"IAMUser","userName":"kim","arn":"arn:aws:iam::444455556666:user/kim","accountId":"444455556666"}}`, n, recipient, openPolicy)
		f := &enrich.Finding{EventID: fmt.Sprint("e", n), Record: []byte(raw), Rules: with.Index.Select(header(t, raw), []byte(raw), nil)}
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
	if all := e.Incidents(); len(all) != 1 || len(all[0].Alert.EventIDs) != 2 {
		t.Errorf("%d alerts, want one with both records", len(all))
	}
}

// Of a public policy that a block stops and a share of the same second, the share is what lets somebody in.
func TestAShareOfTheSecondOfAStoppedPublicPolicyIsTold(t *testing.T) {
	ranged := strings.Replace(openPolicy, `"Principal":"*"`, `"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`, 1)
	for name, second := range map[string][]string{"public first": {openPolicy, ranged}, "share first": {ranged, openPolicy}} {
		with := rules()
		e := alerting.NewEngine(with)
		for n, line := range []string{
			`01T09:00 ann CreateBucket {"bucketName":"b"}`,
			`01T09:01 ann PutBucketPublicAccessBlock {"bucketName":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":true}}`,
			"01T09:02 ann PutBucketPolicy " + second[0], "01T09:02 ann PutBucketPolicy " + second[1],
		} {
			tell(t, e, with, n, line)
		}
		if all := strings.Join(outline(e), "\n"); !strings.Contains(all, "s3-shared-outside open shared") {
			t.Errorf("%s: %s", name, all)
		}
	}
}
