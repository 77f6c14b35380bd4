package sigma_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// Whatever a rule and a record say: compiling and matching end, and do not panic; a rule that compiles is asked only about
// events it names, and asking it twice gives the same answer.
func FuzzCompileAndMatch(f *testing.F) {
	f.Add(head+"  s: {eventName: 'Put*'}\n  condition: s\n", sample)
	f.Add(head+"  s: {a|re: 'x.*'}\n  t: [a, b]\n  condition: 1 of them and not t\n", sample)
	f.Add(head+"  s: {a|base64offset|contains: xyz, b|cidr: 10.0.0.0/8}\n  condition: all of s*\n", `{"eventName":"x","a":[{"b":1}]}`)
	f.Add(small+"---\ntitle: C\ncorrelation: {type: temporal, rules: [ID], timespan: 5m}\n", sample)
	f.Fuzz(func(t *testing.T, rule, record string) {
		rules, err := sigma.Compile("f.yml", []byte(rule))
		if err != nil {
			if len(err.Error()) < len("f.yml") || !strings.Contains(err.Error(), "f.yml") {
				t.Fatalf("the error names no file: %v", err)
			}
			return
		}
		rec, err := cloudtrail.Decode([]byte(record))
		if err != nil {
			return
		}
		x := detect.Build(rules, nil)
		in := &detect.Input{Record: rec, Raw: []byte(record), Facts: &enrich.Facts{}, Settings: &detect.Settings{}}
		var ids []string
		for _, r := range rules {
			ids = append(ids, r.ID)
		}
		first := x.Match(in, ids)
		if again := x.Match(in, ids); len(again) != len(first) {
			t.Fatalf("%d matches, then %d", len(first), len(again))
		}
		x.Correlate(detect.NewCorrelator(), in, first)
	})
}

// The index never keeps a record from a rule that would match it.
func TestIndexNeverHidesAMatch(t *testing.T) {
	sources := []string{"s3.amazonaws.com", "iam.amazonaws.com"}
	names := []string{"PutObject", "PutObjectAcl", "GetObject"}
	values := rapid.SampledFrom([]string{"PutObject", "putobject", "Put*", "*Acl", "P?tObject", "GetObject", `Put\*`, "*"})
	field := rapid.SampledFrom([]string{"eventName", "eventName|contains", "eventName|startswith", "eventName|endswith", "eventName|re"})
	condition := rapid.SampledFrom([]string{"a", "a and b", "a or b", "a and not b", "not a", "a and (b or c)", "1 of them", "all of them", "not (a or b) or c", "not not a"})
	rapid.Check(t, func(r *rapid.T) {
		search := func(name string) string {
			if rapid.Bool().Draw(r, name+" of source") {
				return "  " + name + ": {eventSource: " + rapid.SampledFrom(sources).Draw(r, name) + "}\n"
			}
			f, v := field.Draw(r, name+" field"), values.Draw(r, name)
			if strings.HasSuffix(f, "re") {
				v = "^P.*"
			}
			return "  " + name + ": {" + f + ": '" + v + "'}\n"
		}
		rules, err := sigma.Compile("t.yml", []byte(head+search("a")+search("b")+search("c")+"  condition: "+condition.Draw(r, "condition")+"\n"))
		if err != nil {
			r.Fatal(err)
		}
		raw, err := json.Marshal(map[string]string{
			"eventID": "e", "eventSource": rapid.SampledFrom(sources).Draw(r, "source"), "eventName": rapid.SampledFrom(names).Draw(r, "name"),
		})
		if err != nil {
			r.Fatal(err)
		}
		x := detect.Build(rules, nil)
		in, selected := ask(t, x, raw)
		if asked := x.Match(in, []string{rules[0].ID}); len(asked) != len(selected) {
			r.Fatalf("events %v: %d matches when asked, %d through the index, of %s", rules[0].Events, len(asked), len(selected), raw)
		}
	})
}
