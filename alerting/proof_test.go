package alerting_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich"
)

// proofRecord is a record of account 111122223333, in the form "09:05 WHO EventName {parameters}". WHO is "anon", an account's
// number, or a user of the account.
func proofRecord(t *testing.T, n int, line string) string {
	t.Helper()
	part := strings.SplitN(line, " ", 4)
	identity := fmt.Sprintf(`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333","userName":%q}`, part[1], part[1])
	switch {
	case part[1] == "anon":
		identity = `{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`
	case strings.Trim(part[1], "0123456789") == "":
		identity = fmt.Sprintf(`{"type":"AWSAccount","principalId":"AIDAEXAMPLE","accountId":%q}`, part[1])
	}
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"p-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-%s:00Z","awsRegion":"eu-west-1",
		"sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","requestParameters":%s,"userIdentity":%s}`, n, part[2], part[0], part[3], identity)
	if !json.Valid([]byte(raw)) {
		t.Fatalf("no JSON: %s", raw)
	}
	return raw
}

func tell(t *testing.T, e *alerting.Engine, with *alerting.Rules, n int, line string) {
	t.Helper()
	raw := proofRecord(t, n, line)
	f := &enrich.Finding{EventID: fmt.Sprint("p-", n), Record: []byte(raw)}
	f.Rules = with.Index.Select(header(t, raw), []byte(raw), nil)
	if strings.Contains(line, " DeleteObject ") {
		f.Rules = append(f.Rules, enrich.ExposureRule) // as the enrichment does for objects it was told of
	}
	if _, err := e.Apply(f); err != nil {
		t.Fatal(err)
	}
}

// outline is what became of the alerts: "rule status after confidence resource".
func outline(e *alerting.Engine) []string {
	var out []string
	for _, i := range e.Incidents() {
		a := &i.Alert
		if a.Exposure == nil || a.Severity < alert.Low {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %s", a.RuleID, a.Status, a.Exposure.After, a.Exposure.Confidence, strings.TrimPrefix(a.Resource, "arn:aws:s3:::")))
	}
	return out
}

const (
	openPolicy = `{"bucketName":"b","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}}`
	orgPolicy  = `{"bucketName":"b","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-own1234567"}}}]}}`
	sharing    = `{"bucketName":"b","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}}`
	fullBlock  = `{"bucketName":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
)

func TestCallsThatWereLetInProveAnExposure(t *testing.T) {
	const b, k, k2 = `{"bucketName":"b"}`, `{"bucketName":"b","key":"k"}`, `{"bucketName":"b","key":"k2"}`
	made := []string{"01T09:00 ann CreateBucket " + b, "01T09:01 ann DeleteBucketPublicAccessBlock " + b}
	public := append(slices.Clone(made), "01T09:02 ann PutBucketPolicy "+openPolicy)
	for name, tt := range map[string]struct{ lines, want []string }{
		"a read is one of the object":         {[]string{"01T09:00 anon GetObject " + k}, []string{"s3-anonymous-read open public confirmed b/k"}},
		"a list is one of the bucket":         {[]string{"01T09:00 anon ListObjects " + b}, []string{"s3-anonymous-read open public confirmed b"}},
		"it is told once":                     {[]string{"01T09:00 anon GetObject " + k, "01T09:20 anon GetObject " + k2, "01T09:30 anon HeadObject " + k}, []string{"s3-anonymous-read open public confirmed b/k"}},
		"a list is more than a read":          {[]string{"01T09:00 anon GetObject " + k, "01T09:20 anon ListObjects " + b}, []string{"s3-anonymous-read open public confirmed b/k"}},
		"a known policy makes it the bucket":  {append(slices.Clone(public), "01T09:20 anon GetObject "+k), []string{"s3-public-policy open public confirmed b"}},
		"closing what is known ends it":       {append(slices.Clone(public), "01T09:20 anon GetObject "+k, "01T09:30 ann DeleteBucketPolicy "+b), []string{"s3-public-policy resolved private confirmed b"}},
		"a block ends all of it":              {[]string{"01T09:00 anon GetObject " + k, "01T09:20 anon ListObjects " + b, "01T09:30 ann PutBucketPublicAccessBlock " + fullBlock}, []string{"s3-anonymous-read resolved private confirmed b/k"}},
		"what may not have been it does not":  {[]string{"01T09:00 anon ListObjects " + b, "01T09:20 ann PutBucketAcl " + `{"bucketName":"b","x-amz-acl":"private"}`}, []string{"s3-anonymous-read open public confirmed b"}},
		"all that may have been it does":      {[]string{"01T09:00 anon ListObjects " + b, "01T09:20 ann PutBucketAcl " + `{"bucketName":"b","x-amz-acl":"private"}`, "01T09:21 ann DeleteBucketPolicy " + b}, []string{"s3-anonymous-read resolved private confirmed b"}},
		"deleting the bucket ends it":         {[]string{"01T09:00 anon GetObject " + k, "01T09:20 ann DeleteBucket " + b}, []string{"s3-anonymous-read resolved private confirmed b/k"}},
		"deleting the object ends it":         {[]string{"01T09:00 anon GetObject " + k, "01T09:20 ann DeleteObject " + k}, []string{"s3-anonymous-read resolved private confirmed b/k"}},
		"a day without another ends it":       {[]string{"01T09:00 anon GetObject " + k, "01T20:00 anon GetObject " + k2, "02T19:59 ann GetBucketAcl " + b, "02T20:00 ann GetBucketAcl " + b}, []string{"s3-anonymous-read resolved unknown confirmed b/k"}},
		"until then it lasts":                 {[]string{"01T09:00 anon GetObject " + k, "01T20:00 anon GetObject " + k2, "02T19:59 ann GetBucketAcl " + b}, []string{"s3-anonymous-read open public confirmed b/k"}},
		"a block heard of before it ends it":  {[]string{"01T10:00 ann PutBucketPublicAccessBlock " + fullBlock, "01T09:00 anon ListObjects " + b}, []string{"s3-anonymous-read resolved private confirmed b"}},
		"a website is meant to be read":       {append(slices.Clone(made), "01T09:02 ann PutBucketWebsite "+`{"bucketName":"w","website":""}`, "01T09:20 anon GetObject "+`{"bucketName":"w","key":"index.html"}`), []string{"s3-block-weakened open unknown confirmed b"}},
		"an external account's write":         {[]string{"01T09:00 444455556666 PutObject " + k, "01T09:20 444455556666 PutObject " + k2}, []string{"s3-external-access open shared confirmed b"}},
		"two external accounts":               {[]string{"01T09:00 444455556666 PutObject " + k, "01T09:50 777788889999 DeleteObject " + k}, []string{"s3-external-access open shared confirmed b"}},
		"a known account":                     {[]string{"01T09:00 222233334444 PutObject " + k}, nil},
		"one that may be of the organization": {[]string{"01T09:00 ann PutBucketPolicy " + orgPolicy, "01T09:20 444455556666 GetObject " + k}, nil},
		"one that it is shared with":          {[]string{"01T09:00 ann PutBucketPolicy " + sharing, "01T09:20 444455556666 GetObject " + k}, []string{"s3-shared-outside open shared confirmed b"}},
		"an anonymous write":                  {[]string{"01T09:00 anon GetObject " + k, "01T09:20 anon PutObject " + k2}, []string{"s3-anonymous-write open public confirmed b"}},
	} {
		t.Run(name, func(t *testing.T) {
			with := rules()
			with.Settings.Own.OrganizationID, with.Settings.Own.Accounts = "o-own1234567", []string{"222233334444"}
			e := alerting.NewEngine(with)
			for n, line := range tt.lines {
				tell(t, e, with, n, line)
			}
			day, clock, _ := strings.Cut(strings.Fields(tt.lines[len(tt.lines)-1])[0], "T")
			now, err := time.Parse(time.DateTime, "2026-03-"+day+" "+clock+":00")
			if err != nil {
				t.Fatal(err)
			}
			e.Book().Lapse(now)
			if got := outline(e); !slices.Equal(got, tt.want) {
				t.Errorf("alerts %q, want %q", got, tt.want)
			}
		})
	}
}

// What a person has done with is not told again because somebody uses it as they may.
func TestReadersOfWhatAPersonResolvedAreNotTold(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	tell(t, e, with, 1, "01T09:00 ann PutBucketPolicy "+openPolicy)
	tell(t, e, with, 2, `01T09:10 anon GetObject {"bucketName":"c","key":"k"}`)
	for _, i := range e.Incidents() {
		e.Book().Do(incident.Command{AlertID: i.Alert.ID, Action: incident.Resolve, By: "dora", At: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)})
	}
	tell(t, e, with, 3, `01T10:10 anon GetObject {"bucketName":"b","key":"k"}`)
	tell(t, e, with, 4, `01T10:10 anon GetObject {"bucketName":"c","key":"k"}`)
	if n := len(e.Incidents()); n != 2 {
		t.Errorf("%d alerts, want the two that were resolved", n)
	}
	tell(t, e, with, 5, `01T10:20 anon PutObject {"bucketName":"b","key":"k"}`)
	if n := len(e.Incidents()); n != 3 {
		t.Errorf("%d alerts, want one more of the write that nothing seen allows", n)
	}
}

// Who uses what is known to be open is named; the alert goes on to speak of the one who opened it.
func TestAReaderOfAPublicBucketIsNotTakenForItsOpener(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	tell(t, e, with, 1, "01T09:00 ann PutBucketPolicy "+openPolicy)
	tell(t, e, with, 2, `01T09:10 anon GetObject {"bucketName":"b","key":"k"}`)
	a := e.Incidents()[0].Alert
	if a.Actor.Name != "ann" || !strings.Contains(a.Summary, "ann called PutBucketPolicy") || a.EventName != "PutBucketPolicy" {
		t.Errorf("the alert speaks of %s: %s", a.Actor.Name, a.Summary)
	}
	if u := a.Updates[len(a.Updates)-1]; u.Kind != "grew" || !strings.Contains(u.Text, "without credentials from 198.51.100.7") {
		t.Errorf("last line %+v", u)
	}
	if !slices.Contains(a.Exposure.Reasons, "read without credentials from 198.51.100.7") || a.Exposure.Confidence != "confirmed" {
		t.Errorf("%+v", a.Exposure)
	}
}

func TestAProofSaysWhoReadFromWhere(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	tell(t, e, with, 1, `01T09:00 anon GetObject {"bucketName":"b","key":"2026/pay.csv"}`)
	a := e.Incidents()[0].Alert
	for _, want := range []string{"read without credentials from 198.51.100.7", "2026/pay.csv"} {
		if !strings.Contains(a.Summary, want) {
			t.Errorf("summary %q does not say %q", a.Summary, want)
		}
	}
	if !slices.Contains(a.Exposure.Reasons, "read without credentials from 198.51.100.7") || a.Severity < alert.High || a.Exposure.Scope != "object" {
		t.Errorf("%s %+v", a.Severity, a.Exposure)
	}
}

// A call on access by another account is recorded in both accounts. What it changed is told, and that S3 let it in is no second
// alert, whichever record comes first.
func TestACallThatChangesTheExposureIsNoProofBesideIt(t *testing.T) {
	const caller, owner = `"recipientAccountId":"444455556666"`, `"recipientAccountId":"111122223333"`
	record := func(id, recipient string) string {
		return fmt.Sprintf(`{"eventVersion":"1.10","eventID":%q,"eventName":"PutBucketPolicy","eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:00:00Z",
			"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7",%s,"requestParameters":%s,"requestID":"R1","sharedEventID":"S1","managementEvent":true,
			"resources":[{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],
			"userIdentity":{"type":"AWSAccount","principalId":"AROAEXAMPLE:kim","accountId":"444455556666"}}`, id, recipient, openPolicy)
	}
	for name, records := range map[string][]string{
		"caller first": {record("e1", caller), record("e2", owner)},
		"owner first":  {record("e2", owner), record("e1", caller)},
		"owner alone":  {record("e2", owner)},
	} {
		t.Run(name, func(t *testing.T) {
			with := rules()
			e := alerting.NewEngine(with)
			for n, raw := range records {
				f := &enrich.Finding{EventID: fmt.Sprint("e", n), Record: []byte(raw), Rules: with.Index.Select(header(t, raw), []byte(raw), nil)}
				if _, err := e.Apply(f); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := outline(e), []string{"s3-public-policy open public unconfirmed b"}; !slices.Equal(got, want) {
				t.Errorf("alerts %q, want %q", got, want)
			}
		})
	}
}

// Every caller that was let in is named, the one who did most first, and what they did it to is said.
func TestProofsOfSeveralCallersAreAllSaid(t *testing.T) {
	for name, tt := range map[string]struct {
		lines      []string
		has, hasNo []string
	}{
		"a write outweighs a later read": {
			[]string{`01T09:00 444455556666 PutObject {"bucketName":"b","key":"k"}`, `01T10:00 777788889999 GetObject {"bucketName":"b","key":"k"}`},
			[]string{"External account 444455556666 can write to b (444455556666 PutObject). An object was written by external account 444455556666", "External account 777788889999 can read objects in b"},
			nil,
		},
		"a later write comes first": {
			[]string{`01T09:00 444455556666 GetObject {"bucketName":"b","key":"k"}`, `01T10:00 777788889999 DeleteObject {"bucketName":"b","key":"k"}`},
			[]string{"External account 777788889999 can write to b (777788889999 DeleteObject). An object was deleted by external account 777788889999 from 198.51.100.7. External account 444455556666 can read"},
			[]string{"It was"},
		},
		"beside a share": {
			[]string{"01T09:00 ann PutBucketPolicy " + sharing, `01T10:00 777788889999 GetObject {"bucketName":"b","key":"k"}`},
			[]string{"External account 444455556666 can read objects in b", "External account 777788889999 can read objects in b"},
			nil,
		},
		"an unsigned call": {
			[]string{`01T09:00 anon GetObject {"bucketName":"b","key":"k"}`},
			[]string{"The object was read without credentials from 198.51.100.7. An anonymous request called GetObject"},
			[]string{"anonymous called"},
		},
		"an unsigned list": {[]string{`01T09:00 anon ListObjects {"bucketName":"b"}`}, []string{"The bucket was listed without credentials"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			with := rules()
			e := alerting.NewEngine(with)
			for n, line := range tt.lines {
				tell(t, e, with, n, line)
			}
			if n := len(e.Incidents()); n != 1 {
				t.Fatalf("%d alerts, want one", n)
			}
			summary := e.Incidents()[0].Alert.Summary
			for _, want := range tt.has {
				if !strings.Contains(summary, want) {
					t.Errorf("summary %q does not say %q", summary, want)
				}
			}
			for _, not := range tt.hasNo {
				if strings.Contains(summary, not) {
					t.Errorf("summary %q says %q", summary, not)
				}
			}
		})
	}
}

// However many callers are let in, the sentence has an end.
func TestProofsOfManyCallersAreBounded(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	for n := range 50 {
		tell(t, e, with, n, fmt.Sprintf(`01T09:%02d 4444555566%02d GetObject {"bucketName":"b","key":"k"}`, n, n))
	}
	a := e.Incidents()[0].Alert
	if len(a.Summary) > 1000 || strings.Count(a.Summary, "More callers were let in.") != 1 || len(a.Exposure.Grant) > 700 {
		t.Errorf("%d bytes: %s (%s)", len(a.Summary), a.Summary, a.Exposure.Grant)
	}
}

// Objects of one bucket are named beside the one the sentence speaks of, and counted where they are many.
func TestObjectsOfABucketAreCounted(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	for n := range 6 {
		tell(t, e, with, n, fmt.Sprintf(`01T09:%02d ann PutObject {"bucketName":"b","key":"k%d","x-amz-acl":"public-read"}`, n, n))
	}
	if a := e.Incidents()[0].Alert; !strings.Contains(a.Summary, "Also affected: object k1, object k2, object k3, 2 more.") {
		t.Error(a.Summary)
	}
}

// An unsigned call that opens a bucket shows that whoever makes it may take the bucket over: one alert, at that severity.
func TestAnUnsignedCallThatOpensABucketIsOneAlertOfATakeover(t *testing.T) {
	with := rules()
	e := alerting.NewEngine(with)
	tell(t, e, with, 1, `01T09:00 anon PutBucketAcl {"bucketName":"b","x-amz-acl":"public-read"}`)
	if all := e.Incidents(); len(all) != 1 || all[0].Alert.Severity != alert.Critical {
		t.Errorf("alerts %q", outline(e))
	}
}
