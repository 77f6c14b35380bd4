package builtin_test

import (
	"regexp"
	"testing"

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
			for name, text := range map[string]string{"title": r.Title, "why": r.Why, "do": r.Do} {
				if len(text) < 10 {
					t.Errorf("%s %q says too little", name, text)
				}
			}
			if len(r.Events) == 0 || r.Match == nil {
				t.Error("no events, or no verdict")
			}
			each(t, "technique", technique, r.Techniques)
			each(t, "control", control, r.Controls)
			examples(t, r)
		})
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
