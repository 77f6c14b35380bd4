package sigma_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// What Wants says of a record before it is decoded never takes a match away, whatever form the record's values have.
func TestWantsLosesNoMatch(t *testing.T) {
	fields := []string{
		"userAgent", "userIdentity.type", "userIdentity.arn", "sourceIPAddress", "errorCode", "eventName", "awsRegion", "requestParameters.name",
		"userIdentity.sessionContext.sessionIssuer.type",
	}
	rapid.Check(t, func(t *rapid.T) {
		search := func(name string) string {
			var lines []string
			for _, field := range rapid.SliceOfNDistinct(rapid.SampledFrom(fields), 1, 3, rapid.ID[string]).Draw(t, name) {
				modifier := rapid.SampledFrom([]string{"", "|contains", "|startswith", "|endswith", "|cased"}).Draw(t, "modifier")
				value := rapid.SampledFrom([]string{"'root'", "'Root'", "'*'", "'ro*t'", "'oo'", "'kelvin'", "'arn:aws'", "''", "'5'"}).Draw(t, "value")
				if rapid.IntRange(0, 7).Draw(t, "null") == 0 {
					modifier, value = "", "null"
				}
				lines = append(lines, fmt.Sprintf("    %s%s: %s\n", field, modifier, value))
			}
			return "  " + name + ":\n" + strings.Join(lines, "")
		}
		condition := rapid.SampledFrom([]string{"a", "not a", "a and not b", "a or b", "not a and not b", "not (a and b)"}).Draw(t, "condition")
		rules, err := sigma.Compile("test.yml", []byte(head+search("a")+search("b")+"  condition: "+condition+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		value := func(name string) string {
			return rapid.SampledFrom([]string{
				`"root"`, `"Root user"`, `"\u0072oot"`, `""`, `null`, `5`, `true`, `["root"]`, `["a","root"]`, `[]`, `{"x":"root"}`, `"\u212aelvin"`, `"Kelvin"`, `"arn:aws:iam"`,
			}).Draw(t, name)
		}
		raw := fmt.Sprintf(`{"eventID":"e1","eventSource":"s3.amazonaws.com"%s}`, strings.Join([]string{
			"", `"eventName":` + value("eventName"), `"userAgent":` + value("userAgent"), `"sourceIPAddress":` + value("sourceIPAddress"),
			`"errorCode":` + value("errorCode"), `"requestParameters":{"name":` + value("name") + `}`,
			`"userIdentity":` + rapid.SampledFrom([]string{
				`{"type":` + value("type") + `,"arn":` + value("arn") + `,"sessionContext":{"sessionIssuer":{"type":` + value("issuer") + `}}}`, `null`, `[{"type":"root"}]`, `"root"`,
			}).Draw(t, "identity"),
		}, ","))
		var h cloudtrail.Header
		if _, err := h.Scan([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		in := &detect.Input{Record: decoded(t, raw), Raw: []byte(raw)}
		if hit := rules[0].Match(in); hit != nil && !rules[0].Wants(&h, []byte(raw)) {
			t.Fatalf("a match is lost: %s of\n%s", condition, raw)
		} else if selected := beside(t, rules[0]).Select(&h, []byte(raw), nil); hit != nil && !slices.Contains(selected, rules[0].ID) {
			t.Fatalf("a match is not found by its literals: %s of\n%s", condition, raw)
		}
	})
}

// beside is an index of a rule and of others, with whose literals its own begin and end.
func beside(t *rapid.T, rule *detect.Rule) *detect.Index {
	var text strings.Builder
	for n, value := range []string{"o", "ro", "oot us", "user", "not", "arn:aws:iamx"} {
		fmt.Fprintf(&text, "---\n%sid: other-%d\ndetection:\n  s: [{userAgent|contains: '%s'}, {requestParameters.name|contains: '%s'}]\n  condition: s\n",
			strings.TrimSuffix(head, "detection:\n"), n, value, value)
	}
	others, err := sigma.Compile("others.yml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return detect.Build(append(others, rule), nil)
}

func decoded(t *rapid.T, raw string) *cloudtrail.Record {
	rec, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// Looking at the header allocates nothing.
func TestWantsDoesNotAllocate(t *testing.T) {
	rules, err := sigma.Compile("test.yml", []byte(head+"  s: {userIdentity.type: Root, userAgent|contains: [trufflehog, 'scout suite'], errorCode: null}\n  f: {requestParameters.name|contains: payroll}\n  condition: s and not f\n"))
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(sample)
	var h cloudtrail.Header
	if _, err := h.Scan(raw); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { rules[0].Wants(&h, raw) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
