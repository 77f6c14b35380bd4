package cloudtrail_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func TestScan(t *testing.T) {
	raw := []byte(" \n" + usual)
	var h cloudtrail.Header
	n, err := h.Scan(append(bytes.Clone(raw), `,{"eventID":"next"}`...))
	if n != len(raw) || err != nil {
		t.Fatalf("%d of %d bytes, %v", n, len(raw), err)
	}
	for _, field := range []struct {
		name string
		got  []byte
		want string
	}{
		{"eventID", h.EventID, "3de7db82-207e-4f8c-a856-801a7b7f0246"},
		{"eventName", h.EventName, "GetObject"},
		{"eventSource", h.EventSource, "s3.amazonaws.com"},
		{"eventTime", h.EventTime, "2026-03-02T08:00:00Z"},
		{"eventCategory", h.EventCategory, "Data"},
		{"region", h.Region, "eu-west-1"},
		{"source address", h.SourceIP, "198.51.54.189"},
		{"error", h.ErrorCode, ""},
		{"recipient", h.RecipientAccountID, "111122223333"},
		{"bucket", h.Bucket, "acme-backups-dev-067"},
		{"type", h.Type, "AssumedRole"},
		{"principal", h.PrincipalID, "AROAF2727A9FC3E530AE:i-0123456789abcdef0"},
		{"arn", h.ARN, "arn:aws:sts::111122223333:assumed-role/prod-web/i-0123456789abcdef0"},
		{"account", h.AccountID, "111122223333"},
		{"issuer", h.IssuerARN, "arn:aws:iam::111122223333:role/prod-web"},
		{"issuer type", h.IssuerType, "Role"},
		{"issuer name", h.IssuerName, "prod-web"},
	} {
		if string(field.got) != field.want {
			t.Errorf("%s: %q, want %q", field.name, field.got, field.want)
		}
	}
}

// TestScanShort checks that every beginning of a record asks for more, and none is taken for whole.
func TestScanShort(t *testing.T) {
	var h cloudtrail.Header
	raw := []byte(`{"eventID":"a\u0062","n":[-1.5e+3,true,false,null,{}],"requestParameters":{"bucketName":["b"]},"userIdentity":{"sessionContext":{"sessionIssuer":{}}}}`)
	for i := range raw {
		if n, err := h.Scan(raw[:i]); n != 0 || !errors.Is(err, cloudtrail.ErrShort) {
			t.Errorf("%s: %d, %v", raw[:i], n, err)
		}
	}
	if _, err := h.Scan(raw); err != nil || string(h.EventID) != "ab" || string(h.Bucket) != "b" {
		t.Errorf("%q, %q, %v", h.EventID, h.Bucket, err)
	}
}

func TestScanSyntax(t *testing.T) {
	for raw, want := range map[string]string{
		`[]`:                               "no valid JSON at byte 0: a record is an object",
		` 12`:                              "no valid JSON at byte 1: a record is an object",
		`{eventID:1}`:                      "no valid JSON at byte 1: no quoted member name",
		`{"a" 1}`:                          "no valid JSON at byte 5: no colon after the member name",
		`{"a":1 "b":2}`:                    "no valid JSON at byte 7: no comma or closing bracket after a value",
		`{"a":1,}`:                         "no valid JSON at byte 7: no quoted member name",
		`{"a":[1,]}`:                       "no valid JSON at byte 8: no value begins here",
		`{"a":[1 2]}`:                      "no valid JSON at byte 8: no comma or closing bracket after a value",
		`{"a":tru }`:                       "no valid JSON at byte 5: neither true, false nor null",
		`{"a":01}`:                         "no valid JSON at byte 6: no comma or closing bracket after a value",
		`{"a":-x}`:                         "no valid JSON at byte 6: malformed number",
		`{"a":1.}`:                         "no valid JSON at byte 7: malformed number",
		`{"a":1e}`:                         "no valid JSON at byte 7: malformed number",
		`{"a":"\x"}`:                       "no valid JSON at byte 6: unknown escape in a string",
		`{"a":"\u12g4"}`:                   "no valid JSON at byte 10: unknown escape in a string",
		"{\"a\":\"long enough\n for it\"}": "no valid JSON at byte 17: control character in a string",
		`{"a":}`:                           "no valid JSON at byte 5: no value begins here",
		`{"a":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`: "no valid JSON at byte 10004: nested too deeply",
	} {
		var h cloudtrail.Header
		n, err := h.Scan([]byte(raw))
		var syntax *cloudtrail.SyntaxError
		if n != 0 || !errors.As(err, &syntax) || err.Error() != want {
			t.Errorf("%.40s: %d, %v, want %s", raw, n, err, want)
		}
	}
}

func TestScanNotRecord(t *testing.T) {
	var h cloudtrail.Header
	raw := ` {"foo":{"eventID":"nested"}} `
	if n, err := h.Scan([]byte(raw)); n != len(raw)-1 || !errors.Is(err, cloudtrail.ErrNotRecord) {
		t.Errorf("%d, %v", n, err)
	}
}

// TestScanOddShapes checks that members of unexpected types are passed by, and never kept from a record before.
func TestScanOddShapes(t *testing.T) {
	for name, test := range map[string]struct{ raw, bucket, id, typ string }{
		"text parameters":     {`{"eventID":"1","requestParameters":"text"}`, "", "1", ""},
		"null parameters":     {`{"eventID":"1","requestParameters":null}`, "", "1", ""},
		"list parameters":     {`{"eventID":"1","requestParameters":[{"bucketName":"b"}]}`, "", "1", ""},
		"list of two":         {`{"eventID":"1","requestParameters":{"bucketName":["b","c"]}}`, "", "1", ""},
		"list of an object":   {`{"eventID":"1","requestParameters":{"bucketName":[{"b":1}]}}`, "", "1", ""},
		"list in a list":      {`{"eventID":"1","requestParameters":{"bucketName":[["b"]]}}`, "", "1", ""},
		"number":              {`{"eventID":12,"requestParameters":{"bucketName":7}}`, "7", "12", ""},
		"null bucket":         {`{"eventID":"1","requestParameters":{"bucketName":null}}`, "", "1", ""},
		"access point's":      {`{"eventID":"1","requestParameters":{"bucket":"b"}}`, "b", "1", ""},
		"both":                {`{"eventID":"1","requestParameters":{"bucket":"a","bucketName":"b"}}`, "b", "1", ""},
		"both, other order":   {`{"eventID":"1","requestParameters":{"bucketName":"b","bucket":"a"}}`, "b", "1", ""},
		"bucket's ARN":        {`{"eventID":"1","requestParameters":{"bucketName":"arn:aws-cn:s3:::b"}}`, "b", "1", ""},
		"object's ARN":        {`{"eventID":"1","requestParameters":{"bucketName":"arn:aws:s3:::b/k"}}`, "b", "1", ""},
		"directory bucket":    {`{"eventID":"1","requestParameters":{"bucketName":"arn:aws:s3express:eu-west-1:1:bucket/b--x-s3"}}`, "b--x-s3", "1", ""},
		"capitals":            {`{"EventID":"1","RequestParameters":{"BucketName":"b"},"UserIdentity":{"type":"Root"}}`, "b", "1", "Root"},
		"escaped names":       {`{"event\u0049D":"1","requestParameters":{"bucket\u004eame":"b"}}`, "b", "1", ""},
		"escaped text":        {`{"eventID":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d!"}`, "", "\"\\/\b\f\n\r\té😀\ufffd!", ""},
		"identity of no type": {`{"eventID":"1","userIdentity":{"accountId":"1"}}`, "", "1", ""},
		"identity is text":    {`{"eventID":"1","userIdentity":"root"}`, "", "1", ""},
		"identity is null":    {`{"eventID":"1","userIdentity":null}`, "", "1", ""},
		"twice":               {`{"eventID":"1","eventID":"2"}`, "", "2", ""},
		"taken back":          {`{"eventID":"1","eventName":"N","eventID":"2","eventName":{}}`, "", "2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var h cloudtrail.Header
			if _, err := h.Scan([]byte(usual)); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Scan([]byte(test.raw)); err != nil {
				t.Fatal(err)
			}
			if string(h.Bucket) != test.bucket || string(h.EventID) != test.id || string(h.Type) != test.typ || len(h.ARN) > 0 {
				t.Errorf("bucket %q, id %q, type %q", h.Bucket, h.EventID, h.Type)
			}
		})
	}
}

func TestScanDerivesID(t *testing.T) {
	raw := []byte(`{"eventName":"N"}`)
	var h cloudtrail.Header
	if _, err := h.Scan(append([]byte("  "), raw...)); err != nil || string(h.EventID) != cloudtrail.DerivedID(raw) {
		t.Errorf("%q, %v", h.EventID, err)
	}
	r, err := cloudtrail.Decode(raw)
	if err != nil || r.EventID != string(h.EventID) || r.EventID == cloudtrail.DerivedID([]byte(usual)) {
		t.Errorf("%q, %v", r.EventID, err)
	}
}

func TestScanAllocates(t *testing.T) {
	var h cloudtrail.Header
	var key []byte
	for _, raw := range [][]byte{
		[]byte(usual), []byte(`{"eventID":"esc\u0061ped","requestParameters":{"bucketName":["\u0062"]},"userIdentity":{"type":"IAMUser","arn":"a\/b"}}`),
	} {
		if n := testing.AllocsPerRun(100, func() {
			_, _ = h.Scan(raw)
			key = h.AppendActorKey(key[:0])
		}); n > 0 {
			t.Errorf("%g allocations for %.60s", n, raw)
		}
	}
}

func TestSkip(t *testing.T) {
	for in, want := range map[string]int{
		`{"a":"}\"}"} x`: 12, ` [1,[2],{}]]`: 11, `"a\"b",`: 6, `12,`: 2, `12]`: 2, `null }`: 4, "true\n": 4, `{bad [}] `: 8, `"}`: -1, `{`: -1, ``: -1, `12`: -1, `"a\"`: -1,
	} {
		n, err := cloudtrail.Skip([]byte(in))
		if want < 0 && !errors.Is(err, cloudtrail.ErrShort) || want >= 0 && (n != want || err != nil) {
			t.Errorf("%s: %d, %v, want %d", in, n, err, want)
		}
		var s cloudtrail.Skipper
		got := 0
		for i := range len(in) {
			n, done := s.Skip([]byte{in[i]})
			if got += n; done {
				break
			}
		}
		if want >= 0 && got != want {
			t.Errorf("%s byte by byte: %d, want %d", in, got, want)
		}
	}
}

// FuzzScan checks that Scan takes for JSON what encoding/json does, that whole and beginning agree, and that
// header and record say the same.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		usual, `{"eventName":"N"}`, `{"eventID":"\ud800\u0061","userIdentity":{"type":["Root"],"arn":1e9}}`, `{"a":[{},[]],"eventID":null}`, `{"a":01}`,
		`{"eventID":"1","userIdentity":{"arn":"arn:aws:sts::1:assumed-role/r/s@x.yz"},"requestParameters":{"bucketName":"arn:aws:s3:::b","host":["1.s3-control."]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var h cloudtrail.Header
		n, err := h.Scan(in)
		isObject := bytes.HasPrefix(bytes.TrimLeft(in, " \t\r\n"), []byte("{"))
		switch {
		case n > 0 && !json.Valid(in[:n]):
			t.Errorf("took %q", in[:n])
		case n == 0 && isObject && json.Valid(in):
			t.Errorf("refused %q: %v", in, err)
		}
		if err != nil {
			return
		}
		if _, err := new(cloudtrail.Header).Scan(in[:n-1]); !errors.Is(err, cloudtrail.ErrShort) {
			t.Errorf("beginning of %q: %v", in[:n], err)
		}
		r, err := cloudtrail.Decode(in[:n])
		if err != nil {
			t.Fatalf("%q: %v", in[:n], err)
		}
		agree(t, &h, r)
	})
}

// agree checks what header and record have in common.
func agree(t *testing.T, h *cloudtrail.Header, r *cloudtrail.Record) {
	t.Helper()
	key := string(h.AppendActorKey(nil))
	if key == "" || key != r.Actor().Key() || key != h.Actor().Key() || h.Actor() != r.Actor() {
		t.Errorf("key %q, header's actor %+v, record's %+v", key, h.Actor(), r.Actor())
	}
	if string(h.EventID) != r.EventID || string(h.EventName) != r.EventName || h.Failed() != r.Failed() || string(h.Type) != r.UserIdentity.Type {
		t.Errorf("header %q %q, record %+v", h.EventID, h.EventName, r)
	}
	if ms, ok := h.Time(); ok == r.EventTime.IsZero() || ok && ms != r.EventTime.UnixMilli() {
		t.Errorf("time %d, %s", ms, r.EventTime)
	}
	if b := r.Bucket(); b != string(h.Bucket) && !strings.HasPrefix(string(h.Bucket), "arn:") && len(r.Resources) == 0 && len(h.Bucket) > 0 {
		t.Errorf("bucket %q, %q", h.Bucket, b)
	}
	_ = r.OwnerAccount() + r.Partition() + r.Header("x-amz-acl") + r.Key()
}
