package s3log_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// serve stands in for S3 and STS, with credentials of no worth.
func serve(t *testing.T, h http.Handler) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1", "AWS_ENDPOINT_URL_S3": "",
	} {
		t.Setenv(key, value)
	}
}

func fetcher(t *testing.T, access s3log.Access) *s3log.Fetcher {
	t.Helper()
	f, err := s3log.NewFetcher(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFetch reads from a server that speaks S3 and was not written here.
func TestFetch(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("trail-logs"); err != nil {
		t.Fatal(err)
	}
	key, body := "AWSLogs/1/CloudTrail/a file+with=signs.json.gz", gz(t, `{"Records":[`+rec("a")+`]}`)
	if _, err := backend.PutObject("trail-logs", key, nil, strings.NewReader(body), int64(len(body)), nil); err != nil {
		t.Fatal(err)
	}
	serve(t, gofakes3.New(backend).Server())
	f := fetcher(t, s3log.Access{Buckets: []string{"trail-logs", "other"}})

	object, err := f.Fetch(t.Context(), "trail-logs", key, "")
	if err != nil {
		t.Fatal(err)
	}
	var got result
	if _, err := s3log.NewReader(s3log.Limits{}).Read(object, key, got.visit, got.park); err != nil || len(got.IDs) != 1 {
		t.Errorf("visited %q, %v", got.IDs, err)
	}
	if err := object.Close(); err != nil {
		t.Error(err)
	}

	var missing *s3log.MissingError
	for _, where := range [][2]string{{"trail-logs", "none.json.gz"}, {"trail-logs", ""}} {
		if _, err := f.Fetch(t.Context(), where[0], where[1], ""); !errors.As(err, &missing) {
			t.Errorf("%q: error %v", where, err)
		}
	}
	var forbidden *s3log.ForbiddenError
	if _, err := f.Fetch(t.Context(), "other", key, ""); !errors.As(err, &forbidden) || forbidden.MaybeMissing {
		t.Errorf("error %v", err)
	}
	if may, err := f.MayList(t.Context(), "trail-logs"); !may || err != nil {
		t.Errorf("may list: %t, %v", may, err)
	}
	if may, err := f.MayList(t.Context(), "other"); may || err == nil {
		t.Errorf("may list a bucket that is not there: %t, %v", may, err)
	}
	var refused *s3log.RefusedError
	if _, err := f.Fetch(t.Context(), "elsewhere", key, ""); !errors.As(err, &refused) || refused.Bucket != "elsewhere" {
		t.Errorf("error %v", err)
	}
}

// TestFetchErrors checks which answers say that an object is missing, which refuse it, and which may pass.
func TestFetchErrors(t *testing.T) {
	missing, forbidden := new(*s3log.MissingError), new(*s3log.ForbiddenError)
	for name, test := range map[string]struct {
		status int
		code   string
		want   any  // a pointer to the expected type; nil for an error that may pass
		maybe  bool // the object may be missing
	}{
		"no key":                   {404, "NoSuchKey", missing, false},
		"no version":               {404, "NoSuchVersion", missing, false},
		"no bucket":                {404, "NoSuchBucket", forbidden, false},
		"a proxy's own 404":        {404, "", forbidden, false},
		"denied":                   {403, "AccessDenied", forbidden, true},
		"a proxy's own 403":        {403, "", forbidden, false},
		"a proxy wants a password": {407, "", forbidden, false},
		"archived":                 {403, "InvalidObjectState", forbidden, false},
		"account":                  {403, "AccountProblem", forbidden, false},
		"all access":               {403, "AllAccessDisabled", forbidden, false},
		"disabled key":             {400, "KMS.DisabledException", forbidden, false},
		"expired token":            {400, "ExpiredToken", nil, false},
		"unknown key id":           {403, "InvalidAccessKeyId", nil, false},
		"clock":                    {403, "RequestTimeTooSkewed", nil, false},
		"slow down":                {503, "SlowDown", nil, false},
		"internal":                 {500, "InternalError", nil, false},
		"a proxy's own 502":        {502, "", nil, false},
		"something unread":         {418, "Teapot", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				page := "<!DOCTYPE html><html><body><p>Access denied by policy<br></body></html>"
				if test.code != "" {
					w.Header().Set("Content-Type", "application/xml")
					page = `<Error><Code>` + test.code + `</Code><Message>m</Message></Error>`
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, page)
			}))
			_, err := fetcher(t, s3log.Access{}).Fetch(t.Context(), "b", "k", "")
			if test.want != nil && !errors.As(err, test.want) {
				t.Errorf("error %v, want a %T", err, test.want)
			}
			if test.want == nil && (err == nil || isOwn(err)) {
				t.Errorf("error %v", err)
			}
			if f, ok := errors.AsType[*s3log.ForbiddenError](err); ok && f.MaybeMissing != test.maybe {
				t.Errorf("may be missing: %t, want %t", f.MaybeMissing, test.maybe)
			}
		})
	}
}

func TestMayListTellsOfAMissingRight(t *testing.T) {
	serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	if may, err := fetcher(t, s3log.Access{}).MayList(t.Context(), "b"); may || err != nil {
		t.Errorf("may list: %t, %v", may, err)
	}
}

// TestFetchPassesNoProxyOffAsS3 checks that a page that something else than S3 answers is no content of the object.
func TestFetchPassesNoProxyOffAsS3(t *testing.T) {
	for name, test := range map[string]struct {
		page, id string
		refused  bool
	}{
		"a proxy's page":        {"<html>please sign in</html>", "", true},
		"a log, with S3's id":   {`{"Records":[]}`, "0A", false},
		"a log, without":        {`{"Records":[]}`, "", false},
		"a page that is stored": {"<html>please sign in</html>", "0A", false},
		"something else":        {"hello", "", false},
		"nothing":               {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.id != "" {
					w.Header().Set("X-Amz-Request-Id", test.id)
				}
				_, _ = io.WriteString(w, test.page)
			}))
			object, err := fetcher(t, s3log.Access{}).Fetch(t.Context(), "b", "k", "")
			if _, refused := errors.AsType[*s3log.ForbiddenError](err); refused != test.refused {
				t.Fatalf("error %v", err)
			}
			if test.refused {
				return
			}
			if got, err := io.ReadAll(object); string(got) != test.page || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
			if err := object.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// isOwn reports whether an error is said to be the object's own.
func isOwn(err error) bool {
	var missing *s3log.MissingError
	var forbidden *s3log.ForbiddenError
	return errors.As(err, &missing) || errors.As(err, &forbidden)
}

// TestFetchAssumesRole checks whose credentials are used, and that a role that cannot be assumed is no verdict
// on the object.
func TestFetchAssumesRole(t *testing.T) {
	refuse := false
	serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			if !strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAROLE/") || r.URL.Query().Get("versionId") != "v7" {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, "{}")
		case refuse:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>`)
		case r.FormValue("RoleArn") == "arn:aws:iam::111122223333:role/logs" && r.FormValue("ExternalId") == "x-1":
			_, _ = io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
				`<SessionToken>t</SessionToken><Expiration>2096-01-02T15:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	access := s3log.Access{Role: "arn:aws:iam::111122223333:role/logs", ExternalID: "x-1"}
	object, err := fetcher(t, access).Fetch(t.Context(), "b", "k", "v7")
	if err != nil {
		t.Fatal(err)
	}
	if err := object.Close(); err != nil {
		t.Error(err)
	}
	refuse = true
	if _, err := fetcher(t, access).Fetch(t.Context(), "b", "k", "v7"); err == nil || isOwn(err) {
		t.Errorf("error %v", err)
	}
}

// TestFetchElsewhere checks that a bucket in another region is found, and asked there the next time.
func TestFetchElsewhere(t *testing.T) {
	var asked []string
	serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := strings.Split(r.Header.Get("Authorization"), "/")[2]
		asked = append(asked, region)
		if region != "ap-south-1" {
			w.Header().Set("X-Amz-Bucket-Region", "ap-south-1")
			w.WriteHeader(http.StatusMovedPermanently)
			_, _ = io.WriteString(w, `<Error><Code>PermanentRedirect</Code></Error>`)
		}
	}))
	f := fetcher(t, s3log.Access{})
	for range 2 {
		object, err := f.Fetch(t.Context(), "b", "k", "")
		if err != nil {
			t.Fatal(err)
		}
		_ = object.Close()
	}
	if strings.Join(asked, " ") != "eu-west-1 ap-south-1 ap-south-1" {
		t.Errorf("asked %q", asked)
	}
}

func TestErrorTexts(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]error{
		"obj: no CloudTrail log: cause":                        &s3log.FormatError{Name: "obj", Err: cause},
		"cut short after 7 unpacked bytes":                     &s3log.TruncatedError{Bytes: 7},
		"obj: larger than 9 bytes unpacked (max_object_bytes)": &s3log.TooLargeError{Name: "obj", Limit: 9},
		"a CloudTrail digest file":                             &s3log.IgnoredError{Kind: s3log.Digest},
		"s3://b/k: missing: cause":                             &s3log.MissingError{Bucket: "b", Key: "k", Err: cause},
		`bucket "b" is not one of log_buckets`:                 &s3log.RefusedError{Bucket: "b"},
		"s3://b/k: refused: cause":                             &s3log.ForbiddenError{Bucket: "b", Key: "k", Err: cause},
		"s3://b/k: refused or missing (needed are s3:GetObject, s3:GetObjectVersion for a versioned bucket, kms:Decrypt for an encrypted" +
			" trail, and s3:ListBucket, without which S3 refuses what is missing): cause": &s3log.ForbiddenError{Bucket: "b", Key: "k", MaybeMissing: true, Err: cause},
		"s3://b/k: no answer within 10s, or less than 64 KiB in 30s": &s3log.StalledError{Bucket: "b", Key: "k"},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
