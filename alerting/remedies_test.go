package alerting_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
)

const (
	everyone = `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	appOnly  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}`
	noPolicy = "aws s3api delete-bucket-policy --bucket b"
)

func setPolicy(statements ...string) string {
	return `PutBucketPolicy {"bucketName":"b","bucketPolicy":{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}}`
}

func putBack(statements ...string) string {
	return `aws s3api put-bucket-policy --bucket b --policy '{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}'`
}

// TestCommandsFollowTheState: what is printed is made of what is there now, also where nothing that is told has changed.
func TestCommandsFollowTheState(t *testing.T) {
	steps := []struct {
		record string
		want   []string
	}{
		{setPolicy(everyone), []string{noPolicy}},
		{setPolicy(strings.Replace(everyone, `"s3:GetObject"`, `["s3:GetObject","s3:DeleteObject"]`, 1)), []string{noPolicy}},
		{setPolicy(appOnly, strings.Replace(everyone, `"s3:GetObject"`, `["s3:GetObject","s3:DeleteObject"]`, 1)), []string{putBack(appOnly)}},
		{setPolicy(appOnly, everyone), []string{putBack(appOnly)}},
		{setPolicy(appOnly), []string{}},
	}
	var records []string
	revision := uint64(0)
	for n, step := range steps {
		records = append(records, step.record)
		e := alerting.NewEngine(rules())
		apply(t, e, enrich.Facts{}, records...)
		a := one(t, e, "s3-public-policy")
		if !slices.Equal(a.Remediation, step.want) {
			t.Errorf("step %d: got %q, want %q", n, a.Remediation, step.want)
		}
		if a.Revision <= revision || (len(a.Remediation) > 0) != (len(a.RemediationNotes) > 0) {
			t.Errorf("step %d: revision %d after %d, notes %q", n, a.Revision, revision, a.RemediationNotes)
		}
		revision = a.Revision
	}
}

// TestOnlyWhatIsOpenHasCommands: of several buckets those that are still open; of attempts nothing.
func TestOnlyWhatIsOpenHasCommands(t *testing.T) {
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{},
		`PutBucketAcl {"bucketName":"a","x-amz-acl":"public-read"}`,
		`PutBucketAcl {"bucketName":"b","x-amz-acl":"public-read"}`,
		`PutBucketAcl {"bucketName":"c","x-amz-acl":"public-read"}`,
		`PutBucketAcl {"bucketName":"b","x-amz-acl":"private"}`,
	)
	want := []string{"aws s3api put-bucket-acl --bucket a --acl private", "aws s3api put-bucket-acl --bucket c --acl private"}
	if a := one(t, e, "s3-public-acl"); !slices.Equal(a.Remediation, want) {
		t.Errorf("got %q, want %q", a.Remediation, want)
	}
	e = alerting.NewEngine(rules())
	name, params, _ := strings.Cut(setPolicy(everyone), " ")
	raw := strings.Replace(proofRecord(t, 0, "01T09:00 bob "+name+" "+params), `{"eventVersion"`, `{"errorCode":"AccessDenied","eventVersion"`, 1)
	f := &enrich.Finding{EventID: "p-0", Record: []byte(raw), Rules: rules().Index.Select(header(t, raw), []byte(raw), nil)}
	if _, err := e.Apply(f); err != nil || len(e.Incidents()) == 0 {
		t.Fatalf("%d incidents: %v", len(e.Incidents()), err)
	}
	for _, i := range e.Incidents() {
		if len(i.Alert.Remediation)+len(i.Alert.RemediationNotes) > 0 {
			t.Errorf("an attempt prints %q", i.Alert.Remediation)
		}
	}
}

// TestCommandsAreBounded: however much is open, an alert can be stored, and says that not all is listed.
func TestCommandsAreBounded(t *testing.T) {
	e := alerting.NewEngine(rules())
	var records []string
	for n := range 60 { // of one hour
		records = append(records, fmt.Sprintf(`PutObjectAcl {"bucketName":"b","key":"%s%d","x-amz-acl":"public-read"}`, strings.Repeat("k", 900), n))
	}
	apply(t, e, enrich.Facts{}, records...)
	a := one(t, e, "s3-object-public")
	if size := len(strings.Join(a.Remediation, "")); len(a.Remediation) != 24 || size > 64<<10 {
		t.Errorf("%d commands of %d bytes", len(a.Remediation), size)
	}
	if last := a.RemediationNotes[len(a.RemediationNotes)-1]; !strings.Contains(last, "36 more are not listed") {
		t.Errorf("it ends with %q", last)
	}
}

// TestPrintedCommands prints what 500 random alerts do, NUL after each, into the file that TRAILWARDEN_COMMANDS names, for
// the AWS CLI to validate; without it their shape is all that is looked at.
func TestPrintedCommands(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	for alerts := 0; alerts < 500; {
		e := alerting.NewEngine(rules())
		apply(t, e, enrich.Facts{}, randomStory(t, r)...)
		for _, i := range e.Incidents() {
			if i.Alert.Status != alert.Resolved && i.Alert.Exposure != nil {
				alerts++
				all = append(all, i.Alert.Remediation...)
			}
		}
	}
	for _, c := range all {
		if !strings.HasPrefix(c, "aws s3api ") && !strings.HasPrefix(c, "aws s3control ") {
			t.Errorf("printed %q", c)
		}
	}
	if len(all) < 400 {
		t.Errorf("500 alerts print %d commands", len(all))
	}
	if path := os.Getenv("TRAILWARDEN_COMMANDS"); path != "" {
		slices.Sort(all)
		all = slices.Compact(all)
		if err := os.WriteFile(path, []byte(strings.Join(all, "\x00")+"\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// randomStory is a few changes of one bucket, its objects, its access points and its account, with names that only an
// attacker chooses.
func randomStory(t *testing.T, r *rand.Rand) []string {
	t.Helper()
	pick := func(all ...any) any { return all[r.IntN(len(all))] }
	bucket := pick("b", "b", "prod.data-1", "f--euw1-az1--x-s3", "b;rm -rf /", "-b")
	odd := []any{"k", "--acl", "file:///etc/passwd", "a  b", " a", "a'b", "$(id)", "`id`", "\"", "\n", "ü\u0301\u202e", "@here", strings.Repeat("k", 1000), "k?versionId=v1"}
	principal := func() any {
		names := []any{"*", "arn:aws:iam::111122223333:role/app", "444455556666", "arn:aws:iam::222233334444:root"}
		return pick("*", map[string]any{"AWS": names[:1+r.IntN(len(names))]}, map[string]any{"AWS": pick(names...), "Service": "logging.s3.amazonaws.com"}, map[string]any{"CanonicalUser": strings.Repeat("a1", 32)})
	}
	statement := func() map[string]any {
		s := map[string]any{"Sid": pick(odd...), "Effect": "Allow", "Principal": principal(), "Action": pick("s3:GetObject", []string{"s3:PutObject", "s3:ListBucket"}), "Resource": fmt.Sprint("arn:aws:s3:::", bucket, "/*")}
		if r.IntN(3) == 0 {
			s["Condition"] = map[string]any{"StringLike": map[string]any{"aws:Referer": pick(odd...)}}
		}
		return s
	}
	policy := func() any {
		list := []any{statement(), statement(), statement()}
		return map[string]any{"Version": "2012-10-17", "Statement": pick(statement(), list[:1+r.IntN(3)])}
	}
	acl := func(params map[string]any) map[string]any {
		grant := func() any {
			to := pick(map[string]any{"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, map[string]any{"ID": strings.Repeat("b2", 32)},
				map[string]any{"EmailAddress": "a@example.com"}, map[string]any{"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, map[string]any{"ID": pick(odd...)})
			return map[string]any{"Grantee": to, "Permission": pick("READ", "WRITE", "FULL_CONTROL")}
		}
		switch r.IntN(3) {
		case 0:
			params["x-amz-acl"] = pick("public-read", "public-read-write", "authenticated-read")
		case 1:
			params["x-amz-grant-read"] = "uri=http://acs.amazonaws.com/groups/global/AllUsers, id=\"" + strings.Repeat("c3", 32) + "\""
			params["x-amz-grant-write-acp"] = "emailAddress=\"a@example.com\""
		default:
			params["AccessControlPolicy"] = map[string]any{"Owner": map[string]any{"ID": strings.Repeat("d4", 32)}, "AccessControlList": map[string]any{"Grant": []any{grant(), grant()}}}
		}
		return params
	}
	text := func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	flags := map[string]any{"BlockPublicAcls": r.IntN(2) == 0, "IgnorePublicAcls": r.IntN(2) == 0, "RestrictPublicBuckets": r.IntN(2) == 0}
	var out []string
	for range 1 + r.IntN(4) {
		name, params := "", map[string]any{"bucketName": bucket}
		switch r.IntN(9) {
		case 0, 1, 2:
			name, params["bucketPolicy"] = "PutBucketPolicy", policy()
		case 3:
			name, params = "PutBucketAcl", acl(params)
		case 4:
			params["key"] = pick(odd...)
			name, params = "PutObjectAcl", acl(params)
		case 5:
			name, params["PublicAccessBlockConfiguration"] = "PutBucketPublicAccessBlock", flags
		case 6:
			name, params = "PutAccessPointPolicy", map[string]any{"name": pick("apoint", "-point", "a b"), "policy": text(policy())}
		case 7:
			name, params = "PutMultiRegionAccessPointPolicy", map[string]any{"details": map[string]any{"name": "many", "policy": text(policy())}}
		default:
			name, params = "DeleteAccountPublicAccessBlock", map[string]any{}
		}
		out = append(out, name+" "+text(params))
	}
	return out
}

// TestCommandsOfAnEarlierProgramAreReplaced: what is stored may open the bucket, and stands on cards until then.
func TestCommandsOfAnEarlierProgramAreReplaced(t *testing.T) {
	w := newWorld()
	w.story(t)
	run := func() {
		if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	run()
	before := map[string]uint64{}
	for key, e := range w.values {
		const right, wrong = `aws s3api put-bucket-acl --bucket z --acl private`, `aws s3api put-bucket-acl --bucket z --acl public-read`
		if text := string(e.Value); strings.HasPrefix(key, "alerts/") && strings.Contains(text, right) {
			e.Value = []byte(strings.Replace(text, right, wrong, 1))
			w.values[key] = e
		}
	}
	wrong := 0
	for _, a := range w.alerts(t) {
		before[a.ID] = a.Revision
		wrong += strings.Count(strings.Join(a.Remediation, "\n"), "public-read")
	}
	run()
	for _, a := range w.alerts(t) {
		replaced := before[a.ID] != a.Revision
		if replaced != (a.Bucket == "z") || strings.Contains(strings.Join(a.Remediation, "\n"), "public-read") {
			t.Errorf("%s: revision %d after %d, %q", a.Bucket, a.Revision, before[a.ID], a.Remediation)
		}
	}
	if wrong != 1 {
		t.Errorf("%d alerts had a wrong command", wrong)
	}
}
