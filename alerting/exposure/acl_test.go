package exposure_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const (
	everyoneURI = "http://acs.amazonaws.com/groups/global/AllUsers"
	signedURI   = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	logURI      = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// grants is a GetBucketAcl answer: the owner's own grant and one to a group.
func grants(uri, permission string) string {
	return `{"Owner":{"ID":"me"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"me"},"Permission":"FULL_CONTROL"},
		{"Grantee":{"Type":"Group","URI":"` + uri + `"},"Permission":"` + permission + `"}]}`
}

// TestACL follows "Access control list (ACL) overview": any permission to one of two groups is public.
func TestACL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc      string
		public   exposure.Tri
		reach    exposure.Reach
		severity alert.Severity
	}{
		"everyone reads":        {grants(everyoneURI, "READ"), exposure.Yes, exposure.Internet, alert.High},
		"everyone writes":       {grants(everyoneURI, "WRITE"), exposure.Yes, exposure.Internet, alert.Critical},
		"everyone reads ACL":    {grants(everyoneURI, "READ_ACP"), exposure.Yes, exposure.Internet, alert.Medium},
		"everyone writes ACL":   {grants(everyoneURI, "WRITE_ACP"), exposure.Yes, exposure.Internet, alert.Critical},
		"everyone controls":     {grants(everyoneURI, "FULL_CONTROL"), exposure.Yes, exposure.Internet, alert.Critical},
		"signed read":           {grants(signedURI, "READ"), exposure.Yes, exposure.AnyAWS, alert.High},
		"signed write":          {grants(signedURI, "WRITE"), exposure.Yes, exposure.AnyAWS, alert.Critical},
		"log delivery":          {grants(logURI, "WRITE"), exposure.No, exposure.Service, alert.Info},
		"other scheme":          {grants(strings.Replace(everyoneURI, "http:", "https:", 1), "READ"), exposure.Yes, exposure.Internet, alert.High},
		"private":               {`{"canned":"private"}`, exposure.No, exposure.Nobody, alert.Info},
		"public-read":           {`{"canned":"public-read"}`, exposure.Yes, exposure.Internet, alert.High},
		"public-read-write":     {`{"canned":"public-read-write"}`, exposure.Yes, exposure.Internet, alert.Critical},
		"authenticated-read":    {`{"canned":"authenticated-read"}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"bucket-owner-full":     {`{"canned":"bucket-owner-full-control"}`, exposure.No, exposure.Nobody, alert.Info},
		"aws-exec-read":         {`{"canned":"aws-exec-read"}`, exposure.No, exposure.Nobody, alert.Low},
		"log-delivery-write":    {`{"canned":"log-delivery-write"}`, exposure.No, exposure.Service, alert.Info},
		"name alone":            {`"public-read"`, exposure.Yes, exposure.Internet, alert.High},
		"JSON as text":          {`"{\"canned\":\"public-read\"}"`, exposure.Yes, exposure.Internet, alert.High},
		"other account":         {`{"Owner":{"ID":"me"},"Grants":[{"Grantee":{"ID":"you"},"Permission":"READ"}]}`, exposure.No, exposure.CrossAccount, alert.Medium},
		"by e-mail":             {`{"Owner":{"ID":"me"},"Grants":[{"Grantee":{"EmailAddress":"you@example.com"},"Permission":"READ"}]}`, exposure.No, exposure.CrossAccount, alert.Medium},
		"owner not told":        {`{"Grants":[{"Grantee":{"ID":"me"},"Permission":"FULL_CONTROL"}]}`, exposure.No, exposure.Nobody, alert.Info},
		"anonymous owner":       {`{"Owner":{"ID":"me"},"Grants":[{"Grantee":{"ID":"65a011a29cdf8ec533ec3d1ccaae921c"},"Permission":"FULL_CONTROL"}]}`, exposure.No, exposure.Nobody, alert.Medium},
		"body, one grant":       {`{"AccessControlPolicy":{"AccessControlList":{"Grant":{"Grantee":{"URI":"` + everyoneURI + `","xsi:type":"Group"},"Permission":"READ"}},"Owner":{"ID":"me"}}}`, exposure.Yes, exposure.Internet, alert.High},
		"body, two grants":      {`{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"` + logURI + `"},"Permission":"WRITE"},{"Grantee":{"URI":"` + everyoneURI + `"},"permission":"READ"}]}}}`, exposure.Yes, exposure.Internet, alert.High},
		"header":                {`{"x-amz-grant-read":"uri=\"` + everyoneURI + `\""}`, exposure.Yes, exposure.Internet, alert.High},
		"header in a list":      {`{"x-amz-grant-write-acp":["uri=` + signedURI + `, id=\"you\""]}`, exposure.Yes, exposure.AnyAWS, alert.Critical},
		"header one level down": {`{"accessControlList":{"x-amz-grant-full-control":"id=\"you\", uri=\"` + everyoneURI + `\""}}`, exposure.Yes, exposure.Internet, alert.Critical},
		"bare list":             {`[{"Grantee":{"URI":"` + everyoneURI + `"},"Permission":"READ"}]`, exposure.Yes, exposure.Internet, alert.High},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acl, err := exposure.ParseACL([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			v := exposure.Evaluate(exposure.Input{ACL: acl})
			if v.Public != tt.public || v.Reach != tt.reach || v.Severity != tt.severity || v.Error != "" {
				t.Errorf("got %v, %s, %s, %q; want %v, %s, %s", v.Public, v.Reach, v.Severity, v.Error, tt.public, tt.reach, tt.severity)
			}
		})
	}
}

// TestObjectACL: READ of an object is its data, of a bucket its listing.
func TestObjectACL(t *testing.T) {
	t.Parallel()
	acl, err := exposure.CannedACL("public-read")
	if err != nil {
		t.Fatal(err)
	}
	if v := exposure.Evaluate(exposure.Input{ObjectACL: acl}); v.Public != exposure.Yes || v.Access != exposure.Read {
		t.Errorf("object: got %+v", v)
	}
	if v := exposure.Evaluate(exposure.Input{ACL: acl}); v.Access != exposure.List {
		t.Errorf("bucket: got %s", v.Access)
	}
}

// TestUnclearACL: what is only half understood is never private.
func TestUnclearACL(t *testing.T) {
	t.Parallel()
	unreadable := []string{`{}`, `5`, `null`, `"nonsense"`, `{"canned":"public"}`, `{"Grants":[],"Grants":[]}`, `{"a":1}`, ``, `{`}
	for _, doc := range unreadable {
		if acl, err := exposure.ParseACL([]byte(doc)); err == nil {
			t.Errorf("%s was read as %+v", doc, acl)
		}
	}
	unclear := []string{
		`{"Grants":[{"Permission":"READ"}]}`,
		`{"Grants":[{"Grantee":{"ID":"you"}}]}`,
		`{"Grants":[{"Grantee":{"ID":"me"},"Permission":"READ_ALL"}]}`,
		`{"Grants":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/Nobody"},"Permission":"READ"}]}`,
		`{"x-amz-grant-read":"everyone"}`,
		`{"x-amz-grant-read":"name=\"x\""}`,
		`{"Grants":[` + strings.TrimSuffix(strings.Repeat(`{"Grantee":{"URI":"`+logURI+`"},"Permission":"READ"},`, 3), ",") + `,{"Grantee":{},"Permission":"READ"}]}`,
	}
	for _, doc := range unclear {
		acl, err := exposure.ParseACL([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if v := exposure.Evaluate(exposure.Input{ACL: acl}); v.Public == exposure.No || v.Error == "" || v.Severity < alert.Medium {
			t.Errorf("%s: got public %v, severity %s, error %q", doc, v.Public, v.Severity, v.Error)
		}
	}
}
