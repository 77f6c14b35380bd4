package detect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

// stream feeds an index with calls: "name minute user" each; it answers the ids told of, call by call.
func stream(t *testing.T, x *detect.Index, c *detect.Correlator, calls ...string) []string {
	t.Helper()
	var out []string
	for i, call := range calls {
		var name, user string
		var minute int
		if _, err := fmt.Sscan(call, &name, &minute, &user); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 3, 2, 10, minute, 0, 0, time.UTC).Format(time.RFC3339)
		raw := fmt.Appendf(nil, `{"eventID":"e%d","eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":%q,"userIdentity":{"userName":%q},`+
			`"requestParameters":{"bucketName":"b%d"}}`, i, at, name, user, i)
		out = append(out, tell(t, x, c, raw))
	}
	return out
}

func tell(t *testing.T, x *detect.Index, c *detect.Correlator, raw []byte) string {
	t.Helper()
	_, matches := ask(t, x, raw)
	var ids []string
	for _, m := range x.Correlate(c, input(t, raw), matches) {
		ids = append(ids, m.Rule.ID)
	}
	return strings.Join(ids, " ")
}

func correlation(c detect.Correlation) *detect.Index {
	a, b := rule("a", "s3.amazonaws.com/A"), rule("b", "s3.amazonaws.com/B")
	a.Hidden = true
	c.Rules, c.GroupBy, c.Span = []string{"a", "b"}, []string{"userIdentity.userName"}, 10*time.Minute
	return detect.Build([]*detect.Rule{a, b, {ID: "sum", Title: "Sum", Severity: alert.High, Correlation: &c}}, nil)
}

func TestCorrelate(t *testing.T) {
	count := detect.Correlation{Kind: detect.EventCount, Op: ">=", Value: 3}
	values := detect.Correlation{Kind: detect.ValueCount, Op: ">", Value: 1, Field: "requestParameters.bucketName"}
	temporal := detect.Correlation{Kind: detect.Temporal}
	ordered := detect.Correlation{Kind: detect.Ordered}
	for name, tt := range map[string]struct {
		c     detect.Correlation
		calls []string
		want  string
	}{
		"three within the span":         {count, []string{"A 0 u", "A 1 u", "A 2 u"}, "||sum"},
		"told once a span":              {count, []string{"A 0 u", "A 1 u", "A 2 u", "A 3 u"}, "||sum|"},
		"told again later":              {count, []string{"A 0 u", "A 1 u", "A 2 u", "A 20 u", "A 21 u", "A 22 u"}, "||sum|||sum"},
		"too far apart":                 {count, []string{"A 0 u", "A 6 u", "A 12 u"}, "||"},
		"two users":                     {count, []string{"A 0 u", "A 1 v", "A 2 u"}, "||"},
		"late, but within the span":     {count, []string{"A 5 u", "A 9 u", "A 1 u"}, "||sum"},
		"a rule that is told by itself": {count, []string{"B 0 u", "C 1 u", "B 2 u", "B 3 u"}, "b||b|b sum"},
		"different values":              {values, []string{"A 0 u", "A 1 u"}, "|sum"},
		"both rules":                    {temporal, []string{"B 0 u", "B 1 u", "A 2 u"}, "b|b|sum"},
		"in order":                      {ordered, []string{"A 0 u", "B 1 u"}, "|b sum"},
		"out of order":                  {ordered, []string{"B 0 u", "A 1 u"}, "b|"},
		"late, but in order":            {ordered, []string{"B 5 u", "A 1 u"}, "b|sum"},
		"exactly":                       {detect.Correlation{Kind: detect.EventCount, Op: "==", Value: 1}, []string{"A 0 u", "A 1 u"}, "sum|"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(stream(t, correlation(tt.c), detect.NewCorrelator(), tt.calls...), "|"); got != tt.want {
				t.Errorf("told %q, want %q", got, tt.want)
			}
		})
	}
}

// The same record again is answered alike and counted once, and state that was stored goes on where it was.
func TestCorrelateAgainAndRestored(t *testing.T) {
	x := correlation(detect.Correlation{Kind: detect.EventCount, Op: ">=", Value: 2})
	c := detect.NewCorrelator()
	raw := event(t, "s3/A", "")
	for range 3 {
		if got := tell(t, x, c, raw); got != "" {
			t.Fatalf("one event told as %q", got)
		}
	}
	changes, err := c.Changes()
	if err != nil || len(changes) != 1 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	if again, err := c.Changes(); err != nil || len(again) != 0 {
		t.Errorf("told of %d changes twice, %v", len(again), err)
	}
	restored := detect.NewCorrelator()
	for _, text := range changes {
		if err := restored.Restore(text); err != nil {
			t.Fatal(err)
		}
	}
	second := []byte(strings.Replace(string(raw), `"e1"`, `"e2"`, 1))
	for range 2 {
		if got := tell(t, x, restored, second); got != "sum" {
			t.Fatalf("the second event told as %q", got)
		}
	}
	for _, bad := range []string{`[]`, `{"key":"k","seen":"x"}`} {
		if err := restored.Restore([]byte(bad)); err == nil {
			t.Errorf("%s was restored", bad)
		}
	}
	for _, empty := range []string{`null`, `{}`, `{"key":"k"}`} {
		if err := restored.Restore([]byte(empty)); err != nil {
			t.Error(err)
		}
	}
}

// However many groups and matches come, what is remembered stays bounded.
func TestCorrelatorIsBounded(t *testing.T) {
	x := correlation(detect.Correlation{Kind: detect.EventCount, Op: ">=", Value: detect.MaxCorrelated})
	c := detect.NewCorrelator()
	for i := range 10_500 {
		tell(t, x, c, event(t, "s3/A", fmt.Sprintf(`,"userIdentity":{"userName":"u%d"}`, i)))
	}
	for i := range detect.MaxCorrelated * 2 {
		tell(t, x, c, []byte(strings.Replace(string(event(t, "s3/A", "")), "e1", fmt.Sprint("f", i), 1)))
	}
	for i := range 8 {
		tell(t, x, c, event(t, "s3/A", fmt.Sprintf(`,"userIdentity":{"userName":"%s%d"}`, strings.Repeat("u", 1<<20), i)))
	}
	changes, err := c.Changes()
	size := 0
	for _, text := range changes {
		size += len(text)
	}
	if err != nil || size == 0 || size > 4<<20 {
		t.Errorf("%d bytes are remembered, error %v", size, err)
	}
}

// The order of arrival does not matter for whether a count is reached in the end.
func TestCountsComeTrueInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		minutes := rapid.Permutation([]int{0, 2, 4, 6, 8}).Draw(r, "minutes")
		x := correlation(detect.Correlation{Kind: detect.EventCount, Op: ">=", Value: 5})
		calls := make([]string, len(minutes))
		for i, m := range minutes {
			calls[i] = fmt.Sprintf("A %d u", m)
		}
		told := stream(t, x, detect.NewCorrelator(), calls...)
		if told[len(told)-1] != "sum" {
			r.Fatalf("%v: %q", calls, told)
		}
	})
}

// own makes an index of one rule that counts its own matches: calls named A are attempts, others are none.
func own(c detect.Correlation) *detect.Index {
	c.GroupBy, c.Span, c.Op = []string{"userIdentity.userName"}, 10*time.Minute, ">="
	r := rule("r", "s3.amazonaws.com/A")
	r.Events = append(r.Events, "s3.amazonaws.com/B")
	r.Match = func(in *detect.Input) *detect.Hit {
		return &detect.Hit{Attempt: in.Record.EventName == "A", Resource: in.Record.EventName}
	}
	r.Correlation = &c
	return detect.Build([]*detect.Rule{r}, nil)
}

func TestCorrelateOwnMatches(t *testing.T) {
	for name, tt := range map[string]struct {
		c     detect.Correlation
		calls []string
		want  string
	}{
		"none is told by itself":            {detect.Correlation{Kind: detect.EventCount, Value: 3}, []string{"A 0 u", "A 1 u", "A 2 u", "A 3 u"}, "||r|"},
		"different resources":               {detect.Correlation{Kind: detect.ValueCount, Value: 2}, []string{"A 0 u", "A 1 u", "B 2 u"}, "||r"},
		"different resources, enough calls": {detect.Correlation{Kind: detect.ValueCount, Value: 2, Matches: 4}, []string{"A 0 u", "B 1 u", "A 2 u", "A 3 u"}, "|||r"},
		"success after attempts":            {detect.Correlation{Kind: detect.Succeeded, Value: 2}, []string{"A 0 u", "A 1 u", "A 2 u", "B 3 u"}, "|||r"},
		"success after too few":             {detect.Correlation{Kind: detect.Succeeded, Value: 2}, []string{"A 0 u", "B 1 u", "A 2 v"}, "||"},
		"success long after":                {detect.Correlation{Kind: detect.Succeeded, Value: 2}, []string{"A 0 u", "A 1 u", "B 30 u"}, "||"},
		"more attempts than are remembered": {detect.Correlation{Kind: detect.Succeeded, Value: 1}, []string{"A 0 u", "A 1 u", "A 2 u", "A 3 u", "A 4 u", "A 5 u", "B 6 u"}, "||||||r"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(stream(t, own(tt.c), detect.NewCorrelator(), tt.calls...), "|"); got != tt.want {
				t.Fatalf("%s, wanted %s", got, tt.want)
			}
		})
	}
}
