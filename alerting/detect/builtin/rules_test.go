package builtin_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
)

// Every rule keeps the same contract, whoever wrote it.
func TestEveryRule(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	control := regexp.MustCompile(`^(CIS \d+(\.\d+)*|NIST [A-Z]{2}-\d+)$`)
	seen := map[string]bool{}
	for _, r := range builtin.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			if !kebab.MatchString(r.ID) || seen[r.ID] {
				t.Errorf("id %q is not kebab-case, or is given twice", r.ID)
			}
			seen[r.ID] = true
			sentence(t, "title", r.Title, 60, false)
			sentence(t, "why", r.Why, 220, true)
			sentence(t, "do", r.Do, 220, true)
			if len(r.Events) == 0 || r.Match == nil {
				t.Error("no events, or no verdict")
			}
			each(t, "technique", technique, r.Techniques)
			each(t, "control", control, r.Controls)
			examples(t, r)
			lastingState(t, r)
		})
	}
}

// lastingState holds a rule to naming the calls that end what it tells, with an example of each kind of end, or to saying why
// none does. What the exposure of a bucket tells ends with it.
func lastingState(t *testing.T, r *detect.Rule) {
	t.Helper()
	if (len(r.Ends) == 0) == (r.NoEnd == "") {
		t.Fatal("name the calls that end what the rule tells, or say why none does, and not both")
	}
	if r.NoEnd != "" {
		sentence(t, "no end", r.NoEnd, 220, true)
		return
	}
	for _, call := range r.Ends {
		if call != detect.OnExposure && !slices.Contains(r.Events, call) {
			t.Errorf("%s ends it, and is none of its events", call)
		}
	}
	if r.Exposes || slices.Contains(r.Ends, detect.OnExposure) {
		return
	}
	if !slices.ContainsFunc(r.Examples, func(e detect.Example) bool { return e.End != "" }) {
		t.Error("no example of its end")
	}
}

// sentence holds a text for people to its place: its length, a capital first letter, a full stop or none.
func sentence(t *testing.T, what, text string, most int, stop bool) {
	t.Helper()
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case len(text) < 10 || len(text) > most:
		t.Errorf("%s %q has %d bytes, wanted 10 to %d", what, text, len(text), most)
	case !unicode.IsUpper(first):
		t.Errorf("%s %q does not begin with a capital letter", what, text)
	case strings.HasSuffix(text, ".") != stop:
		t.Errorf("%s %q: a full stop at the end: wanted %t", what, text, stop)
	}
}

func each(t *testing.T, what string, form *regexp.Regexp, values []string) {
	t.Helper()
	if len(values) == 0 {
		t.Errorf("no %s", what)
	}
	for _, v := range values {
		if !form.MatchString(v) {
			t.Errorf("%s %q is not of the form %s", what, v, form)
		}
	}
}

func examples(t *testing.T, r *detect.Rule) {
	t.Helper()
	matches, misses := 0, 0
	for _, e := range r.Examples {
		if e.Match {
			matches++
		} else {
			misses++
		}
	}
	if matches == 0 || misses == 0 {
		t.Errorf("%d examples that match and %d that do not: at least one of each is wanted", matches, misses)
	}
	if err := detect.RunExamples(r); err != nil {
		t.Error(err)
	}
}
