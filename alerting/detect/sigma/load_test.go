package sigma_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
)

const small = "title: T\nid: ID\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: A}, condition: s}\n"

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func named(id string) string { return strings.Replace(small, "ID", id, 1) }

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	one := put(t, dir, "one.rule", named("one"))
	put(t, dir, "two.yml", named("two")+"---\n"+named("three")+"---\n# nothing\n")
	put(t, dir, "deep/er/four.yaml", named("four"))
	put(t, dir, "notes.txt", "not a rule")
	for name, tt := range map[string]struct {
		paths []string
		want  string
	}{
		"a file":    {[]string{one}, "one"},
		"a folder":  {[]string{dir}, "four two three"},
		"a pattern": {[]string{dir + "/*.yml"}, "two three"},
		"several":   {[]string{one, dir + "/deep"}, "one four"},
		"none":      {nil, ""},
	} {
		rules, err := sigma.Load(tt.paths)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var ids []string
		for _, r := range rules {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// Every fault is told, each with its file and line, and one bad rule keeps none of the others.
func TestLoadTellsEveryFault(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.yml", "title: A\n")
	put(t, dir, "b.yml", named("b")+"---\ntitle: [\n")
	put(t, dir, "c.yml", named("c"))
	put(t, dir, "d.yml", named("c"))
	put(t, dir, "e.yml", strings.Repeat("#", 1<<20+1))
	rules, err := sigma.Load([]string{dir, dir + "/nothing.yml", "[", dir + "/d.yml"})
	if err == nil || rules != nil {
		t.Fatalf("loaded %v, error %v", rules, err)
	}
	for _, want := range []string{"a.yml:1: no logsource", "b.yml: no YAML", `"c" is the name`, "c.yml:1", "e.yml: larger than", "nothing.yml: no such file", "[: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	var fault *sigma.Error
	if !errors.As(err, &fault) {
		t.Error("the faults are no *sigma.Error")
	}
}

func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"- a\n":                                  "t.yml:1: no Sigma rule",
		"logsource: {}\n":                        "t.yml:1: no title",
		"title: T\naction: global\n":             "t.yml:2: action is not supported",
		"title: T\nlevel: severe\n":              "t.yml:2: level \"severe\"",
		"title: T\nlevel: info\n":                "t.yml:2: level \"info\"",
		"title: T\nlogsource:\n  product: aws\n": "t.yml:3: log source \"aws\", \"\"",
		"title: T\nlogsource: {product: windows, service: security}\n": "only rules with product: aws",
		"title: T\nlogsource: {product: aws, service: cloudtrail}\n":   "no detection",
		head + "  s: {a: b}\n":                                                                               "t.yml:4: no condition",
		head + "  s: {a: b}\n  condition: []\n":                                                              "t.yml:5: no condition",
		head + "  s: {a: b}\n  condition: {a: b}\n":                                                          "t.yml:5: a condition must be text",
		head + "  s: {a: b}\n  condition: [{a: b}]\n":                                                        "t.yml:5: a condition must be text",
		head + "  s: {a: b}\n  condition: s and\n":                                                           "t.yml:5: the condition \"s and\" cannot be read",
		head + "  s: {a: b}\n  condition: s t\n":                                                             "names the search \"t\"",
		head + "  s: {a: b}\n  condition: (s\n":                                                              "cannot be read",
		head + "  s: {a: b}\n  condition: 2 of s\n":                                                          "\"2\" of is not supported",
		head + "  s: {a: b}\n  condition: 1 of t*\n":                                                         "no search is called \"t*\"",
		head + "  s: {a: b}\n  condition: s | count() > 5\n":                                                 "t.yml:5: aggregations",
		head + "  s: {a: b}\n  timeframe: 5m\n  condition: s\n":                                              "t.yml:5: timeframe",
		head + "  s: {a: b}\n  s: {a: c}\n  condition: s\n":                                                  "given twice",
		head + "  s: {a|windash: b}\n  condition: s\n":                                                       "t.yml:4: a|windash: the modifier \"windash\" is not supported",
		head + "  s: {a|expand: '%x%'}\n  condition: s\n":                                                    "\"expand\" is not supported",
		head + "  s: {a|re: '('}\n  condition: s\n":                                                          "regular expression cannot be used",
		head + "  s: {a|re: '(?=x)'}\n  condition: s\n":                                                      "regular expression cannot be used",
		head + "  s: {a|cidr: b}\n  condition: s\n":                                                          "no address range",
		head + "  s: {a|gt: b}\n  condition: s\n":                                                            "goes with a number",
		head + "  s: {a|contains|startswith: b}\n  condition: s\n":                                           "more than one comparison",
		head + "  s: {a|i: b}\n  condition: s\n":                                                             "flags of re",
		head + "  s: {a|exists: b}\n  condition: s\n":                                                        "true or false",
		head + "  s: {a|exists|contains: true}\n  condition: s\n":                                            "no other modifier",
		head + "  s: {a|fieldref|re: b}\n  condition: s\n":                                                   "text or numbers only",
		head + "  s: {a|base64|re: b}\n  condition: s\n":                                                     "base64 goes with",
		head + "  s: {a|base64offset: b}\n  condition: s\n":                                                  "needs contains",
		head + "  s: {a|base64: 'b*'}\n  condition: s\n":                                                     "without wildcards",
		head + "  s: {a|contains: null}\n  condition: s\n":                                                   "null goes with no modifier",
		head + "  s: {a: []}\n  condition: s\n":                                                              "empty list",
		head + "  s: {}\n  condition: s\n":                                                                   "t.yml:4: an empty mapping matches everything",
		head + "  s: [{}]\n  condition: s\n":                                                                 "t.yml:4: an empty mapping matches everything",
		head + "  s: {a: b, a: c}\n  condition: s\n":                                                         "t.yml:4: the key \"a\" is given twice",
		head + "  s: {a: b}\n  t: {a: c}\n  condition: s\n  condition: t\n":                                  "t.yml:7: the key \"condition\" is given twice",
		head + "  s: {a|: b}\n  condition: s\n":                                                              "t.yml:4: a|: no modifier after |",
		head + "  s: {a: b}\n  condition: not\n":                                                             "t.yml:5: the condition \"not\" cannot be read",
		head + "  s: []\n  condition: s\n":                                                                   "empty list",
		head + "  s: {a: {b: c}}\n  condition: s\n":                                                          "a mapping is no value",
		head + "  s: {a: [[b]]}\n  condition: s\n":                                                           "a list in a list",
		head + "  s: [[a]]\n  condition: s\n":                                                                "a list in a list",
		head + "  s: [null]\n  condition: s\n":                                                               "keyword must be text",
		head + "  s: {'|contains': [a]}\n  condition: s\n":                                                   "no modifier but all",
		head + "  s: &s [*s]\n  condition: s\n":                                                              "a list in a list",
		head + "  s: {a: b}\n  condition: " + strings.Repeat("(", 60) + "s" + strings.Repeat(")", 60) + "\n": "brackets in one another",
		head + "  s: {a: b}\n  condition: " + strings.Repeat("s or ", 600) + "s\n":                           "more than 1000 words",
	} {
		_, err := sigma.Compile("t.yml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives the error %v\nwant %s", text, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		named("the-id"): "the-id",
		strings.Replace(small, "id: ID\n", "name: nick\n", 1):                       "nick",
		strings.Replace(small, "title: T\nid: ID\n", "title: Bucket, opened!\n", 1): "bucket-opened",
	} {
		rules, err := sigma.Compile("t.yml", []byte(text))
		if err != nil || rules[0].ID != want {
			t.Errorf("%s: %v, error %v", text, rules, err)
		}
	}
}

func TestAnchors(t *testing.T) {
	if !judge(t, "  a: &a {eventName: PutBucketPolicy}\n  b: *a\n  condition: b\n", sample) {
		t.Error("an alias does not stand for its anchor")
	}
}

func TestCorrelationRules(t *testing.T) {
	base := strings.Replace(named("base"), "id:", "name: nick\nid:", 1) + "---\ntitle: Many\nid: many\nlevel: high\ncorrelation:\n"
	for text, want := range map[string]string{
		"  type: event_count\n  rules: [nick]\n  group-by: [userIdentity.arn]\n  timespan: 5m\n  condition: {gte: 2}\n": "",
		"  type: value_count\n  rules: base\n  timespan: 1d\n  condition: {gt: 2, field: eventName}\n":                  "",
		"  type: temporal\n  rules: [base]\n  timespan: 2w\n  generate: true\n":                                         "",
		"  type: temporal_ordered\n  rules: [base]\n  timespan: 30s\n":                                                  "",
		"  type: average\n  rules: [base]\n":                                                                            "t.yml:11: correlation: the type \"average\"",
		"  type: event_count\n  rules: [base]\n  timespan: 5m\n":                                                        "no condition",
		"  type: event_count\n  rules: [base]\n  timespan: 5m\n  condition: {lt: 5}\n":                                  "\"lt\" is not supported",
		"  type: event_count\n  rules: [base]\n  timespan: 5m\n  condition: {gte: 5000}\n":                              "from 1 to 1000",
		"  type: event_count\n  rules: [base]\n  timespan: 5m\n  condition: {gte: 5, field: a}\n":                       "goes with value_count",
		"  type: value_count\n  rules: [base]\n  timespan: 5m\n  condition: {field: a}\n":                               "no count",
		"  type: event_count\n  rules: [base]\n  condition: {gte: 5}\n":                                                 "no timespan",
		"  type: event_count\n  rules: [base]\n  timespan: 5 minutes\n  condition: {gte: 5}\n":                          "no time span like",
		"  type: event_count\n  rules: [gone]\n  timespan: 5m\n  condition: {gte: 5}\n":                                 "no rule has the id or name \"gone\"",
		"  type: event_count\n  timespan: 5m\n  condition: {gte: 5}\n":                                                  "no rules",
		"  type: event_count\n  rules: [many]\n  timespan: 5m\n  condition: {gte: 5}\n":                                 "a correlation itself",
		"  type: temporal\n  rules: [base]\n  timespan: 5m\n  condition: {gte: 5}\n":                                    "takes no condition",
		"  type: temporal\n  rules: [base]\n  timespan: 5m\n  aliases: {a: b}\n":                                        "\"aliases\" is not supported",
		"  rules: [base]\n": "no type",
	} {
		rules, err := sigma.Compile("t.yml", []byte(base+text))
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s\ngives the error %v\nwant %s", text, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if c := rules[1].Correlation; c == nil || c.Rules[0] != "base" || rules[0].Hidden == strings.Contains(text, "generate") {
			t.Errorf("%s: read as %+v, base hidden %v", text, c, rules[0].Hidden)
		}
	}
	if _, err := sigma.Compile("t.yml", []byte("title: T\ncorrelation: x\n")); err == nil {
		t.Error("a correlation that is text was read")
	}
}

// A correlation of a file tells of the second matching event within the span, and its base rule stays silent.
func TestCorrelationEndToEnd(t *testing.T) {
	rules, err := sigma.Compile("t.yml", []byte(named("base")+"---\ntitle: Many\nid: many\nlevel: high\ncorrelation:\n"+
		"  type: value_count\n  rules: [base]\n  group-by: [userIdentity.arn]\n  timespan: 5m\n  condition: {gte: 2, field: requestParameters.bucketName}\n"))
	if err != nil {
		t.Fatal(err)
	}
	x, c := detect.Build(rules, nil), detect.NewCorrelator()
	var told []string
	for _, bucket := range []string{"b1", "b1", "b2"} {
		raw := `{"eventID":"` + bucket + `","eventTime":"2026-03-02T10:00:00Z","eventName":"A","userIdentity":{"arn":"u"},"requestParameters":{"bucketName":"` + bucket + `"}}`
		in, matches := ask(t, x, []byte(raw))
		for _, m := range x.Correlate(c, in, matches) {
			told = append(told, m.Rule.ID+" "+m.Hit.Severity.String()+" "+m.Hit.Resource)
		}
	}
	if strings.Join(told, ",") != "many high u" {
		t.Errorf("told %q", told)
	}
}
