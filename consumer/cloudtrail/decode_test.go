package cloudtrail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func decode(t *testing.T, raw string) *cloudtrail.Record {
	t.Helper()
	r, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return r
}

func TestDecode(t *testing.T) {
	raw := []byte(` {"eventVersion":"1.09","eventID":"e","eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com","eventTime":"2024-02-29T23:59:59Z","eventType":"AwsApiCall",
	"eventCategory":"Management","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","userAgent":"[aws-cli/2]","errorCode":"AccessDenied","errorMessage":"no","recipientAccountId":"111122223333",
	"sharedEventID":"s","vpcEndpointId":"vpce-1","readOnly":"true","resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"},{},7],
	"userIdentity":{"type":"AssumedRole","principalId":"AROAX:s","arn":"arn:aws:sts::1:assumed-role/r/s","accountId":"1","accessKeyId":"ASIAX","userName":"u","invokedBy":"i","onBehalfOf":{"userId":"o"},
	"sessionContext":{"attributes":{"mfaAuthenticated":"true"},"webIdFederationData":{"federatedProvider":"p"},"sessionIssuer":{"type":"Role","principalId":"AROAX","arn":"arn:aws:iam::1:role/r","accountId":"1","userName":"r"}}},
	"requestParameters":{"bucketName":"b"},"responseElements":null,"additionalEventData":{"a":1},"tlsDetails":{"tlsVersion":"TLSv1.3"}}` + "\n")
	r, err := cloudtrail.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] = 'x' // the record keeps nothing of what it was read from
	}
	want := &cloudtrail.Record{
		EventVersion: "1.09", EventID: "e", EventName: "PutBucketAcl", EventSource: "s3.amazonaws.com", EventTime: time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC),
		EventType: "AwsApiCall", EventCategory: "Management", Region: "eu-west-1", SourceIPAddress: "198.51.100.7", UserAgent: "[aws-cli/2]",
		ErrorCode: "AccessDenied", ErrorMessage: "no", RecipientAccountID: "111122223333", SharedEventID: "s", VPCEndpointID: "vpce-1", ReadOnly: true,
		UserIdentity: cloudtrail.UserIdentity{
			Type: "AssumedRole", PrincipalID: "AROAX:s", ARN: "arn:aws:sts::1:assumed-role/r/s", AccountID: "1", AccessKeyID: "ASIAX", UserName: "u",
			InvokedBy: "i", Provider: "p", OnBehalfOf: "o", MFA: true,
			SessionIssuer: cloudtrail.SessionIssuer{Type: "Role", PrincipalID: "AROAX", ARN: "arn:aws:iam::1:role/r", AccountID: "1", UserName: "r"},
		},
		Resources: []cloudtrail.Resource{{ARN: "arn:aws:s3:::b", AccountID: "111122223333", Type: "AWS::S3::Bucket"}},
	}
	if diff := cmp.Diff(want, r, cmpopts.IgnoreTypes(cloudtrail.Value{})); diff != "" {
		t.Error(diff)
	}
	if r.RequestParameters.Get("bucketName").Text() != "b" || !r.ResponseElements.IsNull() || !r.AdditionalEventData.Get("a").Exists() ||
		r.TLSDetails.Get("tlsVersion").Text() != "TLSv1.3" || r.ServiceEventDetails.Exists() || !r.Failed() {
		t.Errorf("trees %+v", r)
	}
}

func TestDecodeErrors(t *testing.T) {
	var syntax *cloudtrail.SyntaxError
	for _, raw := range []string{`[]`, `null`, `{"a"}`, `{"eventID":"1"} x`, `{"eventID":"1"}{}`} {
		if _, err := cloudtrail.Decode([]byte(raw)); !errors.As(err, &syntax) {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for raw, want := range map[string]error{``: cloudtrail.ErrShort, `{"eventID":`: cloudtrail.ErrShort, `{"a":1}`: cloudtrail.ErrNotRecord} {
		if _, err := cloudtrail.Decode([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestDecodeWrongTypes checks that no member of a wrong type fails a record.
func TestDecodeWrongTypes(t *testing.T) {
	for _, wrong := range []string{`null`, `true`, `7`, `"text"`, `[]`, `[1,2]`, `{}`, `{"x":[{}]}`} {
		var raw strings.Builder
		raw.WriteString(`{"eventID":"1"`)
		for _, name := range []string{
			"eventName", "eventTime", "eventSource", "userIdentity", "resources", "requestParameters", "responseElements", "additionalEventData",
			"readOnly", "errorCode", "awsRegion", "sourceIPAddress", "userAgent", "recipientAccountId", "tlsDetails", "serviceEventDetails",
		} {
			raw.WriteString(`,"` + name + `":` + wrong)
		}
		r := decode(t, raw.String()+`}`)
		_ = r.Bucket() + r.Key() + r.Header("x-amz-acl") + r.OwnerAccount() + r.Partition() + r.Actor().Key()
		if r.EventID != "1" {
			t.Errorf("%s: id %q", wrong, r.EventID)
		}
	}
}

func TestRecordHelpers(t *testing.T) {
	for name, test := range map[string]struct {
		raw                                string
		bucket, key, acl, owner, partition string
	}{
		"old, in lists": {
			`{"bucketName":["b"],"key":["k"],"x-amz-acl":["public-read"]},"recipientAccountId":"111122223333"`, "b", "k", "public-read", "111122223333", "aws",
		},
		"other spelling": {`{"bucketName":"b","XAmzAcl":"private"},"userIdentity":{"accountId":"444455556666"}`, "b", "", "private", "444455556666", "aws"},
		"nested header":  {`{"accessControlList":{"x_amz_acl":"private"}},"awsRegion":"cn-north-1"`, "", "", "private", "", "aws-cn"},
		"access point":   {`{"bucket":"b","name":"ap"},"awsRegion":"us-gov-west-1"`, "b", "", "", "", "aws-us-gov"},
		"through an access point": {
			`{"bucketName":"arn:aws-us-gov:s3:us-gov-west-1:111122223333:accesspoint/ap"},"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws-us-gov:s3:::b/k"},
			{"type":"AWS::S3::Bucket","ARN":"arn:aws-us-gov:s3:::b","accountId":"777788889999"}],"recipientAccountId":"111122223333"`, "b", "", "", "777788889999", "aws-us-gov",
		},
		"account-wide":      {`{"host":["111122223333.s3-control.us-east-1.amazonaws.com"]},"recipientAccountId":"444455556666"`, "", "", "", "111122223333", "aws"},
		"account-wide, new": {`{"Host":"111122223333.s3-control.us-east-1.amazonaws.com"}`, "", "", "", "111122223333", "aws"},
		"another host":      {`{"host":"111122223333.s3.amazonaws.com"}`, "", "", "", "", "aws"},
		"anonymous":         {`{"bucketName":"b"},"userIdentity":{"accountId":"ANONYMOUS_PRINCIPAL"}`, "b", "", "", "", "aws"},
		"resource alone":    {`null,"resources":{"ARN":"arn:aws:s3:::b"}`, "b", "", "", "", "aws"},
		"session's ARN":     {`null,"userIdentity":{"arn":"arn:aws-iso:sts::1:assumed-role/r/s"}`, "", "", "", "", "aws-iso"},
		"no bucket":         {`{"resources":"x"}`, "", "", "", "", "aws"},
	} {
		t.Run(name, func(t *testing.T) {
			r := decode(t, `{"eventID":"1","requestParameters":`+test.raw+`}`)
			got := []string{r.Bucket(), r.Key(), r.Header("x-amz-acl"), r.OwnerAccount(), r.Partition()}
			if diff := cmp.Diff([]string{test.bucket, test.key, test.acl, test.owner, test.partition}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeaderTime(t *testing.T) {
	for text, want := range map[string]string{
		"2024-02-29T23:59:59Z": "2024-02-29T23:59:59Z", "1970-01-01T00:00:01Z": "1970-01-01T00:00:01Z", "2000-03-01T00:00:00Z": "2000-03-01T00:00:00Z",
		"2024-05-01T10:00:00.250Z": "2024-05-01T10:00:00.25Z", "2024-05-01T12:00:00+02:00": "2024-05-01T10:00:00Z",
		"2024-05-01 10:00:00.000": "2024-05-01T10:00:00Z", "2023-02-29T00:00:00Z": "", "2024-13-01T00:00:00Z": "", "2024-05-01T24:00:00Z": "", "today": "", "": "",
		"2024-0x-01T00:00:00Z": "", "1900-02-29T00:00:00Z": "", "2024-04-31T00:00:00Z": "",
		"9999-12-31T23:59:59-01:00": "", "0000-01-01T00:00:00+01:00": "", "9999-12-31T23:59:59Z": "9999-12-31T23:59:59Z",
	} {
		r := decode(t, `{"eventID":"1","eventTime":"`+text+`"}`)
		got := ""
		if !r.EventTime.IsZero() {
			got = r.EventTime.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestHeaderTimeOfExports reads what spreadsheets, SQL engines and log shippers make of eventTime. One that cannot be read
// is unknown, and never the year 1 or 1970.
func TestHeaderTimeOfExports(t *testing.T) {
	const ten = "2026-11-20T10:00:00Z"
	for _, test := range []struct{ json, want string }{
		{`1795168800`, ten},
		{`"1795168800"`, ten},
		{`1795168800000`, ten},
		{`"1795168800000"`, ten},
		{`1795168800000000`, ten},
		{`1795168800000000000`, ten},
		{`1795168800.25`, "2026-11-20T10:00:00.25Z"},
		{`1.7951688E9`, ten},
		{`1.7951688e+12`, ten},
		{`[1795168800]`, ten},
		{`"2026-11-20T12:00:00+0200"`, ten},
		{`"2026-11-20T12:00:00+02:00"`, ten},
		{`"2026-11-20T12:00:00+02"`, ten},
		{`"2026-11-20T05:00:00-05:00"`, ten},
		{`"2026-11-20T10:00:00.000+0000"`, ten},
		{`"2026-11-20 10:00:00.000 UTC"`, ten},
		{`"2026-11-20 12:00:00 +0200"`, ten},
		{`"2026-11-20 10:00:00 +0000 UTC"`, ten},
		{`"2026-11-20t10:00:00z"`, ten},
		{`"2026-11-20T10:00Z"`, ten},
		{`"20261120T100000Z"`, ten},
		{`"20261120T120000+0200"`, ten},
		{`"20261120T1000Z"`, ten},
		{`"20261120100000"`, ten},
		{`" 2026-11-20T10:00:00Z "`, ten},
		{`"2026-11-20 10:00:00"`, ten},
		{`0`, ""},
		{`"0"`, ""},
		{`-1`, ""},
		{`1`, ""},
		{`999999999`, ""},
		{`1e300`, ""},
		{`"Infinity"`, ""},
		{`"0x6b000000000"`, ""},
		{`true`, ""},
		{`null`, ""},
		{`{"$date":1795168800000}`, ""},
		{`"0001-01-01T00:00:00Z"`, ""},
		{`"1970-01-01T00:00:00Z"`, ""},
		{`"1969-12-31T23:59:59Z"`, ""},
		{`"20261120"`, ""},
		{`"2026-11-20"`, ""},
		{`"10:00:00"`, ""},
		{`"2026-11-20T10:00:00 Europe/Berlin"`, ""},
		{`"+-.eE+-.eE"`, ""},
	} {
		r := decode(t, `{"eventID":"1","eventTime":`+test.json+`}`)
		got := ""
		if !r.EventTime.IsZero() {
			got = r.EventTime.Format(time.RFC3339Nano)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.json, got, test.want)
		}
	}
}

// TestHeaderTimeAgrees checks the fast reading against the time package, day by day.
func TestHeaderTimeAgrees(t *testing.T) {
	var h cloudtrail.Header
	at := time.Date(1970, 1, 1, 1, 2, 3, 0, time.UTC)
	for ; at.Year() < 2101; at = at.Add(24*time.Hour + 61*time.Second) {
		h.EventTime = at.AppendFormat(h.EventTime[:0], time.RFC3339)
		if ms, ok := h.Time(); !ok || ms != at.UnixMilli() {
			t.Fatalf("%s: %d, %t", h.EventTime, ms, ok)
		}
	}
}

func TestHeaderAccount(t *testing.T) {
	for raw, want := range map[string]string{
		`{"eventID":"1","recipientAccountId":"111122223333","userIdentity":{"accountId":"444455556666"}}`: "111122223333",
		`{"eventID":"1","userIdentity":{"accountId":"444455556666"}}`:                                     "444455556666",
		`{"eventID":"1","userIdentity":{"accountId":"ANONYMOUS_PRINCIPAL"}}`:                              "",
		`{"eventID":"1"}`: "",
	} {
		var h cloudtrail.Header
		if _, err := h.Scan([]byte(raw)); err != nil || string(h.Account()) != want {
			t.Errorf("%s: %q, %v", raw, h.Account(), err)
		}
	}
}
