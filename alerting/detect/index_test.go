package detect_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// event is the raw record of a call, "service/Name", with more members as JSON text.
func event(t testing.TB, call, more string) []byte {
	t.Helper()
	service, name, _ := strings.Cut(call, "/")
	raw := `{"eventID":"e1","eventTime":"2026-03-02T10:00:00Z","eventSource":"` + service + `.amazonaws.com","eventName":"` + name + `"` +
		`,"recipientAccountId":"111122223333"` + more + `}`
	if !json.Valid([]byte(raw)) {
		t.Fatalf("no JSON: %s", raw)
	}
	return []byte(raw)
}

// ask selects and matches a raw record, without a change of exposure.
func ask(t testing.TB, x *detect.Index, raw []byte) (candidates []string, matches []detect.Match) {
	t.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		t.Fatal(err)
	}
	candidates = x.Select(&h, raw, nil)
	return candidates, x.Match(input(t, raw), candidates)
}

func input(t testing.TB, raw []byte) *detect.Input {
	t.Helper()
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &detect.Input{Record: rec, Raw: raw, Facts: &enrich.Facts{}, Settings: &detect.Settings{}}
}

// rule matches whatever it is asked about.
func rule(id string, events ...string) *detect.Rule {
	return &detect.Rule{ID: id, Severity: alert.High, Events: events, Match: func(*detect.Input) *detect.Hit { return &detect.Hit{Detail: id} }}
}

func TestSelect(t *testing.T) {
	x := detect.Build([]*detect.Rule{
		rule("exact", "s3.amazonaws.com/DeleteBucket"),
		rule("two", "s3.amazonaws.com/DeleteBucket", "s3.amazonaws.com/CreateBucket"),
		rule("prefix", "lambda.amazonaws.com/UpdateFunctionCode*"),
		rule("source", "sns.amazonaws.com/*"),
		rule("name", "*/LeaveOrganization"),
		rule("nameprefix", "*/Leave*"),
		rule("off", "s3.amazonaws.com/DeleteBucket"),
		{ID: "wants", Events: []string{"*/*"}, Wants: func(h *cloudtrail.Header, raw []byte) bool {
			return detect.HasPrefix(h.UserAgent, "evil") && detect.Contains(raw, "evil")
		}},
	}, []string{"off"})
	for _, tt := range []struct{ call, more, want string }{
		{"s3/DeleteBucket", "", "exact two exposure"},
		{"s3/deletebucket", "", "exact two"},
		{"s3/CreateBucket", "", "two exposure"},
		{"ec2/DeleteBucket", "", ""},
		{"lambda/UpdateFunctionCode20150331v2", "", "prefix"},
		{"lambda/UpdateFunction", "", ""},
		{"sns/Publish", "", "source"},
		{"organizations/LeaveOrganization", "", "name nameprefix organization"},
		{"x/LeaveNow", "", "nameprefix"},
		{"ec2/DescribeInstances", `,"userAgent":"evil/1"`, "wants"},
		{"s3/PutObject", "", ""},
		{"s3/PutObject", `,"requestParameters":{"x-amz-acl":"public-read"}`, "exposure"},
		{"s3/" + strings.Repeat("VeryLong", 20), "", ""},
	} {
		candidates, _ := ask(t, x, event(t, tt.call, tt.more))
		if got := strings.Join(candidates, " "); got != tt.want {
			t.Errorf("%s%s: selected %q, want %q", tt.call, tt.more, got, tt.want)
		}
	}
	if x.Rule("off") != nil || x.Rule("two") == nil || len(x.Rules()) != 7 {
		t.Error("the rules in force are not those that were not disabled")
	}
}

// Records of network activity repeat calls without their parameters, so only rules made for them see them.
func TestSelectOfNetworkActivity(t *testing.T) {
	network := rule("network", "*/*")
	network.Network = true
	x := detect.Build([]*detect.Rule{rule("exact", "s3.amazonaws.com/DeleteBucket"), rule("source", "s3.amazonaws.com/*"), rule("all", "*/*"), network}, nil)
	for _, tt := range []struct{ call, more, want string }{
		{"s3/DeleteBucket", `,"eventCategory":"Management"`, "exact source all network exposure"},
		{"s3/DeleteBucket", `,"eventCategory":"NetworkActivity","eventType":"AwsVpceEvent"`, "network"},
		{"s3/PutBucketAcl", `,"eventCategory":"NetworkActivity","resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b1"}]`, "network"},
		{"s3-control/PutAccountPublicAccessBlock", `,"eventCategory":"NetworkActivity"`, "network"},
	} {
		candidates, _ := ask(t, x, event(t, tt.call, tt.more))
		if got := strings.Join(candidates, " "); got != tt.want {
			t.Errorf("%s%s: selected %q, want %q", tt.call, tt.more, got, tt.want)
		}
	}
}

func TestSelectKeepsWhatIsThere(t *testing.T) {
	x := detect.Build([]*detect.Rule{rule("a", "s3.amazonaws.com/GetObject")}, nil)
	raw := event(t, "s3/GetObject", "")
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		t.Fatal(err)
	}
	if got := x.Select(&h, raw, []string{"a"}); !slices.Equal(got, []string{"a", "a"}) {
		t.Errorf("appended to [a]: %v", got)
	}
}

// Whatever the rules, Select names exactly those whose patterns fit.
func TestSelectIsWhatThePatternsSay(t *testing.T) {
	sources, names := []string{"s3", "iam", "ec2"}, []string{"Get", "GetObject", "Put", "PutThing"}
	rapid.Check(t, func(r *rapid.T) {
		source := rapid.SampledFrom(append(sources, "*")).Draw(r, "source")
		name := rapid.SampledFrom([]string{"*", "Get", "Get*", "Put*", "PutThing"}).Draw(r, "name")
		pattern := "*/" + name
		if source != "*" {
			pattern = source + ".amazonaws.com/" + name
		}
		x := detect.Build([]*detect.Rule{rule("it", pattern)}, nil)
		s, n := rapid.SampledFrom(sources).Draw(r, "s"), rapid.SampledFrom(names).Draw(r, "n")
		prefix, wild := strings.CutSuffix(name, "*")
		want := (source == "*" || source == s) && (n == name || wild && strings.HasPrefix(n, prefix))
		candidates, _ := ask(t, x, event(t, s+"/"+n, ""))
		if got := slices.Contains(candidates, "it"); got != want {
			r.Fatalf("%s for %s/%s: selected %v", pattern, s, n, got)
		}
	})
}

func TestMatch(t *testing.T) {
	quiet := rule("quiet", "s3.amazonaws.com/GetObject")
	quiet.Match = func(*detect.Input) *detect.Hit { return nil }
	x := detect.Build([]*detect.Rule{
		rule("loud", "s3.amazonaws.com/GetObject"), quiet, rule("state", detect.OnExposure), rule("burst", detect.OnBurst),
	}, nil)
	in := input(t, event(t, "s3/GetObject", `,"requestParameters":{"bucketName":"b1"}`))
	ids := func(matches []detect.Match) string {
		var out []string
		for _, m := range matches {
			out = append(out, m.Rule.ID)
		}
		return strings.Join(out, " ")
	}
	if got := ids(x.Match(in, []string{"loud", "quiet", "gone", "loud"})); got != "loud" {
		t.Errorf("candidates: %q", got)
	}
	if got := ids(x.Match(in, []string{"loud", detect.OnBurst})); got != "loud burst" {
		t.Errorf("with a burst: %q", got)
	}
	in.Change = &exposure.Change{}
	matches := x.Match(in, []string{detect.OnExposure})
	if got := ids(matches); got != "state" {
		t.Errorf("with a change: %q", got)
	}
	if hit := matches[0].Hit; hit.Severity != alert.High || hit.Bucket != "b1" {
		t.Errorf("the hit was not completed: %+v", hit)
	}
}

func TestJudge(t *testing.T) {
	in := input(t, event(t, "s3/GetObject", ""))
	for name, tt := range map[string]struct {
		hit  detect.Hit
		want alert.Severity
	}{
		"the rule's own":            {detect.Hit{}, alert.High},
		"an attempt is one lower":   {detect.Hit{Attempt: true}, alert.Medium},
		"exact is left as it is":    {detect.Hit{Exact: true}, alert.Info},
		"an exact attempt likewise": {detect.Hit{Exact: true, Attempt: true, Severity: alert.High}, alert.High},
	} {
		r := rule("r")
		r.Match = func(*detect.Input) *detect.Hit { return &tt.hit }
		if got := r.Judge(in).Severity; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	if (&detect.Rule{}).Judge(in) != nil {
		t.Error("a rule without a verdict has one")
	}
}

func TestRunExamples(t *testing.T) {
	r := rule("r", "s3.amazonaws.com/GetObject")
	get, put := string(event(t, "s3/GetObject", "")), string(event(t, "s3/PutObject", ""))
	r.Examples = []detect.Example{{Name: "yes", Record: get, Match: true}, {Name: "no", Record: put}}
	if err := detect.RunExamples(r); err != nil {
		t.Errorf("right examples: %v", err)
	}
	r.Examples = []detect.Example{{Name: "x", Record: get}, {Name: "y", Record: put, Match: true}, {Name: "z", Record: "{"}}
	err := detect.RunExamples(r)
	if err == nil {
		t.Fatal("wrong examples passed")
	}
	for _, want := range []string{`"x" must not match`, `"y" must match`, `"z"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s: %v", want, err)
		}
	}
}
