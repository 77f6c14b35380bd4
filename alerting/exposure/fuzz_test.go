package exposure_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// FuzzPolicy: no document makes the evaluator panic, and what it cannot read is never called private.
func FuzzPolicy(f *testing.F) {
	f.Add(policyWith(allow(`"*"`, "")))
	f.Add(policyWith(allow(`{"AWS":"`+foreign+`"}`, `{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","::/0"]}}`)))
	f.Add(policyWith(statement("Deny", `"*"`, `"s3:*"`, `"*"`, `{"StringNotEquals":{"aws:SourceVpce":"v"}}`), allow(`"*"`, `{"Null":{"aws:PrincipalOrgID":false}}`)))
	f.Add(`{"Statement":{"NotPrincipal":{},"NotAction":[],"NotResource":1}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		p, err := exposure.ParsePolicy([]byte(doc))
		if err != nil {
			return
		}
		for _, in := range []exposure.Input{{Policy: p}, {Account: owner, Policy: p, Point: &exposure.Point{Policy: p}, Gates: exposure.Gates{Bucket: exposure.BlockAll()}}} {
			v := exposure.Evaluate(in)
			if len(p.Faults) > 0 && (v.Public == exposure.No || v.Severity < alert.Medium) {
				t.Errorf("faults %q, yet public %v, severity %s", p.Faults, v.Public, v.Severity)
			}
			if v.Public == exposure.Yes && v.Severity < alert.Low {
				t.Errorf("public, yet %s", v.Severity)
			}
		}
	})
}

// FuzzACL: no document makes the reader panic, and a grant to everyone is never lost.
func FuzzACL(f *testing.F) {
	f.Add(grants(everyoneURI, "READ"))
	f.Add(`{"canned":"public-read"}`)
	f.Add(`{"accessControlList":{"x-amz-grant-read":"uri=\"` + everyoneURI + `\""}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		acl, err := exposure.ParseACL([]byte(doc))
		if err != nil {
			return
		}
		v := exposure.Evaluate(exposure.Input{ACL: acl})
		for _, g := range acl.Grants {
			if g.Grantee == "AllUsers" && v.Public != exposure.Yes {
				t.Errorf("%s: %+v is %v", doc, g, v.Public)
			}
		}
	})
}

// FuzzAnswer: every line is answered by one JSON object with known words.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"id":"a","policy":` + policyWith(allow(`"*"`, "")) + `,"ownership":"ObjectWriter"}`)
	f.Add(`{"id":{"x":[1]},"acl":"public-read","access_point":{"network_origin":"VPC"}}`)
	f.Add("{\"id\":\"\xff\"}")
	f.Fuzz(func(t *testing.T, line string) {
		doc, err := json.Marshal(exposure.AnswerLine([]byte(line), 3))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var a struct {
			Public    *bool
			Effective string
			Severity  string
			Error     string
		}
		if err := json.Unmarshal(doc, &a); err != nil {
			t.Fatalf("%q: %s: %v", line, doc, err)
		}
		if a.Public == nil && a.Error == "" || a.Error != "" && (a.Severity == "none" || a.Severity == "info" || a.Severity == "low") {
			t.Errorf("%q: %s", line, doc)
		}
		if strings.ContainsRune(string(doc), '\n') {
			t.Errorf("%q: the answer has more than one line", line)
		}
	})
}

// FuzzApply: no request makes the state machine panic or forget that it cannot tell.
func FuzzApply(f *testing.F) {
	f.Add("PutBucketPolicy", `{"bucketName":"b",`+publicPolicy+`}`)
	f.Add("PutBucketAcl", `{"bucketName":"b",`+publicACL+`}`)
	f.Add("CreateAccessPoint", `{"name":"p","bucket":"b"}`)
	f.Add("PutBucketOwnershipControls", `{`+objectWriter+`}`)
	f.Add("PutPublicAccessBlock", `[null,{"PublicAccessBlockConfiguration":5}]`)
	f.Fuzz(func(t *testing.T, name, params string) {
		if !json.Valid([]byte(params)) {
			return
		}
		rec, err := cloudtrail.Decode(fmt.Appendf(nil, `{"eventSource":"s3.amazonaws.com","eventName":%q,"eventID":"e","eventTime":"2026-05-01T12:00:00Z","requestParameters":%s}`, "x", params))
		if err != nil {
			return
		}
		rec.EventName = name
		w := &world{bucket: &exposure.Bucket{}, account: &exposure.Account{}}
		c := exposure.Apply(w.bucket, w.account, rec, w.own)
		again(t, w.bucket)
		again(t, w.account)
		if c.Kind == exposure.Opened && c.Severity < alert.Low {
			t.Errorf("opened, yet %s", c.Severity)
		}
		rec.ErrorCode = "AccessDenied"
		exposure.Apply(w.bucket, w.account, rec, w.own)
		exposure.Effects(&exposure.Change{Scope: exposure.AccountScope}, []*exposure.Bucket{w.bucket}, w.account, rec, w.own)
	})
}

// BenchmarkPolicy judges a policy of 20 KB. On a machine that does other work as well, cpu-µs/op is what counts.
func BenchmarkPolicy(b *testing.B) {
	var statements []string
	for len(policyWith(statements...)) < 19<<10 {
		statements = append(statements,
			allow(`{"AWS":["`+owner+`","`+foreign+`"]}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}`),
			statement("Deny", `"*"`, `["s3:PutObject","s3:DeleteObject"]`, `"arn:aws:s3:::b/*"`, `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`))
	}
	doc := []byte(policyWith(statements...))
	b.SetBytes(int64(len(doc)))
	before := processorTime(b)
	for b.Loop() {
		p, err := exposure.ParsePolicy(doc)
		if err != nil {
			b.Fatal(err)
		}
		exposure.Evaluate(exposure.Input{Account: owner, Policy: p})
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// processorTime is what this process has taken of the processors so far, collecting garbage included.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
