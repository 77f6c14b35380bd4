package alerting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
)

// account is S3 as its documents describe it, for one account with one bucket, one object and one access point: what
// the incidents are held against.
type account struct {
	bucketBlock, accountBlock [4]bool // in the order of blockFlags
	enforced                  bool    // Object Ownership is BucketOwnerEnforced
	acl, object               bool    // is public
	policy, point             bool    // is public

	rules     *alerting.Rules
	engine    *alerting.Engine
	calls     []string
	lastEvent string
}

var blockFlags = [4]string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

func (s *account) blocked(flag int) bool { return s.bucketBlock[flag] || s.accountBlock[flag] }

// open is who is open to strangers: the bucket itself, its object, its access point.
func (s *account) open() (bucket, object, point bool) {
	acls := !s.enforced && !s.blocked(1)
	return acls && s.acl || s.policy && !s.blocked(3), acls && s.object, s.point && !s.blocked(3)
}

// call has the account do a call, and brings its record to the engine.
func (s *account) call(t *rapid.T, name, params, errorCode string) {
	n := len(s.calls)
	s.calls, s.lastEvent = append(s.calls, strings.TrimSpace(name+" "+errorCode+" "+params)), fmt.Sprint("m-", n)
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"m-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T%02d:%02d:00Z",
		"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","errorCode":%q,"requestParameters":{%s},
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}`,
		n, name, 9+n/60, n%60, errorCode, params)
	f := &enrich.Finding{EventID: s.lastEvent, Record: []byte(raw)}
	f.Rules = s.rules.Index.Select(header(t, raw), []byte(raw), nil)
	if _, err := s.engine.Apply(f); err != nil {
		t.Fatal(err)
	}
}

func block(flags [4]bool) string {
	var out []string
	for n, on := range flags {
		out = append(out, fmt.Sprintf("%q:%t", blockFlags[n], on))
	}
	return `"PublicAccessBlockConfiguration":{` + strings.Join(out, ",") + "}"
}

// aclCall sets an ACL as S3 would, and gives the error code of a refusal.
func (s *account) aclCall(acl *bool, public bool) string {
	switch {
	case s.enforced:
		return "AccessControlListNotSupported"
	case public && s.blocked(0):
		return "AccessDenied"
	}
	*acl = public
	return ""
}

func canned(public bool) string {
	if public {
		return `"acl":"","x-amz-acl":"public-read"`
	}
	return `"acl":"","x-amz-acl":"private"`
}

// policyCall sets a policy as S3 would.
func (s *account) policyCall(policy *bool, public bool) string {
	if public && s.blocked(2) {
		return "AccessDenied"
	}
	*policy = public
	return ""
}

func document(public bool) string {
	principal := `{"AWS":"arn:aws:iam::111122223333:role/app"}`
	if public {
		principal = `"*"`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"*"}]}`
}

// step draws a call. refused tells that it was one for strangers which S3 did not take.
func (s *account) step(t *rapid.T) (refused bool) {
	public := rapid.Bool().Draw(t, "public")
	flags := [4]bool{}
	for n := range flags {
		flags[n] = rapid.IntRange(0, 2).Draw(t, blockFlags[n]) == 0
	}
	code := ""
	switch what := rapid.SampledFrom([]string{"acl", "object", "policy", "no policy", "point", "bucket block", "no bucket block", "account block", "enforced", "writer"}).Draw(t, "call"); what {
	case "acl":
		code = s.aclCall(&s.acl, public)
		s.call(t, "PutBucketAcl", `"bucketName":"b",`+canned(public), code)
	case "object":
		code = s.aclCall(&s.object, public)
		s.call(t, "PutObjectAcl", `"bucketName":"b","key":"k",`+canned(public), code)
	case "policy":
		code = s.policyCall(&s.policy, public)
		s.call(t, "PutBucketPolicy", `"bucketName":"b","policy":"","bucketPolicy":`+document(public), code)
	case "point":
		code = s.policyCall(&s.point, public)
		s.call(t, "PutAccessPointPolicy", `"name":"p","policy":`+fmt.Sprintf("%q", document(public)), code)
	case "no policy":
		s.policy = false
		s.call(t, "DeleteBucketPolicy", `"bucketName":"b","policy":""`, "")
	case "bucket block":
		s.bucketBlock = flags
		s.call(t, "PutBucketPublicAccessBlock", `"bucketName":"b","publicAccessBlock":"",`+block(flags), "")
	case "no bucket block":
		s.bucketBlock = [4]bool{}
		s.call(t, "DeleteBucketPublicAccessBlock", `"bucketName":"b","publicAccessBlock":""`, "")
	case "account block":
		s.accountBlock = flags
		s.call(t, "PutAccountPublicAccessBlock", block(flags), "")
	case "enforced":
		if s.acl {
			code = "InvalidBucketAclWithObjectOwnership"
		} else {
			s.enforced = true
		}
		s.call(t, "PutBucketOwnershipControls", `"bucketName":"b","OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}`, code)
		return false
	case "writer":
		s.enforced = false
		s.call(t, "PutBucketOwnershipControls", `"bucketName":"b","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}`, "")
	}
	return public && code != ""
}

// TestIncidentsFollowS3 has an account do calls at random, of which S3 takes what its documents say it takes. After
// each of them an incident says public and open exactly while something is open to strangers, the call that opened it
// is listed there, and a refused opening is an attempt.
func TestIncidentsFollowS3(t *testing.T) {
	t.Parallel()
	with := rules()
	rapid.Check(t, func(t *rapid.T) {
		s := &account{bucketBlock: [4]bool{true, true, true, true}, enforced: true, rules: with, engine: alerting.NewEngine(with)}
		s.call(t, "PutAccountPublicAccessBlock", block(s.accountBlock), "")
		s.call(t, "CreateBucket", `"bucketName":"b"`, "")
		s.call(t, "CreateAccessPoint", `"name":"p","bucket":"b","PublicAccessBlockConfiguration":{"RestrictPublicBuckets":false}`, "")
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			wasBucket, wasObject, wasPoint := s.open()
			refused := s.step(t)
			bucket, object, point := s.open()
			var said, listed, attempted bool
			for _, i := range s.engine.Incidents() {
				a := &i.Alert
				lists := slices.Contains(a.EventIDs, s.lastEvent)
				public := !a.Attempt && a.Status != alert.Resolved && a.Exposure != nil && a.Exposure.After == "public"
				said = said || public
				listed = listed || lists && public
				attempted = attempted || lists && a.Attempt
			}
			if is := bucket || object || point; said != is {
				t.Fatalf("told as open: %t, is open: bucket %t, object %t, access point %t, after\n%s", said, bucket, object, point, strings.Join(s.calls, "\n"))
			}
			if opened := bucket && !wasBucket || object && !wasObject || point && !wasPoint; opened && !listed {
				t.Fatalf("no open incident lists the last of\n%s", strings.Join(s.calls, "\n"))
			}
			if refused && !attempted {
				t.Fatalf("no attempt lists the last of\n%s", strings.Join(s.calls, "\n"))
			}
		}
	})
}
