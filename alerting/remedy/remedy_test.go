package remedy_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/remedy"
)

const (
	block   = "aws s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
	noACL   = "aws s3api put-bucket-acl --bucket b --acl private"
	noRule  = "aws s3api delete-bucket-policy --bucket b"
	enforce = "aws s3api put-bucket-ownership-controls --bucket b --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'"
)

// put is the command that sets a policy given as putPolicy records it.
func put(policy string) string {
	return "aws s3api put-bucket-policy --bucket b --policy '" + strings.TrimPrefix(policy, `"bucketPolicy":`) + "'"
}

type example struct {
	calls []call
	want  []string
	says  string // all notes, in one line; empty: not looked at
}

func (e example) check(t *testing.T) {
	t.Helper()
	state, target := after(t, exposure.Own{Accounts: []string{"222233334444"}}, e.calls...)
	plans := remedy.Close(state, []remedy.Target{target}, 1)
	if got := commands(plans); !slices.Equal(got, e.want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(e.want, "\n"))
	}
	var notes []string
	for _, p := range plans {
		notes = append(notes, p.Notes()...)
	}
	if got := strings.Join(notes, " "); e.says != "" && got != e.says {
		t.Errorf("it says\n%s\nwant\n%s", got, e.says)
	}
}

// TestPolicies: what is public goes, what is not stays byte for byte, and no former policy opens anything.
func TestPolicies(t *testing.T) {
	t.Parallel()
	public, role := allow(`"*"`, ""), `{ "Sid":"app", "Effect":"Allow","Principal":{"AWS":"`+app+`"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}`
	partner := allow(`{"AWS":"`+foreign+`"}`, "")
	ranged := allow(`"*"`, `,"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`)
	tls := `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	write := func(statements ...string) call { return call{name: "PutBucketPolicy", params: policyOf(statements...)} }
	for name, e := range map[string]example{
		"never seen":                   {[]call{write(public)}, []string{noRule}, "Public read of b ends."},
		"none before":                  {[]call{{name: "DeleteBucketPolicy"}, write(public)}, []string{noRule}, ""},
		"another before":               {[]call{write(role), write(public)}, []string{put(policyOf(role))}, "Public read of b ends; role app keeps s3:GetObject, s3:PutObject; the document goes back to what it was before the change."},
		"beside another":               {[]call{write(role, public)}, []string{put(policyOf(role))}, "Public read of b ends; role app keeps s3:GetObject, s3:PutObject."},
		"beside a Deny":                {[]call{write(tls, public)}, []string{put(policyOf(tls))}, ""},
		"several, and twice":           {[]call{write(public, role, public, allow(`{"AWS":"*"}`, ""))}, []string{put(policyOf(role))}, ""},
		"widened":                      {[]call{write(public), write(public, strings.ReplaceAll(public, "GetObject", "DeleteObject"))}, []string{noRule}, "Public write and read of b end."},
		"the star beside a role":       {[]call{write(allow(`{"AWS":["*","`+app+`"]}`, ""))}, []string{put(policyOf(allow(`{"AWS":["`+app+`"]}`, "")))}, "Public read of b ends; role app keeps s3:GetObject."},
		"the star beside a service":    {[]call{write(allow(`{"AWS":"*","Service":"logging.s3.amazonaws.com"}`, ""))}, []string{put(policyOf(allow(`{"Service":"logging.s3.amazonaws.com"}`, "")))}, ""},
		"one statement, no list":       {[]call{{name: "PutBucketPolicy", params: `"bucketPolicy":{"Version":"2012-10-17","Statement":` + public + `}`}}, []string{noRule}, ""},
		"everybody but one":            {[]call{write(role, strings.Replace(public, `"Principal":"*"`, `"NotPrincipal":{"AWS":"`+app+`"}`, 1))}, []string{put(policyOf(role))}, ""},
		"everybody in a range":         {[]call{write(role, ranged, public)}, []string{put(policyOf(role, ranged))}, ""},
		"a share beside it stays":      {[]call{write(partner, public)}, []string{put(policyOf(partner))}, "Public read of b ends; account " + foreign + " keeps s3:GetObject."},
		"former gives others more":     {[]call{write(strings.ReplaceAll(partner, "GetObject", "DeleteObject")), write(public, role)}, []string{put(policyOf(role))}, ""},
		"former gives others the same": {[]call{write(partner), write(public)}, []string{put(policyOf(partner))}, ""},
		"former gives known ones more": {[]call{write(allow(`{"AWS":"222233334444"}`, "")), write(public)}, []string{put(policyOf(allow(`{"AWS":"222233334444"}`, "")))}, ""},
		"former lacks a Deny":          {[]call{write(role), write(public, role, tls)}, []string{put(policyOf(role, tls))}, ""},
		"former lacks the role":        {[]call{write(tls), write(public, role)}, []string{put(policyOf(role))}, ""},
		"former takes from the role":   {[]call{write(role, strings.Replace(role, "Allow", "Deny", 1)), write(public, role)}, []string{put(policyOf(role))}, ""},
		"former asks for TLS":          {[]call{write(role, tls), write(public, role)}, []string{put(policyOf(role, tls))}, ""},
		"shared":                       {[]call{{name: "DeleteBucketPolicy"}, write(partner)}, []string{noRule}, "Account " + foreign + " loses s3:GetObject."},
		"shared with a range":          {[]call{write(ranged)}, []string{noRule}, "Everyone limited by aws:SourceIp 203.0.113.0/24 loses s3:GetObject."},
		"a share grows":                {[]call{write(partner), write(partner, strings.ReplaceAll(partner, foreign, "444455556666"))}, []string{put(policyOf(partner))}, ""},
		"a share beside a role":        {[]call{write(role), write(allow(`{"AWS":["`+app+`","`+foreign+`"]}`, ""), role)}, []string{put(policyOf(allow(`{"AWS":["`+app+`"]}`, ""), role))}, ""},
		"narrowed to a share":          {[]call{{name: "CreateBucket"}, {name: "DeleteBucketPublicAccessBlock", begins: true}, write(public), write(partner)}, []string{noRule}, ""},
		"narrowed, told anew":          {[]call{write(public), write(partner)}, []string{noRule}, "Account " + foreign + " loses s3:GetObject."},
		"narrowed to the role":         {[]call{write(public), write(role)}, nil, ""},
		"cannot be evaluated": {[]call{write(`{"Effect":"Allow","Principle":"*"}`)}, []string{block}, "Block Public Access of b is on: all four settings. " +
			"The policy cannot be evaluated, so it is left as it is: read it before anything else is changed in it. IgnorePublicAcls also stops public ACLs of single objects in the bucket. " +
			"RestrictPublicBuckets also stops grants of the bucket policy to other accounts while the policy is public. It cannot be undone from here: what PutPublicAccessBlock replaces is not known in full."},
		"sleeps":                {[]call{{name: "PutBucketPublicAccessBlock", params: restricted}, write(role, public)}, []string{put(policyOf(role))}, "The public grant that is stored and blocked is removed from b; role app keeps s3:GetObject, s3:PutObject."},
		"sleeps beside a share": {[]call{{name: "PutBucketPublicAccessBlock", params: restricted}, write(partner, public)}, nil, ""}, // the share would work without it
		"website":               {[]call{{name: "PutBucketWebsite"}, write(public)}, []string{noRule}, "Public read of b ends; the website stops."},
		"deleted bucket":        {[]call{write(public), {name: "DeleteBucket"}}, nil, ""},
		"a name S3 cannot have": {[]call{{name: "PutBucketPolicy", bucket: "b;rm -rf '/'", params: policyOf(public)}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e.check(t)
		})
	}
}

// TestACLs: the public grants go, those to others stay.
func TestACLs(t *testing.T) {
	t.Parallel()
	grant := func(grantee, permission string) string {
		return `{"Grantee":{` + grantee + `},"Permission":"` + permission + `"}`
	}
	body := func(grants ...string) call {
		return call{name: "PutBucketAcl", params: `"AccessControlPolicy":{"Owner":{"ID":"me"},"AccessControlList":{"Grant":[` + strings.Join(append([]string{grant(`"ID":"me"`, "FULL_CONTROL")}, grants...), ",") + `]}}`}
	}
	printed := func(grants string) string {
		return `aws s3api put-bucket-acl --bucket b --access-control-policy '{"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"me"},"Permission":"FULL_CONTROL"},` + grants + `],"Owner":{"ID":"me"}}'`
	}
	logs, all, other := grant(`"URI":"`+logURI+`"`, "WRITE"), grant(`"URI":"`+allURI+`"`, "READ"), grant(`"ID":"they"`, "READ")
	printedLogs := `{"Grantee":{"Type":"Group","URI":"` + logURI + `"},"Permission":"WRITE"}`
	for name, e := range map[string]example{
		"canned":            {[]call{{name: "PutBucketAcl", params: publicACL}}, []string{noACL}, "Public list of b ends."},
		"canned over logs":  {[]call{body(logs), {name: "PutBucketAcl", params: publicACL}}, []string{printed(printedLogs)}, ""},
		"beside logs":       {[]call{body(logs, all)}, []string{printed(printedLogs)}, "Public list of b ends; LogDelivery keeps WRITE."},
		"beside a share":    {[]call{body(other, all)}, []string{printed(`{"Grantee":{"Type":"CanonicalUser","ID":"they"},"Permission":"READ"}`)}, ""},
		"a share":           {[]call{body(), body(other)}, []string{noACL}, "Canonical user they loses READ; the document goes back to what it was before the change."},
		"a share before":    {[]call{body(other), body(other, strings.Replace(other, "they", "these", 1))}, []string{printed(`{"Grantee":{"Type":"CanonicalUser","ID":"they"},"Permission":"READ"}`)}, ""},
		"by address":        {[]call{body(grant(`"EmailAddress":"a@example.com"`, "READ"), all)}, []string{printed(`{"Grantee":{"Type":"AmazonCustomerByEmail","EmailAddress":"a@example.com"},"Permission":"READ"}`)}, ""},
		"headers":           {[]call{{name: "PutBucketAcl", params: `"acl":"","accessControlList":{"x-amz-grant-read":"uri=` + allURI + `,id=they","x-amz-grant-write":"uri=` + logURI + `"}`}}, []string{`aws s3api put-bucket-acl --bucket b --grant-read 'id="they"' --grant-write 'uri="` + logURI + `"'`}, ""},
		"cannot be read":    {[]call{{name: "PutBucketAcl", params: `"x-amz-acl":"no-such"`}}, []string{"aws s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"}, ""},
		"made that way":     {[]call{{name: "CreateBucket", params: publicACL}}, []string{noACL, block}, ""},
		"sleeps, enforced":  {[]call{{name: "PutBucketAcl", params: publicACL}, {name: "PutBucketOwnershipControls", params: enforced}}, nil, ""},
		"ownership":         {[]call{{name: "PutBucketOwnershipControls", params: objectWriter}}, []string{enforce}, ""},
		"ownership and ACL": {[]call{{name: "CreateBucket"}, {name: "PutBucketOwnershipControls", params: objectWriter, begins: true}, {name: "DeleteBucketPublicAccessBlock"}, {name: "PutBucketAcl", params: publicACL}}, []string{noACL, enforce, block}, "Public list of b ends; ACLs of b and its objects are disabled; Block Public Access of b is on: all four settings."},
		"ownership, shared": {[]call{{name: "PutBucketOwnershipControls", params: enforced}, {name: "PutBucketOwnershipControls", params: objectWriter, begins: true}, body(other, all)}, []string{printed(`{"Grantee":{"Type":"CanonicalUser","ID":"they"},"Permission":"READ"}`)}, ""},
		"nothing to do":     {[]call{{name: "PutBucketAcl", params: privateACL}}, nil, ""},
		"object":            {[]call{{name: "PutObjectAcl", params: `"key":"a b",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --key 'a b' --acl private`}, "Public read of object a b in b ends."},
		"object's version":  {[]call{{name: "PutObjectAcl", params: `"key":"a","versionId":"v1",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --key a --version-id v1 --acl private`}, ""},
		"option as a key":   {[]call{{name: "PutObjectAcl", params: `"key":"--acl",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --acl private --cli-input-json '{"Key":"--acl"}'`}, ""},
		"file as a key":     {[]call{{name: "PutObjectAcl", params: `"key":"file:///etc/passwd",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --acl private --cli-input-json '{"Key":"file:///etc/passwd"}'`}, ""},
		"invisible in a key": {
			[]call{{name: "PutObjectAcl", params: `"key":"a\u0007'b",` + publicACL}}, []string{`aws s3api put-object-acl --bucket b --key $'a\x07\'b' --acl private`}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e.check(t)
		})
	}
}

// TestGates: what was turned off is put back as it was.
func TestGates(t *testing.T) {
	t.Parallel()
	public, partner := allow(`"*"`, ""), allow(`{"AWS":"`+foreign+`"}`, "")
	for name, e := range map[string]example{
		"unknown before": {[]call{{name: "DeleteBucketPublicAccessBlock"}}, []string{block}, "Block Public Access of b is on: all four settings. IgnorePublicAcls also stops public ACLs of single objects in the bucket. RestrictPublicBuckets also stops grants of the bucket policy to other accounts while the policy is public."},
		"partly on before": {[]call{
			{name: "PutBucketPublicAccessBlock", params: `"PublicAccessBlockConfiguration":{"IgnorePublicAcls":true}`}, {name: "DeleteBucketPublicAccessBlock"},
		}, []string{"aws s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=false,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"}, ""},
		"off before":         {[]call{{name: "PutBucketPublicAccessBlock", params: allOff}, {name: "DeleteBucketPublicAccessBlock"}}, nil, ""},
		"a sleeper wakes":    {[]call{{name: "PutBucketPolicy", params: policyOf(public)}, {name: "PutBucketPublicAccessBlock", params: allOn}, {name: "DeleteBucketPublicAccessBlock"}}, []string{block}, "Public read of b ends; Block Public Access of b is on: all four settings."},
		"with a share in it": {[]call{{name: "PutBucketPolicy", params: policyOf(public, partner)}, {name: "PutBucketPublicAccessBlock", params: allOn}, {name: "DeleteBucketPublicAccessBlock"}}, []string{put(policyOf(partner)), block}, ""},
		"account": {
			[]call{{name: "DeleteAccountPublicAccessBlock", params: accountHost}},
			[]string{strings.Replace(block, "s3api put-public-access-block --bucket b", "s3control put-public-access-block --account-id "+owner, 1)},
			"Block Public Access of account " + owner + " is on: all four settings. S3 answers 403 AccessDenied where an organization S3 policy governs the account: change that policy in AWS Organizations then. It cannot be undone.",
		},
		"account, a bucket wakes": {
			[]call{{name: "PutBucketPublicAccessBlock", params: allOff}, {name: "PutBucketPolicy", params: policyOf(public, partner)}, {name: "PutAccountPublicAccessBlock", params: accountHost + "," + allOn}, {name: "DeleteAccountPublicAccessBlock", params: accountHost}},
			[]string{strings.Replace(block, "s3api put-public-access-block --bucket b", "s3control put-public-access-block --account-id "+owner, 1)},
			"",
		},
		"directory bucket":         {[]call{{name: "PutBucketPolicy", bucket: "f--euw1-az1--x-s3", params: policyOf(partner)}}, []string{"aws s3api delete-bucket-policy --bucket f--euw1-az1--x-s3"}, ""},
		"directory bucket, public": {[]call{{name: "PutBucketPolicy", bucket: "f--euw1-az1--x-s3", params: policyOf(public)}}, []string{"aws s3api delete-bucket-policy --bucket f--euw1-az1--x-s3"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "account" {
				e.says = ""
			}
			e.check(t)
		})
	}
}

// TestAccessPoints: their own calls, in their own Region.
func TestAccessPoints(t *testing.T) {
	t.Parallel()
	public, role := allow(`"*"`, ""), allow(`{"AWS":"`+app+`"}`, "")
	doc := func(statements ...string) string {
		return strings.TrimPrefix(policyOf(statements...), `"bucketPolicy":`)
	}
	point := func(policy string) []call {
		return []call{{name: "PutAccessPointPolicy", params: `"name":"apoint","policy":` + quoted(policy)}}
	}
	multi := func(policy string) []call {
		return []call{{name: "PutMultiRegionAccessPointPolicy", region: "us-west-2", params: `"details":{"name":"many","policy":` + quoted(policy) + `}`}}
	}
	id := "--account-id " + owner
	for name, e := range map[string]example{
		"public":         {point(doc(public)), []string{"aws s3control delete-access-point-policy " + id + " --name apoint --region eu-west-1"}, "Public read of access point apoint ends."},
		"beside a role":  {point(doc(public, role)), []string{"aws s3control put-access-point-policy " + id + " --name apoint --policy '" + doc(role) + "' --region eu-west-1"}, ""},
		"unclear":        {point("{}"), nil, "The policy cannot be evaluated, so it is left as it is: read it before anything else is changed in it. No single call is known that closes it and opens nothing else."},
		"multi-region":   {multi(doc(public)), []string{"aws s3control put-multi-region-access-point-policy " + id + ` --details '{"Name":"many","Policy":` + quoted(doc(allow(`{"AWS":"arn:aws:iam::`+owner+`:root"}`, ""))) + `}' --region us-west-2`}, ""},
		"beside a role.": {multi(doc(public, role)), []string{"aws s3control put-multi-region-access-point-policy " + id + ` --details '{"Name":"many","Policy":` + quoted(doc(role)) + `}' --region us-west-2`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e.check(t)
		})
	}
}

// TestShareBesideThePublic: of a bucket that is public by its ACL the share in its policy ends by itself.
func TestShareBesideThePublic(t *testing.T) {
	t.Parallel()
	state, target := after(t, exposure.Own{}, call{name: "PutBucketAcl", params: publicACL},
		call{name: "PutBucketPolicy", params: policyOf(allow(`{"AWS":"`+foreign+`"}`, ""), allow(`"*"`, ""))})
	target.Share = true
	if got := commands(remedy.Close(state, []remedy.Target{target}, 1)); !slices.Equal(got, []string{noRule}) {
		t.Errorf("the share: got %q", got)
	}
	target.Share = false
	want := []string{put(policyOf(allow(`{"AWS":"`+foreign+`"}`, ""))), noACL}
	if got := commands(remedy.Close(state, []remedy.Target{target}, 1)); !slices.Equal(got, want) {
		t.Errorf("the public: got %q", got)
	}
}

// TestUnexplained: where calls were let in and nothing that was seen says why, the block closes everything.
func TestUnexplained(t *testing.T) {
	t.Parallel()
	state, target := after(t, exposure.Own{}, call{name: "PutBucketWebsite"})
	target.Unexplained = true
	if got := commands(remedy.Close(state, []remedy.Target{target}, 1)); !slices.Equal(got, []string{block}) {
		t.Errorf("got %q", got)
	}
}

// TestUndoable: only what is known in full can be put back.
func TestUndoable(t *testing.T) {
	t.Parallel()
	public := call{name: "PutBucketPolicy", params: policyOf(allow(`"*"`, ""))}
	for name, tt := range map[string]struct {
		calls []call
		want  bool
	}{
		"policy":        {[]call{public}, true},
		"policy, block": {[]call{{name: "CreateBucket"}, {name: "DeleteBucketPublicAccessBlock", begins: true}, public}, true},
		"block, unseen": {[]call{{name: "PutBucketPolicy", params: `"bucketPolicy":{}`}}, false},
	} {
		state, target := after(t, exposure.Own{}, tt.calls...)
		if plans := remedy.Close(state, []remedy.Target{target}, 1); len(plans) != 1 || plans[0].Undoable() != tt.want {
			t.Errorf("%s: got %+v", name, plans)
		}
	}
}

// TestOneArgument: a shell gives an attacker's text back as one argument.
func TestOneArgument(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash on this machine")
	}
	for _, key := range []string{"$(reboot)", "a'b", "`id`", "a\\\nb", "x; y | z & w", "\u202egnp.exe", "ünï", "{a,b}", "~", "*"} {
		state, target := after(t, exposure.Own{}, call{name: "PutObjectAcl", params: `"key":` + quoted(key) + `,` + publicACL})
		got := commands(remedy.Close(state, []remedy.Target{target}, 1))
		if len(got) != 1 {
			t.Fatalf("%q: got %q", key, got)
		}
		cmd := exec.CommandContext(t.Context(), "bash")
		cmd.Stdin = strings.NewReader(`aws() { printf '%s\0' "$@"; }; ` + got[0])
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		want := strings.Join([]string{"s3api", "put-object-acl", "--bucket", "b", "--key", key, "--acl", "private", ""}, "\x00")
		if string(out) != want {
			t.Errorf("%s\n gave %q\nwant %q", got[0], out, want)
		}
	}
}
