package sqs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/sqs"
)

const trailRecord = `{"eventVersion":"1.08","eventID":"1","eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com"}`

// entryOf is one entry of an S3 event notification.
func entryOf(event, bucket, key string) string {
	return fmt.Sprintf(`{"eventVersion":"2.1","eventSource":"aws:s3","eventName":%q,"s3":{"bucket":{"name":%q},"object":{"key":%q,"size":12}}}`,
		event, bucket, key)
}

func records(entries ...string) string { return `{"Records":[` + strings.Join(entries, ",") + `]}` }

func wrapped(message string) string {
	return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Message":` + strconv.Quote(message) + `}`
}

func bridged(kind, detail string) string { return bridgedFrom("aws.s3", kind, detail) }

func bridgedFrom(source, kind, detail string) string {
	return fmt.Sprintf(`{"version":"0","detail-type":%q,"source":%q,"detail":%s}`, kind, source, detail)
}

const aggregated = `{"eventVersion":"1.0","eventId":"1","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent"}`

func TestParse(t *testing.T) {
	for name, tt := range envelopes() {
		t.Run(name, func(t *testing.T) { tt.check(t, sqs.Parse([]byte(tt.body))) })
	}
}

// envelope is a message and what is to be found in it.
type envelope struct {
	body            string
	objects         []sqs.Object
	records         []string
	ignored, broken int
	reason          string // of the first broken part
}

func (want envelope) check(t *testing.T, e sqs.Envelope) {
	if diff := cmp.Diff(want.objects, e.Objects); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	var got []string
	for _, r := range e.Records {
		got = append(got, string(r))
	}
	if diff := cmp.Diff(want.records, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if len(e.Ignored) != want.ignored || len(e.Broken) != want.broken {
		t.Fatalf("ignored %q, broken %v; want %d and %d", e.Ignored, e.Broken, want.ignored, want.broken)
	}
	if want.broken > 0 && !strings.Contains(e.Broken[0].Reason, want.reason) {
		t.Errorf("broken because %q, want %q", e.Broken[0].Reason, want.reason)
	}
}

func envelopes() map[string]envelope {
	object := []sqs.Object{{Bucket: "logs", Key: "a b/c+d.gz", Size: 12}}
	s3 := records(entryOf("ObjectCreated:Put", "logs", "a+b/c%2Bd.gz"))
	placed := `{"version":"0","bucket":{"name":"logs"},"object":{"key":"a b/c+d.gz","size":12}}`
	return map[string]envelope{
		"S3":                      {body: s3, objects: object},
		"S3 after a BOM":          {body: "\ufeff \n" + s3 + "\r\n", objects: object},
		"S3, prefixed event name": {body: records(entryOf("s3:ObjectCreated:CompleteMultipartUpload", "logs", "a+b/c%2Bd.gz")), objects: object},
		"S3 in SNS":               {body: wrapped(s3), objects: object},
		"S3 in SNS twice":         {body: wrapped(wrapped(s3)), objects: object},
		"S3 in SNS as Lambda has": {body: records(`{"EventSource":"aws:sns","Sns":` + wrapped(s3) + `}`), objects: object},
		"S3 in SQS as Lambda has": {body: records(`{"messageId":"1","body":` + strconv.Quote(s3) + `}`), objects: object},
		"S3 in SNS in SQS":        {body: records(`{"messageId":"1","body":` + strconv.Quote(wrapped(s3)) + `}`), objects: object},
		"S3 as a JSON text":       {body: strconv.Quote(s3), objects: object},
		"S3, all entries":         {body: records(entryOf("ObjectCreated:Put", "logs", "1"), entryOf("ObjectCreated:Put", "logs", "2")), objects: []sqs.Object{{Bucket: "logs", Key: "1", Size: 12}, {Bucket: "logs", Key: "2", Size: 12}}},
		"S3, a version":           {body: records(strings.Replace(entryOf("ObjectCreated:Put", "logs", "1"), `"size"`, `"versionId":"v.7","size"`, 1)), objects: []sqs.Object{{Bucket: "logs", Key: "1", Size: 12, Version: "v.7"}}},
		"S3, the null version":    {body: records(strings.Replace(entryOf("ObjectCreated:Put", "logs", "1"), `"size"`, `"versionId":"null","size"`, 1)), objects: []sqs.Object{{Bucket: "logs", Key: "1", Size: 12}}},
		"S3, no text for version": {body: records(strings.Replace(entryOf("ObjectCreated:Put", "logs", "1"), `"size"`, `"versionId":{"a":1},"size"`, 1)), objects: []sqs.Object{{Bucket: "logs", Key: "1", Size: 12}}},
		"EventBridge, a version":  {body: bridged("Object Created", `{"bucket":{"name":"logs"},"object":{"key":"1","size":12,"version-id":"v.7"}}`), objects: []sqs.Object{{Bucket: "logs", Key: "1", Size: 12, Version: "v.7"}}},
		"S3 removal":              {body: records(entryOf("ObjectRemoved:Delete", "logs", "x")), ignored: 1},
		"S3 restore":              {body: records(entryOf("ObjectRestore:Completed", "logs", "x")), ignored: 1},
		"S3 test event":           {body: `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}`, ignored: 1},
		"S3 test event in SNS":    {body: wrapped(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}`), ignored: 1},
		"S3 without key":          {body: records(entryOf("ObjectCreated:Put", "logs", "")), broken: 1, reason: "without bucket or key"},
		"S3, key badly encoded":   {body: records(entryOf("ObjectCreated:Put", "logs", "%zz")), broken: 1, reason: "URL-encoded"},
		"S3, wrong types":         {body: records(`{"eventName":"ObjectCreated:Put","s3":{"bucket":7}}`), broken: 1, reason: "shape"},
		"CloudTrail's notice": {
			body:    `{"s3Bucket":"logs","s3ObjectKey":["a+b%2B.gz","c.gz"]}`,
			objects: []sqs.Object{{Bucket: "logs", Key: "a+b%2B.gz"}, {Bucket: "logs", Key: "c.gz"}},
		},
		"CloudTrail's notice, wrapped":     {body: wrapped(`{"s3Bucket":"logs","s3ObjectKey":["c.gz"]}`), objects: []sqs.Object{{Bucket: "logs", Key: "c.gz"}}},
		"CloudTrail's notice, one key":     {body: `{"s3Bucket":"logs","s3ObjectKey":"c.gz"}`, objects: []sqs.Object{{Bucket: "logs", Key: "c.gz"}}},
		"CloudTrail's notice without keys": {body: `{"s3Bucket":"logs","s3ObjectKey":[]}`, broken: 1, reason: "without keys"},
		"CloudTrail's greeting":            {body: wrapped("CloudTrail validation message."), ignored: 1},
		"SNS confirmation":                 {body: `{"Type":"SubscriptionConfirmation","Message":"You have chosen","TopicArn":"a"}`, ignored: 1},
		"EventBridge Object Created":       {body: bridged("Object Created", placed), objects: object},
		"EventBridge, a later version":     {body: bridged("Object Created", strings.Replace(placed, `"0"`, `"7"`, 1)), objects: object},
		"EventBridge without object":       {body: bridged("Object Created", `{"bucket":{"name":"logs"}}`), broken: 1, reason: "without bucket or key"},
		"EventBridge Object Deleted":       {body: bridged("Object Deleted", placed), ignored: 1},
		"EventBridge annotation":           {body: bridged("Object Annotation Created", placed), ignored: 1},
		"EventBridge API call":             {body: bridged("AWS API Call via CloudTrail", trailRecord), records: []string{trailRecord}},
		"EventBridge sign-in":              {body: bridged("AWS Console Sign In via CloudTrail", trailRecord), records: []string{trailRecord}},
		"EventBridge Insight":              {body: bridged("AWS Insight via CloudTrail", trailRecord), ignored: 1},
		"EventBridge API call, no record":  {body: bridged("AWS API Call via CloudTrail", `"x"`), broken: 1, reason: "without a record"},
		"EventBridge GuardDuty":            {body: bridgedFrom("aws.guardduty", "GuardDuty Finding", `{"id":"f"}`), ignored: 1},
		"EventBridge Macie":                {body: bridgedFrom("aws.macie", "Macie Finding", `{}`), ignored: 1},
		"EventBridge Access Analyzer":      {body: bridgedFrom("aws.access-analyzer", "Access Analyzer Finding", `{}`), ignored: 1},
		"EventBridge Security Hub":         {body: bridgedFrom("aws.securityhub", "Security Hub Findings - Imported", `{}`), ignored: 1},
		"EventBridge Security Hub CSPM":    {body: wrapped(bridgedFrom("aws.securityhub", "Findings Imported V2", `{}`)), ignored: 1},
		"EventBridge, calls to GuardDuty":  {body: bridgedFrom("aws.guardduty", "AWS API Call via CloudTrail", trailRecord), records: []string{trailRecord}},
		"records in lower case":            {body: `{"records":[` + trailRecord + `]}`, records: []string{trailRecord}},
		"an aggregated record":             {body: aggregated, records: []string{aggregated}},
		"EventBridge, other":               {body: bridged("AWS Health Event", `{}`), broken: 1, reason: "unknown kind of EventBridge"},
		"a record":                         {body: trailRecord, records: []string{trailRecord}},
		"records one after the other":      {body: trailRecord + "\n" + trailRecord, records: []string{trailRecord, trailRecord}},
		"a list of records":                {body: "[" + trailRecord + "," + trailRecord + "]", records: []string{trailRecord, trailRecord}},
		"a log file":                       {body: records(trailRecord), records: []string{trailRecord}},
		"a mixture":                        {body: records(entryOf("ObjectCreated:Put", "logs", "a+b/c%2Bd.gz"), trailRecord, `7`, `{"x":1}`, entryOf("ObjectRemoved:Delete", "logs", "x")), objects: object, records: []string{trailRecord}, ignored: 1, broken: 2},
		"half a record after a whole one":  {body: trailRecord + `{"eventID":`, records: []string{trailRecord}, broken: 1, reason: "not JSON"},
		"nothing":                          {body: " ", broken: 1, reason: "empty"},
		"no JSON":                          {body: "hello", broken: 1, reason: "not JSON"},
		"a number":                         {body: "7", broken: 1, reason: "neither"},
		"an empty list":                    {body: `{"Records":[]}`, ignored: 1},
		"an empty object":                  {body: `{}`, broken: 1, reason: "unknown kind"},
		"records that are no list":         {body: `{"Records":{}}`, broken: 1, reason: "unknown kind"},
		"an ill-formed character":          {body: strings.Replace(trailRecord, "PutBucketAcl", "Put\xff", 1), records: []string{strings.Replace(trailRecord, "PutBucketAcl", "Put\xff", 1)}},
		"wrapped without end":              {body: strings.Repeat("[", 100) + strings.Repeat("]", 100), broken: 1, reason: "too deeply"},
	}
}

// However an announcement is wrapped, it is found once, with its key as it was.
func TestParseFindsTheSameInEveryWrapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringN(1, 40, 200).Draw(t, "key")
		quoted, _ := json.Marshal(key)
		body := `{"s3Bucket":"logs","s3ObjectKey":[` + string(quoted) + `]}`
		for range rapid.IntRange(0, 4).Draw(t, "wrappings") {
			text, _ := json.Marshal(body)
			switch rapid.IntRange(0, 3).Draw(t, "wrapping") {
			case 0:
				body = `{"Type":"Notification","Message":` + string(text) + `}`
			case 1:
				body = `{"Records":[{"body":` + string(text) + `}]}`
			case 2:
				body = `[` + body + `]`
			default:
				body = " " + body + "\n"
			}
		}
		e := sqs.Parse([]byte(body))
		if len(e.Objects) != 1 || len(e.Broken) != 0 || e.Objects[0].Key != strings.ToValidUTF8(key, "\ufffd") {
			t.Fatalf("%s: %+v", body, e)
		}
	})
}

// FuzzParse states that every message has an outcome, and that what it yields is fit to be worked on.
func FuzzParse(f *testing.F) {
	f.Add([]byte(wrapped(records(entryOf("ObjectCreated:Put", "logs", "a+b"), trailRecord))))
	f.Add([]byte(bridged("Object Created", `{"bucket":{"name":"b"},"object":{"key":"k"}}`)))
	f.Add([]byte(bridged("AWS API Call via CloudTrail", trailRecord)))
	f.Add([]byte(`{"s3Bucket":"logs","s3ObjectKey":["k"]}`))
	f.Add([]byte("\ufeff[[\"{}\"]]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		e := sqs.Parse(body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if len(e.Objects)+len(e.Records)+len(e.Ignored)+len(e.Broken) == 0 {
			t.Error("no outcome")
		}
		if !workable(e) {
			t.Errorf("%+v", e)
		}
	})
}

// workable reports whether every object, record and broken part has what working on it needs.
func workable(e sqs.Envelope) bool {
	return !slices.ContainsFunc(e.Objects, func(o sqs.Object) bool { return o.Bucket == "" || o.Key == "" || o.Size < 0 }) &&
		!slices.ContainsFunc(e.Records, func(r []byte) bool { return len(r) < 2 || r[0] != '{' || r[len(r)-1] != '}' }) &&
		!slices.ContainsFunc(e.Broken, func(b sqs.Broken) bool { return b.Reason == "" })
}
