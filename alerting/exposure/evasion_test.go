package exposure_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const (
	everybody = `"http://acs.amazonaws.com/groups/global/AllUsers"`
	openGrant = `{"Grantee":{"URI":` + everybody + `},"Permission":"READ"}`
	idGrant   = `{"Grantee":{"ID":"79a5"},"Permission":"WRITE"}`
)

// TestNoShapeHidesAnACL: a grant is seen however the request spells it, and what cannot be read is never private.
func TestNoShapeHidesAnACL(t *testing.T) {
	t.Parallel()
	grants := `"x-amz-grant-read":["id=\"79a5\"","uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""]`
	tests := map[string]struct {
		params string
		kind   exposure.Kind
	}{
		"two canned":            {`"x-amz-acl":["private","public-read"]`, exposure.Opened},
		"in the query":          {`"X-Amz-Acl":"public-read"`, exposure.Opened},
		"both cases":            {`"x-amz-acl":"private","X-AMZ-ACL":"public-read"`, exposure.Opened},
		"named twice":           {`"x-amz-acl":"public-read","x-amz-acl":"private"`, exposure.Opened},
		"escaped":               {`"x\u002damz-acl":"public\u002dread"`, exposure.Opened},
		"canned beside headers": {`"x-amz-acl":"private",` + grants, exposure.Opened},
		"header values":         {grants, exposure.Opened},
		"header objects":        {`"accessControlList":[{"x-amz-grant-write":"id=\"79a5\""},{` + grants + `}]`, exposure.Opened},
		"list of grants":        {`"AccessControlPolicy":{"AccessControlList":[` + idGrant + `,` + openGrant + `]}`, exposure.Opened},
		"list of Grant":         {`"AccessControlPolicy":{"AccessControlList":[{"Grant":` + idGrant + `},{"Grant":` + openGrant + `}]}`, exposure.Opened},
		"group as owner":        {`"AccessControlPolicy":{"Owner":{"ID":"AllUsers"},"AccessControlList":{"Grant":` + openGrant + `}}`, exposure.Opened},
		"beside odd text":       {`"other":"` + "\xff" + `\ud800","twice":1,"twice":2,"deep":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `,"x-amz-acl":"public-read"`, exposure.Opened},
		"one way unreadable":    {`"AccessControlPolicy":{"a":1,"a":2},"x-amz-acl":"public-read"`, exposure.Opened},
		"no canned":             {`"x-amz-acl":"Public-Read"`, exposure.Unclear},
		"no text":               {`"x-amz-acl":{"a":1}`, exposure.Unclear},
		"nested":                {`"x-amz-acl":[["public-read"]]`, exposure.Unclear},
		"no grant":              {`"accessControlList":["public-read"]`, exposure.Unclear},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, event := range []string{"PutBucketAcl", "CreateBucket", "PutObject"} {
				if c := newWorld().apply(t, call{name: event, params: `"key":"k",` + tt.params}); c.Kind != tt.kind {
					t.Errorf("%s: %q (%v)", event, c.Kind, c.Reasons)
				}
			}
			if !exposure.Carries([]byte(`{"eventName":"PutObject","requestParameters":{"key":"k",` + tt.params + `}}`)) {
				t.Error("an upload with it is passed by")
			}
		})
	}
}

// TestFullControlOfAnother: an id that is granted full control by a header may be anybody's, but for uploads, whose
// writers give the bucket's owner full control.
func TestFullControlOfAnother(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]exposure.Kind{
		"PutBucketAcl": exposure.SharedOut, "CreateBucket": exposure.SharedOut, "PutObjectAcl": exposure.SharedOut, "PutObject": exposure.Tightened,
	} {
		if c := newWorld().apply(t, call{name: event, params: `"key":"k","x-amz-grant-full-control":"id=\"79a5\""`}); c.Kind != want {
			t.Errorf("%s: %q", event, c.Kind)
		}
	}
}

// TestPolicyTwice: a request with several different documents is unclear, whichever a reader would take.
func TestPolicyTwice(t *testing.T) {
	t.Parallel()
	open := strings.TrimPrefix(publicPolicy, `"bucketPolicy":`)
	for params, want := range map[string]exposure.Kind{
		publicPolicy + "," + ownPolicy:                                exposure.Unclear,
		ownPolicy + `,"BucketPolicy":` + open:                         exposure.Unclear,
		ownPolicy + `,"policy":` + fmt.Sprintf("%q", open):            exposure.Unclear,
		publicPolicy + "," + publicPolicy:                             exposure.Opened,
		`"bucketPolicy":[` + open + `]`:                               exposure.Opened,
		`"bucketPolicy":[` + open + `,` + open + `]`:                  exposure.Unclear,
		`"PutBucketPolicyRequest":{"Policy":` + open + `}`:            exposure.Opened,
		`"policy":"","bucketPolicy":"` + strings.Repeat(" ", 9) + `"`: exposure.Unclear,
	} {
		if c := newWorld().apply(t, call{name: "PutBucketPolicy", params: params}); c.Kind != want {
			t.Errorf("%s: %q", params, c.Kind)
		}
	}
}

// TestOddTimes: neither the first year nor the last hides anything.
func TestOddTimes(t *testing.T) {
	t.Parallel()
	for _, year := range []int{0, 1, 9999} {
		rec := call{name: "PutBucketPolicy", params: publicPolicy}.record(t)
		rec.EventTime = rec.EventTime.AddDate(year-rec.EventTime.Year(), 0, 0)
		if c := exposure.Apply(nil, nil, rec, exposure.Own{}); c.Kind != exposure.Opened || c.Now != exposure.Public {
			t.Errorf("year %d: %q, now %s", year, c.Kind, c.Now)
		}
	}
}

// TestAccessPointsOfTwoRegions share a name and nothing else.
func TestAccessPointsOfTwoRegions(t *testing.T) {
	t.Parallel()
	a := &exposure.Account{}
	put := call{name: "PutAccessPointPolicy", minute: 1, params: `"name":"ap","policy":"","PutAccessPointPolicyRequest":{"Policy":` + strings.TrimPrefix(publicPolicy, `"bucketPolicy":`) + `}`}.record(t)
	gone := call{name: "DeleteAccessPointPolicy", minute: 2, params: `"name":"ap"`}.record(t)
	gone.Region = "us-east-1"
	exposure.Apply(nil, a, gone, exposure.Own{})
	if c := exposure.Apply(nil, a, put, exposure.Own{}); c.Kind != exposure.Opened || c.Now != exposure.Public {
		t.Errorf("got %q, now %s", c.Kind, c.Now)
	}
}

// TestVersionsHaveTheirOwnACLs: what is said of the current version, whichever that is, says nothing of a named one.
func TestVersionsHaveTheirOwnACLs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	opened := w.apply(t, call{name: "PutObjectAcl", minute: 1, params: `"key":"k","versionId":"v1","x-amz-acl":"public-read"`})
	if c := w.apply(t, call{name: "PutObjectAcl", minute: 2, params: `"key":"k","x-amz-acl":"private"`}); c.Resource == opened.Resource {
		t.Errorf("the current version is taken for %s", opened.Resource)
	}
	if c := w.apply(t, call{name: "PutObjectAcl", minute: 3, params: `"key":"k","versionId":"v1","x-amz-acl":"private"`}); !c.Closes || c.Resource != opened.Resource {
		t.Errorf("closes %v of %s", c.Closes, c.Resource)
	}
}

// TestCrowdsHideNothing: however many access points and objects there are, and however late one comes, it is judged,
// and what is kept stays small.
func TestCrowdsHideNothing(t *testing.T) {
	t.Parallel()
	const many = 600
	b, a := &exposure.Bucket{}, &exposure.Account{}
	apply := func(c call) exposure.Change { return exposure.Apply(b, a, c.record(t), exposure.Own{}) }
	long := strings.Repeat("<", 1000)
	for i := range many {
		apply(call{name: "PutObjectAcl", minute: 10, params: fmt.Sprintf(`"key":"%s%d","x-amz-acl":"private"`, long, i)})
		apply(call{name: "CreateAccessPoint", minute: 10, id: fmt.Sprint("c", i), params: fmt.Sprintf(`"name":"p%d","bucket":"b"`, i)})
	}
	if c := apply(call{name: "PutObjectAcl", minute: 5, params: `"key":"k","x-amz-acl":"public-read"`}); c.Kind != exposure.Opened {
		t.Errorf("a late object: %q", c.Kind)
	}
	for i := range many {
		policy := strings.Replace(publicPolicy, "Read", strings.Repeat("S", 9_000), 1)
		c := apply(call{name: "PutAccessPointPolicy", minute: 11, id: fmt.Sprint("p", i), params: fmt.Sprintf(`"name":"p%d","policy":%s`, i, strings.TrimPrefix(policy, `"bucketPolicy":`))})
		if c.Kind != exposure.Opened && c.Kind != exposure.Slept {
			t.Fatalf("access point %d: %q", i, c.Kind)
		}
	}
	if n := len(b.Objects); n == 0 || n > 200 {
		t.Errorf("%d objects are kept", n)
	}
	if n := len(a.AccessPoints); n == 0 || n > 100 {
		t.Errorf("%d access points are kept", n)
	}
}

// TestSizeIsBounded: what S3 would never store is not weighed at length, and is never called private.
func TestSizeIsBounded(t *testing.T) {
	t.Parallel()
	if c := newWorld().apply(t, call{name: "PutBucketPolicy", params: strings.Replace(publicPolicy, "Read", strings.Repeat("S", 1<<20), 1)}); c.Kind != exposure.Unclear || c.Severity < alert.Medium {
		t.Errorf("policy: %q %s", c.Kind, c.Severity)
	}
	var actions []string
	for i := range 1_000 {
		actions = append(actions, fmt.Sprintf(`"s3:%d*"`, i))
	}
	all := "[" + strings.Join(actions, ",") + "]"
	started := time.Now()
	for range 20 {
		v := judge(t, policyWith(statement("Allow", `"*"`, all, `"*"`, ""), statement("Deny", `"*"`, all, `"*"`, `{"Bool":{"aws:ViaAWSService":"false"}}`)))
		if v.Public != exposure.Yes || v.Severity < alert.High {
			t.Fatalf("public %v, %s", v.Public, v.Severity)
		}
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("twenty laborious policies took %s", took)
	}
	grants := make([]string, 20_000)
	for i := range grants {
		grants[i] = fmt.Sprintf(`{"Grantee":{"ID":"%064d"},"Permission":"READ"}`, i)
	}
	grants = append(grants, openGrant)
	w := newWorld()
	c := w.apply(t, call{name: "PutBucketAcl", params: `"AccessControlPolicy":{"AccessControlList":{"Grant":[` + strings.Join(grants, ",") + `]}}`})
	if c.Kind != exposure.Opened || len(w.bucket.ACL[0].Value.Grants) > 101 {
		t.Errorf("ACL: %q, %d grants kept", c.Kind, len(w.bucket.ACL[0].Value.Grants))
	}
}

// TestALivingPrincipalsIDIsShared: S3 shows the id of a deleted principal, but takes only that of a living one.
func TestALivingPrincipalsIDIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.apply(t, call{name: "PutBucketPolicy", minute: 1, params: `"bucketPolicy":` + policyWith(allow(`{"AWS":"AROAEXAMPLEEXAMPLE123"}`, ""))})
	if c.Kind != exposure.SharedOut || c.Severity != alert.Low {
		t.Errorf("got %q, %s", c.Kind, c.Severity)
	}
}

// TestAFlagGivenTwiceIsNotRead: readers of the names in both cases may take either value.
func TestAFlagGivenTwiceIsNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld()
	flags := `"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":false,"restrictPublicBuckets":true}`
	if c := w.apply(t, call{name: "PutBucketPublicAccessBlock", minute: 1, params: flags}); c.Kind != exposure.Unclear {
		t.Errorf("got %q", c.Kind)
	}
}
