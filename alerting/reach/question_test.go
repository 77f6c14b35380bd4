package reach_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

func TestWrongQuestionsAreUnknown(t *testing.T) {
	good := string(question(t, documents(), anna, "s3:GetObject", key))
	for name, line := range map[string]string{
		"no JSON": "{", "empty": "{}", "list": "[]", "null": "null",
		"bad principal":           strings.Replace(good, anna, "anna", 1),
		"wildcard principal":      string(question(t, documents(), "arn:aws:iam::"+owner+":user/*", "s3:GetObject", key)),
		"API of another service":  string(question(t, documents(), anna, "ec2:RunInstances", "bucket")),
		"bucket action, object":   string(question(t, documents(), anna, "s3:ListBucket", key)),
		"object action, bucket":   string(question(t, documents(), anna, "s3:GetObject", "bucket")),
		"API name":                string(question(t, documents(), anna, "s3:ListObjectsV2", "bucket")),
		"provider calls S3":       string(question(t, documents(), "oidc:gitlab.com", "s3:GetObject", key)),
		"set that was not given":  string(question(t, "gone", anna, "s3:GetObject", key)),
		"asked twice":             strings.Replace(good, `"ask":`, `"ask":{},"ask":`, 1),
		"account that is none":    strings.Replace(good, `"account_id":"`+owner+`"`, `"account_id":"1"`, 1),
		"documents that are none": string(question(t, nil, anna, "s3:GetObject", key)),
	} {
		t.Run(name, func(t *testing.T) {
			a, ok := reach.NewBatch().Answer([]byte(line))
			if !ok || a.Answer.Answer != reach.Unknown || a.Error == "" {
				t.Errorf("%v %+v", ok, a)
			}
		})
	}
}

func TestTwiceInADocumentIsNotRead(t *testing.T) {
	open := m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*")))}
	line := string(question(t, documents(open), "anonymous", "s3:GetObject", key))
	for name, old := range map[string][2]string{
		"in a policy":          {`"Effect":"Allow","Principal":"*"`, `"Effect":"Deny","Effect":"Allow","Principal":"*"`},
		"a document":           {`"bucket_policy":`, `"bucket_policy":"none","bucket_policy":`},
		"a flag":               {`"public_access_block":"none"`, `"public_access_block":"none","public_access_block":"none"`},
		"the account's policy": {`"scps":`, `"rcps":[],"scps":`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(line, old[0]) {
				t.Fatalf("%s does not stand in %s", old[0], line)
			}
			a, _ := reach.NewBatch().Answer([]byte(strings.ReplaceAll(line, old[0], old[1])))
			if a.Answer.Answer != reach.Unknown || a.Error == "" {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestSetsAreGivenOnce(t *testing.T) {
	b := reach.NewBatch()
	set, err := json.Marshal(m{"set": "s", "documents": documents(m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*")))})})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Answer(set); ok {
		t.Error("a set was answered")
	}
	for range 2 {
		if a, _ := b.Answer(question(t, "s", "anonymous", "s3:GetObject", key)); a.Answer.Answer != reach.Yes || a.Because.Policy != bucket {
			t.Errorf("%+v", a)
		}
	}
}

func TestDatesAreJudgedAtTheMomentAsked(t *testing.T) {
	docs := documents(m{"bucket_policy": policy(allow("s3:GetObject", objects, to("*"), when("DateLessThan", "aws:CurrentTime", "2026-06-01T00:00:00Z")))})
	for at, want := range map[string]string{"2026-05-31T00:00:00Z": reach.Yes, "2026-06-02T00:00:00+02:00": reach.No} {
		line := strings.Replace(string(question(t, docs, "anonymous", "s3:GetObject", key)), `"ask":{`, `"ask":{"at":"`+at+`",`, 1)
		if a, _ := reach.NewBatch().Answer([]byte(line)); a.Answer.Answer != want {
			t.Errorf("at %s: %+v, want %s", at, a, want)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	f.Add(question(f, documents(m{"bucket_policy": policy(allow("s3:*", "*", to("*"), when("StringLike", "aws:userid", "${aws:username}*")))}), billing, "s3:GetObject", key))
	f.Add([]byte(`{"set":"x","documents":{"scps":{"1":[[{}]]},"access_points":[{"policy":7}]}}`))
	f.Add([]byte(`{"id":"a","bucket":"b","account_id":"111122223333","documents":{},"ask":{"principal":"anonymous","action":"s3:GetObject","resource":"object:a"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		a, ok := reach.NewBatch().Answer(line)
		switch {
		case !ok:
		case a.Answer.Answer == reach.Unknown && a.Error == "":
			t.Errorf("unknown without an error: %s", line)
		case a.Because.Kind == "" || a.Conditions == nil || a.Limits == nil:
			t.Errorf("%+v: %s", a, line)
		}
	})
}
