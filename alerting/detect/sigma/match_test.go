package sigma_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// sample is a record with something of every kind.
const sample = `{"eventID":"e1","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy",
"sourceIPAddress":"203.0.113.7","userAgent":"[aws-cli/2.15.0 Python]","recipientAccountId":"111122223333","errorCode":null,
"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Mallory","userName":"Mallory"},
"requestParameters":{"bucketName":"Payroll","days":30,"force":true,"path":"C:\\temp\\x*y","empty":"","owner":"mallory",
"items":[{"port":22},{"port":443}],"tags":["one","two"],"secret":"cGFzc3dvcmQ9MQ==","policy":{"Action" : "s3:GetObject"},"document":"{\"Effect\": \"Allow\",\"Note\":\"\u003cname>\"}"},
"additionalEventData":{"MFAUsed":"No"}}`

const head = "title: Test rule\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"

// judge compiles a detection and asks it about a record, through an index as the daemon does.
func judge(t testing.TB, detection, record string) bool {
	t.Helper()
	rules, err := sigma.Compile("test.yml", []byte(head+detection))
	if err != nil {
		t.Fatalf("%s\n%v", detection, err)
	}
	_, matches := ask(t, detect.Build(rules, nil), []byte(record))
	return len(matches) > 0
}

func ask(t testing.TB, x *detect.Index, raw []byte) (*detect.Input, []detect.Match) {
	t.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		t.Fatal(err)
	}
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	in := &detect.Input{Record: rec, Raw: raw, Facts: &enrich.Facts{}, Settings: &detect.Settings{}}
	return in, x.Match(in, x.Select(&h, raw, nil))
}

// A rule sees CloudTrail's network-activity records only if it speaks of them.
func TestNetworkActivity(t *testing.T) {
	record := strings.Replace(sample, `"eventID":"e1"`, `"eventID":"e1","eventCategory":"NetworkActivity","eventType":"AwsVpceEvent","vpcEndpointAccountId":"444455556666"`, 1)
	for fields, want := range map[string]bool{
		"{eventName: PutBucketPolicy}":                                            false,
		"{eventName: PutBucketPolicy, eventCategory: NetworkActivity}":            true,
		"{eventName: PutBucketPolicy, eventType: [AwsVpceEvent, AwsApiCall]}":     true,
		"{eventName: PutBucketPolicy, vpcEndpointAccountId|startswith: '4444'}":   true,
		"{eventName: PutBucketPolicy, vpcEndpointAccountId: '111122223333'}":      false,
		"{eventName: PutBucketPolicy, requestParameters.bucketName: payroll}":     false,
		"{eventName: PutBucketPolicy, eventCategory|contains: [networkactivity]}": true,
	} {
		if got := judge(t, "  selection: "+fields+"\n  condition: selection", record); got != want {
			t.Errorf("%s: matched %v, want %v", fields, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	for field, want := range map[string]bool{
		"eventName: PutBucketPolicy":                                                       true,
		"eventName: putbucketpolicy":                                                       true,
		"eventName: Put*":                                                                  true,
		"eventName: '*Policy'":                                                             true,
		"eventName: PutBucket?olicy":                                                       true,
		"eventName: Put":                                                                   false,
		"eventName: [DeleteBucket, PutBucketPolicy]":                                       true,
		"eventName|cased: putbucketpolicy":                                                 false,
		"eventName|startswith: putb":                                                       true,
		"eventName|startswith: ut":                                                         false,
		"eventName|endswith: POLICY":                                                       true,
		"eventName|contains: bucket":                                                       true,
		"eventName|contains: [nothing, BUCKET]":                                            true,
		"eventName|contains|all: [put, policy]":                                            true,
		"eventName|contains|all: [put, acl]":                                               false,
		"eventName|re: ^Put[A-Z]":                                                          true,
		"eventName|re: ^put":                                                               false,
		"eventName|re|i: ^put":                                                             true,
		"userIdentity.arn|endswith: ':user/mallory'":                                       true,
		"requestParameters.bucketName: payroll":                                            true,
		"requestParameters.days: 30":                                                       true,
		"requestParameters.days|gte: 30":                                                   true,
		"requestParameters.days|gt: 30":                                                    false,
		"requestParameters.days|lt: 30.5":                                                  true,
		"requestParameters.days|lte: 29":                                                   false,
		"requestParameters.bucketName|gt: 1":                                               false,
		"requestParameters.force: true":                                                    true,
		"requestParameters.force: 'true'":                                                  true,
		"requestParameters.force: false":                                                   false,
		"requestParameters.empty: ''":                                                      true,
		"requestParameters.bucketName: ''":                                                 false,
		"requestParameters.items.port: 443":                                                true,
		"requestParameters.items.port: 80":                                                 false,
		"requestParameters.tags: two":                                                      true,
		"requestParameters.tags|all: [one, two]":                                           true,
		"requestParameters.tags|all: [one, three]":                                         false,
		"requestParameters.policy|contains: s3:getobject":                                  true,
		"requestParameters.path: 'C:\\temp\\x\\*y'":                                        true,
		"requestParameters.path: 'C:\\temp\\x\\?y'":                                        false,
		"requestParameters.path: 'C:\\\\temp\\\\*'":                                        true,
		"requestParameters.path|contains: '\\x\\*'":                                        true,
		"requestParameters.bucketName|exists: true":                                        true,
		"requestParameters.nothing|exists: true":                                           false,
		"requestParameters.nothing|exists: false":                                          true,
		"errorCode: null":                                                                  true,
		"errorMessage: null":                                                               true,
		"eventName: null":                                                                  false,
		"errorCode|exists: true":                                                           true,
		"sourceIPAddress|cidr: 203.0.113.0/24":                                             true,
		"sourceIPAddress|cidr: [10.0.0.0/8, 2001:db8::/32]":                                false,
		"eventName|cidr: 10.0.0.0/8":                                                       false,
		"userIdentity.userName|fieldref: requestParameters.owner":                          true,
		"userIdentity.userName|fieldref|cased: requestParameters.owner":                    false,
		"userIdentity.arn|fieldref|endswith: requestParameters.owner":                      true,
		"userIdentity.arn|fieldref|startswith: requestParameters.owner":                    false,
		"userIdentity.arn|fieldref|contains: requestParameters.owner":                      true,
		"requestParameters.days|fieldref|lte: requestParameters.days":                      true,
		"userIdentity.userName|fieldref: requestParameters.nothing":                        false,
		"requestParameters.secret|base64: password=1":                                      true,
		"requestParameters.secret|base64|startswith: pas":                                  true,
		"requestParameters.secret|base64offset|contains: word=":                            true,
		"requestParameters.secret|base64offset|contains: sword":                            true,
		"requestParameters.secret|base64offset|contains: passphrase":                       false,
		"'|all': [payroll, mallory]":                                                       true,
		"requestParameters|contains: '\"action\":\"s3:getobject\"'":                        true,
		"requestParameters|contains|all: ['\"Effect\": \"Allow\"', '<name>', 'days\":30']": true,
		"requestParameters|contains: '\"Effect\": \"Deny\"'":                               false,
		"requestParameters|contains: 'additional*'":                                        false,
		"'|all': ['C:\\temp', '\"Effect\": \"Allow\"']":                                    true,
		"'|all': ['MFAUsed*eventName']":                                                    false,
		"'|all': [payroll, nobody]":                                                        false,
	} {
		t.Run(field, func(t *testing.T) {
			if got := judge(t, "  s:\n    "+field+"\n  condition: s\n", sample); got != want {
				t.Errorf("matched %v, want %v", got, want)
			}
			if got := judge(t, "  s:\n    "+field+"\n  condition: not s\n", sample); got == want {
				t.Errorf("not: matched %v", got)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	searches := "  yes: {eventName: PutBucketPolicy}\n  no: {eventName: GetObject}\n  sel_1: {eventSource: s3.amazonaws.com}\n" +
		"  sel_2x: [{eventName: nothing}, {userIdentity.type: IAMUser}]\n  words: [nobody, MALLORY]\n  _hidden: {eventName: GetObject}\n  with-dash: {eventVersion: null}\n"
	for condition, want := range map[string]bool{
		"yes": true, "no": false, "not no": true, "yes and no": false, "yes or no": true, "yes AND NOT no": true,
		"no or yes and no": false, "(no or yes) and sel_1": true, "not (yes and no)": true, "not not yes": true,
		"1 of sel_*": true, "all of sel_*": true, "1 of them": true, "all of them": false, "any of sel_1*": true, "1 of no*": false,
		"all of sel_2*": true, "not 1 of no*": true, "yes and words": true, "with-dash": true, "all of *": false, "1 of yes": true,
		"((((yes))))": true, "words and not _hidden": true, "not 1 of sel_*": false,
	} {
		t.Run(condition, func(t *testing.T) {
			if got := judge(t, searches+"  condition: "+condition+"\n", sample); got != want {
				t.Errorf("matched %v, want %v", got, want)
			}
		})
	}
	if !judge(t, searches+"  condition: [no, yes]\n", sample) {
		t.Error("a list of conditions is any of them")
	}
}

// Rules that Sigma's own repository could hold, and records they are and are not about.
func TestWholeRule(t *testing.T) {
	rules, err := sigma.Compile("stop.yml", []byte(`title: CloudTrail Stopped
id: 11111111-2222-4333-8444-555555555555
name: ct_stopped
status: stable
description: Somebody stopped a trail.
author: us
falsepositives: [Maintenance]
tags: [attack.defense-evasion, attack.t1562.008, attack.T1070]
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: cloudtrail.amazonaws.com
        eventName: [StopLogging, DeleteTrail]
    filter:
        userIdentity.invokedBy|endswith: .amazonaws.com
    condition: selection and not filter
`))
	if err != nil {
		t.Fatal(err)
	}
	r := rules[0]
	if got := strings.Join(r.Events, " "); got != "cloudtrail.amazonaws.com/stoplogging cloudtrail.amazonaws.com/deletetrail" {
		t.Errorf("events %q", got)
	}
	if r.Severity != alert.High || strings.Join(r.Techniques, " ") != "T1562.008 T1070" || r.Why != "Somebody stopped a trail." ||
		!strings.Contains(r.Do, "Maintenance") || r.Origin != "stop.yml:1" || r.ID != "11111111-2222-4333-8444-555555555555" {
		t.Errorf("read as %+v", r)
	}
	x := detect.Build(rules, nil)
	for more, want := range map[string]string{
		``:                            "told",
		`,"errorCode":"AccessDenied"`: "attempt",
		`,"userIdentity":{"invokedBy":"cloudformation.amazonaws.com"}`: "",
	} {
		_, matches := ask(t, x, []byte(`{"eventID":"e","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"`+more+`}`))
		got := ""
		if len(matches) > 0 {
			got = map[bool]string{true: "attempt", false: "told"}[matches[0].Hit.Attempt]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", more, got, want)
		}
	}
}

func TestEventsOfConditions(t *testing.T) {
	for detection, want := range map[string]string{
		"  a: {eventName: A}\n  b: {eventSource: S.amazonaws.com}\n  condition: a and b\n":            "s.amazonaws.com/a",
		"  a: {eventName: A}\n  b: {eventName: B}\n  condition: a or b\n":                             "*/a */b",
		"  a: {eventName: A}\n  b: {userAgent: B}\n  condition: a or b\n":                             "*/*",
		"  a: {eventName: A}\n  b: {userAgent: B}\n  condition: a and not b\n":                        "*/a",
		"  a: {eventName: A}\n  b: {eventName: B}\n  condition: a and b\n":                            "",
		"  a: {eventName: 'Del*', eventSource: x}\n  condition: a\n":                                  "x/del*",
		"  a: {eventName|startswith: [Del, Put], eventSource: x}\n  condition: a\n":                   "x/del* x/put*",
		"  a: {eventName|startswith: Del}\n  b: {eventName: [DeleteX, PutX]}\n  condition: a and b\n": "*/deletex",
		"  a: {eventName: '*X'}\n  condition: a\n":                                                    "*/*",
		"  a: {eventName: 'A\\*'}\n  condition: a\n":                                                  "*/a*",
		"  a: {eventName|re: A}\n  condition: a\n":                                                    "*/*",
		"  a: {eventSource: 's3*'}\n  condition: a\n":                                                 "*/*",
		"  a: {eventName: A}\n  condition: not a\n":                                                   "*/*",
	} {
		rules, err := sigma.Compile("x.yml", []byte(head+detection))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(rules[0].Events, " "); got != want {
			t.Errorf("%s: %q, want %q", detection, got, want)
		}
	}
}

func TestManyNamesFallBackToAllEvents(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("Name%d", i))
	}
	list := "[" + strings.Join(names, ", ") + "]"
	if !judge(t, "  a: {eventName: "+list+"}\n  condition: a\n", strings.Replace(sample, "PutBucketPolicy", "Name299", 1)) {
		t.Error("the last of many names was not found")
	}
	if !judge(t, "  a: {eventName: "+list+"}\n  b: {eventSource: [s3.amazonaws.com, x, y]}\n  condition: a and b\n", strings.Replace(sample, "PutBucketPolicy", "Name299", 1)) {
		t.Error("the last of many names of a source was not found")
	}
}
