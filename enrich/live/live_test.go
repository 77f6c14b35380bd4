package live_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/trailwarden/trailwarden/enrich/live"
)

// s3 answers questions by what follows the "?": a body, or the name of an error. The account's block is "account".
type s3 struct {
	answers map[string]string
	status  int    // of errors; 0: 400
	region  string // where the bucket is; empty: where it was asked for

	mu    sync.Mutex
	asked []string
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), "AssumeRole") {
		s.note("assume " + string(body))
		_, _ = io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
		return
	}
	question, _, _ := strings.Cut(r.URL.RawQuery, "=")
	if account := r.Header.Get("X-Amz-Account-Id"); account != "" {
		question = "account"
	}
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	s.note(fmt.Sprint(r.Method, " ", r.URL.Path, " ", question, " ", scope[0][strings.Index(scope[0], "=")+1:], " ", scope[2], " ", r.Header.Get("X-Amz-Expected-Bucket-Owner")))
	w.Header().Set("Content-Type", "application/xml")
	if s.region != "" && question != "account" && scope[2] != s.region {
		w.Header().Set("X-Amz-Bucket-Region", s.region)
		w.WriteHeader(http.StatusMovedPermanently)
		_, _ = io.WriteString(w, `<Error><Code>PermanentRedirect</Code></Error>`)
		return
	}
	answer := s.answers[question]
	if answer == "" {
		answer = "AccessDenied"
	}
	if !strings.HasPrefix(answer, "<") {
		w.WriteHeader(max(s.status, http.StatusBadRequest))
		answer = "<Error><Code>" + answer + "</Code><Message>m</Message></Error>"
		if question == "account" { // S3 Control wraps it
			answer = "<ErrorResponse>" + answer + "</ErrorResponse>"
		}
	}
	_, _ = io.WriteString(w, answer)
}

func (s *s3) note(asked string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asked)
}

func serve(t *testing.T, h http.Handler) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "example", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "eu-west-1", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1",
		"AWS_PROFILE": "", "AWS_ENDPOINT_URL_S3": "", "AWS_ENDPOINT_URL_S3_CONTROL": "", "AWS_ENDPOINT_URL_STS": "",
	} {
		t.Setenv(key, value)
	}
}

func looker(t *testing.T, change func(*live.Config)) *live.Looker {
	t.Helper()
	cfg := live.DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	l, err := live.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func policy(public bool) string {
	return fmt.Sprintf("<PolicyStatus><IsPublic>%t</IsPublic></PolicyStatus>", public)
}

func acl(grants ...string) string {
	var b strings.Builder
	for _, g := range grants {
		group, permission, _ := strings.Cut(g, " ")
		fmt.Fprintf(&b, `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/%s</URI></Grantee>`+
			`<Permission>%s</Permission></Grant>`, group, permission)
	}
	return `<AccessControlPolicy><Owner><ID>0</ID></Owner><AccessControlList>` + b.String() + `</AccessControlList></AccessControlPolicy>`
}

func ownership(o string) string {
	return `<OwnershipControls><Rule><ObjectOwnership>` + o + `</ObjectOwnership></Rule></OwnershipControls>`
}

func block(ignore, restrict bool) string {
	return fmt.Sprintf(`<PublicAccessBlockConfiguration><IgnorePublicAcls>%t</IgnorePublicAcls><RestrictPublicBuckets>%t</RestrictPublicBuckets></PublicAccessBlockConfiguration>`, ignore, restrict)
}

const (
	noPolicy, noBlock, noOwnership, noTags = "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError", "NoSuchTagSet"
	everyone                               = "global/AllUsers READ"
)

func TestLookTellsWhatS3Says(t *testing.T) {
	open := map[string]string{"policyStatus": noPolicy, "acl": acl(), "ownershipControls": noOwnership, "publicAccessBlock": noBlock, "account": noBlock, "tagging": noTags}
	for name, test := range map[string]struct {
		answers map[string]string // beside or instead of those of a bucket with nothing set
		public  live.Answer
		says    string
	}{
		"nothing set":        {nil, live.No, "not public: no public grant in the ACL; no public policy"},
		"public ACL":         {map[string]string{"acl": acl(everyone, "global/AuthenticatedUsers WRITE")}, live.Yes, "public: the ACL grants AllUsers READ, AuthenticatedUsers WRITE; no public policy"},
		"log delivery":       {map[string]string{"acl": acl("s3/LogDelivery WRITE")}, live.No, "not public: no public grant in the ACL; no public policy"},
		"ignored ACL":        {map[string]string{"acl": acl(everyone), "account": block(true, false)}, live.No, "not public: IgnorePublicAcls stops public ACLs; no public policy"},
		"ACLs off":           {map[string]string{"acl": acl(everyone), "ownershipControls": ownership("BucketOwnerEnforced")}, live.No, "not public: Object Ownership turns ACLs off; no public policy"},
		"ACLs preferred":     {map[string]string{"acl": acl(everyone), "ownershipControls": ownership("BucketOwnerPreferred")}, live.Yes, "public: the ACL grants AllUsers READ; no public policy"},
		"public policy":      {map[string]string{"policyStatus": policy(true)}, live.Yes, "public: no public grant in the ACL; the policy is public"},
		"private policy":     {map[string]string{"policyStatus": policy(false)}, live.No, "not public: no public grant in the ACL; no public policy"},
		"restricted bucket":  {map[string]string{"policyStatus": policy(true), "publicAccessBlock": block(false, true)}, live.No, "not public: no public grant in the ACL; RestrictPublicBuckets stops a public policy"},
		"restricted account": {map[string]string{"policyStatus": policy(true), "account": block(false, true)}, live.No, "not public: no public grant in the ACL; RestrictPublicBuckets stops a public policy"},
		"restriction unseen": {
			map[string]string{"policyStatus": policy(true), "account": "AccessDenied"},
			live.Unknown,
			"cannot tell: no public grant in the ACL; the policy is public, and whether RestrictPublicBuckets stops it is unknown; not seen: Public Access Block of the account (AccessDenied)",
		},
		"a known way in is enough": {
			map[string]string{"policyStatus": "AccessDenied", "acl": acl(everyone), "account": "AccessDenied", "publicAccessBlock": "AccessDenied", "ownershipControls": "AccessDenied"},
			live.Yes,
			"public: the ACL grants AllUsers READ; the policy is unknown; not seen: bucket policy (AccessDenied), Object Ownership (AccessDenied), " +
				"Public Access Block of the bucket (AccessDenied), Public Access Block of the account (AccessDenied)",
		},
		"ACL unseen": {map[string]string{"acl": "AccessDenied"}, live.Unknown, "cannot tell: the ACL is unknown; no public policy; not seen: ACL (AccessDenied)"},
		"ACL unseen, but off": {
			map[string]string{"acl": "AccessDenied", "ownershipControls": ownership("BucketOwnerEnforced")},
			live.No,
			"not public: Object Ownership turns ACLs off; no public policy; not seen: ACL (AccessDenied)",
		},
		"gone": {map[string]string{"ownershipControls": "NoSuchBucket", "acl": acl(everyone)}, live.No, "not public: the bucket does not exist any more"},
	} {
		t.Run(name, func(t *testing.T) {
			server := &s3{answers: map[string]string{}}
			for _, from := range []map[string]string{open, test.answers} {
				maps.Copy(server.answers, from)
			}
			serve(t, server)
			f, err := looker(t, nil).Look(t.Context(), "prod-kops-state", "eu-central-1", "111122223333")
			if err != nil || f.Public() != test.public || f.Sentence() != test.says || f.Gone != (name == "gone") {
				t.Errorf("%s, %q, %v; want %s, %q", f.Public(), f.Sentence(), err, test.public, test.says)
			}
			for _, asked := range server.asked {
				if !strings.HasPrefix(asked, "GET ") || !strings.Contains(asked, " AKIAOWN eu-central-1 ") {
					t.Errorf("asked %q", asked)
				}
				if !strings.Contains(asked, " account ") && (!strings.HasPrefix(asked, "GET /prod-kops-state ") || !strings.HasSuffix(asked, " 111122223333")) {
					t.Errorf("asked %q: in the path, of the owner's bucket alone", asked)
				}
			}
		})
	}
}

// TestWhatMayNotBeAskedIsUnknown covers denial of everything, and a server that understands nothing of it.
func TestWhatMayNotBeAskedIsUnknown(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("b-1"); err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]http.Handler{
		"denied": &s3{status: http.StatusForbidden}, "not implemented": &s3{status: http.StatusNotImplemented, answers: map[string]string{"acl": "NotImplemented"}},
		"not understood": gofakes3.New(backend).Server(),
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, h)
			f, err := looker(t, nil).Look(t.Context(), "b-1", "eu-west-1", "111122223333")
			if err != nil || f.Policy != live.Unknown || f.BucketBlock != (live.Block{}) || f.AccountBlock != (live.Block{}) {
				t.Errorf("%+v, %v", f, err)
			}
			if name != "not understood" && f.Public() != live.Unknown { // the stand-in knows ACLs
				t.Errorf("public: %s", f.Public())
			}
		})
	}
}

func TestAPassingFaultIsAnError(t *testing.T) {
	for code, status := range map[string]int{"SlowDown": 503, "InternalError": 500, "ExpiredToken": 400, "RequestTimeTooSkewed": 403, "TooManyRequests": 429} {
		t.Run(code, func(t *testing.T) {
			serve(t, &s3{status: status, answers: map[string]string{"policyStatus": policy(false), "acl": code}})
			f, err := looker(t, nil).Look(t.Context(), "b-1", "eu-west-1", "111122223333")
			if err == nil || f.Policy != live.No || f.Public() != live.Unknown {
				t.Errorf("%+v, %v", f, err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		serve(t, http.NotFoundHandler())
		t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
		if f, err := looker(t, nil).Look(t.Context(), "b-1", "eu-west-1", ""); err == nil || f.Public() != live.Unknown {
			t.Errorf("%+v, %v", f, err)
		}
	})
	t.Run("given up", func(t *testing.T) {
		serve(t, &s3{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := looker(t, nil).Look(ctx, "b-1", "eu-west-1", ""); err == nil {
			t.Error("no error")
		}
	})
}

func TestALookFollowsTheBucketToItsRegion(t *testing.T) {
	server := &s3{region: "ap-southeast-2", answers: map[string]string{"acl": acl(everyone)}}
	serve(t, server)
	f, err := looker(t, nil).Look(t.Context(), "b-1", "unknown", "111122223333")
	if err != nil || f.Public() != live.Yes {
		t.Errorf("%+v, %v", f, err)
	}
	if len(server.asked) != 7 || !strings.Contains(server.asked[0], "eu-west-1") || !strings.Contains(server.asked[1], "ap-southeast-2") {
		t.Errorf("asked %q", server.asked)
	}
}

func TestNamesFromEventsAreChecked(t *testing.T) {
	server := &s3{answers: map[string]string{"acl": acl()}}
	serve(t, server)
	l := looker(t, nil)
	for _, name := range []string{"", "a/b", "b?acl", "evil.example\x00", "arn:aws:s3:::b", "../b"} {
		if f, err := l.Look(t.Context(), name, "eu-west-1", ""); err != nil || f.Public() != live.Unknown {
			t.Errorf("%q: %+v, %v", name, f, err)
		}
	}
	if len(server.asked) > 0 {
		t.Errorf("asked %q", server.asked)
	}
	f, err := l.Look(t.Context(), "b-1", "evil.example#", "11112222333/")
	if err != nil || !slices.Contains(f.Unseen, "Public Access Block of the account (account unknown)") {
		t.Errorf("%+v, %v", f, err)
	}
	for _, asked := range server.asked {
		if !strings.Contains(asked, " eu-west-1 ") || !strings.HasSuffix(asked, " ") {
			t.Errorf("asked %q", asked)
		}
	}
}

func TestTagsAreThoseAskedFor(t *testing.T) {
	tagging := `<Tagging><TagSet><Tag><Key>owner</Key><Value>` + strings.Repeat("ü", 200) + `</Value></Tag><Tag><Key>data-classification</Key><Value>secret</Value></Tag>` +
		`<Tag><Key>cost</Key><Value>1</Value></Tag></TagSet></Tagging>`
	server := &s3{answers: map[string]string{"acl": acl(), "tagging": tagging}}
	serve(t, server)
	f, err := looker(t, nil).Look(t.Context(), "b-1", "eu-west-1", "")
	if diff := cmp.Diff([]string{"data-classification=secret", "owner=" + strings.Repeat("ü", 80)}, f.Tags); diff != "" || err != nil {
		t.Error(diff, err)
	}
	server.asked = nil
	f, err = looker(t, func(c *live.Config) { c.Tags = nil }).Look(t.Context(), "b-1", "eu-west-1", "")
	if err != nil || len(f.Tags) > 0 || slices.ContainsFunc(server.asked, func(q string) bool { return strings.Contains(q, "tagging") }) {
		t.Errorf("%+v, %v, asked %q", f, err, server.asked)
	}
}

func TestTheRoleIsThatOfTheAccount(t *testing.T) {
	server := &s3{answers: map[string]string{"acl": acl()}}
	serve(t, server)
	l := looker(t, func(c *live.Config) { c.Role, c.ExternalID = "arn:aws:iam::{account}:role/look", "shibboleth" })
	for range 2 {
		if _, err := l.Look(t.Context(), "b-1", "eu-west-1", "444455556666"); err != nil {
			t.Fatal(err)
		}
	}
	assumed := slices.DeleteFunc(slices.Clone(server.asked), func(q string) bool { return !strings.HasPrefix(q, "assume") })
	if len(assumed) != 1 || !strings.Contains(assumed[0], "iam%3A%3A444455556666%3Arole%2Flook") || !strings.Contains(assumed[0], "ExternalId=shibboleth") {
		t.Errorf("assumed %q, want the role once", assumed)
	}
	if last := server.asked[len(server.asked)-1]; !strings.Contains(last, " AKIAROLE ") {
		t.Errorf("asked %q", last)
	}
}
