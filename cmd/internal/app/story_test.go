package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
)

// deed is a call of PutBucketAcl.
type deed struct {
	id, account, user, bucket, ip string
	acl                           string // canned
	at                            time.Time
}

// kops is the deed most tests tell of: the state of a cluster opened to everyone, through a VPN.
func kops() deed {
	return deed{
		id: "0d4c9c1e-5f0e-4f39-9d9a-6a1f9a3f8b11", account: "111122223333", user: "dev-anna", bucket: "prod-kops-state",
		ip: "203.0.113.77", acl: "public-read", at: time.Date(2026, 3, 14, 2, 7, 31, 0, time.UTC),
	}
}

// closing is the deed that undoes it.
func (d deed) closing() deed {
	d.id, d.acl, d.at = strings.Replace(d.id, "0d4c", "0d4d", 1), "private", d.at.Add(11*time.Minute)
	return d
}

// record is the deed as CloudTrail tells it.
func (d deed) record() []byte {
	return fmt.Appendf(nil, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE%[2]s","arn":"arn:aws:iam::%[1]s:user/%[2]s",`+
		`"accountId":"%[1]s","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"%[2]s"},"eventTime":"%[3]s","eventSource":"s3.amazonaws.com",`+
		`"eventName":"PutBucketAcl","awsRegion":"eu-west-1","sourceIPAddress":"%[4]s","userAgent":"[aws-cli/2.15.0 Python/3.11.6 Linux/6.1]",`+
		`"requestParameters":{"bucketName":"%[5]s","Host":"%[5]s.s3.eu-west-1.amazonaws.com","acl":"","x-amz-acl":"%[6]s"},"responseElements":null,`+
		`"requestID":"4442587FB7D0A2F9","eventID":"%[7]s","readOnly":false,"resources":[{"accountId":"%[1]s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%[5]s"}],`+
		`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%[1]s","eventCategory":"Management"}`,
		d.account, d.user, d.at.Format(time.RFC3339), d.ip, d.bucket, d.acl, d.id)
}

// ordinary gives records such as make up most of every trail, none of them worth an alert. The same seed gives the
// same ones.
func ordinary(n int, seed uint64) [][]byte {
	cfg := gen.DefaultConfig()
	cfg.Records, cfg.Actors, cfg.Buckets, cfg.Exposed, cfg.Seed = n, 50, 20, 0, seed
	g := gen.New(cfg)
	records := make([][]byte, n)
	for i := range records {
		records[i] = g.Append(nil)
	}
	return records
}

// among puts deeds among ordinary records.
func among(n int, seed uint64, deeds ...deed) [][]byte {
	records := ordinary(n, seed)
	for i, d := range deeds {
		at := (i + 1) * len(records) / (len(deeds) + 1)
		records = append(records[:at:at], append([][]byte{d.record()}, records[at:]...)...)
	}
	return records
}

// logFile is a log file of the records, unpacked.
func logFile(records [][]byte) []byte {
	return fmt.Appendf(nil, `{"Records":[%s]}`, bytes.Join(records, []byte(",")))
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

type object map[string]any

// The forms in which S3, SNS, CloudTrail and EventBridge tell of an object.

func s3Notice(t *testing.T, bucket, key string) string {
	return text(t, object{"Records": []any{object{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": "ObjectCreated:Put",
		"s3": object{
			"s3SchemaVersion": "1.0", "bucket": object{"name": bucket, "arn": "arn:aws:s3:::" + bucket},
			"object": object{"key": url.QueryEscape(key), "size": 1024, "sequencer": "0055AED6DCD90281E5"},
		},
	}}})
}

func trailNotice(t *testing.T, bucket, key string) string {
	return text(t, object{"s3Bucket": bucket, "s3ObjectKey": []string{key}})
}

func objectCreated(t *testing.T, bucket, key string) string {
	return text(t, object{
		"version": "0", "detail-type": "Object Created", "source": "aws.s3", "region": "eu-west-1",
		"detail": object{"version": "0", "bucket": object{"name": bucket}, "object": object{"key": key, "size": 1024}, "reason": "PutObject"},
	})
}

// viaSNS wraps a message as SNS does without raw delivery.
func viaSNS(t *testing.T, message string) string {
	return text(t, object{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:trail",
		"Subject": "Amazon S3 Notification", "Message": message, "Timestamp": "2026-03-14T02:10:00.000Z", "SignatureVersion": "1",
	})
}

func apiCall(t *testing.T, record []byte) string {
	return text(t, object{
		"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": "111122223333",
		"region": "eu-west-1", "resources": []any{}, "detail": json.RawMessage(record),
	})
}

// forms gives, for each way a trail's records come to a queue, the messages of a file.
func forms() map[string]func(t *testing.T, key string, records [][]byte) []string {
	object := func(tell func(t *testing.T, bucket, key string) string) func(*testing.T, string, [][]byte) []string {
		return func(t *testing.T, key string, _ [][]byte) []string { return []string{tell(t, logBucket, key)} }
	}
	wrapped := func(tell func(t *testing.T, bucket, key string) string) func(*testing.T, string, [][]byte) []string {
		return func(t *testing.T, key string, _ [][]byte) []string {
			return []string{viaSNS(t, tell(t, logBucket, key))}
		}
	}
	return map[string]func(*testing.T, string, [][]byte) []string{
		"S3 notification":             object(s3Notice), // as it comes through SNS with raw delivery
		"S3 notification through SNS": wrapped(s3Notice),
		"CloudTrail notice, raw":      object(trailNotice),
		"CloudTrail notice":           wrapped(trailNotice),
		"EventBridge, object created": object(objectCreated),
		"EventBridge, API call": func(t *testing.T, _ string, records [][]byte) []string {
			var all []string
			for _, r := range records {
				all = append(all, apiCall(t, r))
			}
			return all
		},
		"bare records": func(_ *testing.T, _ string, records [][]byte) []string {
			var all []string
			for len(records) > 0 { // as many as a message holds
				n := min(len(records), 100)
				all = append(all, string(logFile(records[:n])))
				records = records[n:]
			}
			return all
		},
	}
}
