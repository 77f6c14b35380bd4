package story_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/story"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// part is a live part that begins some minutes after the start.
func part(minutes int, severity alert.Severity, steps story.Steps) story.Part {
	at := start.Add(time.Duration(minutes) * time.Minute)
	return story.Part{ID: fmt.Sprint(minutes), Severity: severity, Live: true, First: at, Last: at, Steps: steps}
}

func over(p story.Part) story.Part {
	p.Live = false
	return p
}

func TestAStoryIsAsSevereAsItsWorstUnfinishedPart(t *testing.T) {
	for name, tt := range map[string]struct {
		parts []story.Part
		want  alert.Severity
	}{
		"one":                            {[]story.Part{part(0, alert.Medium, 0)}, alert.Medium},
		"the worst":                      {[]story.Part{part(0, alert.Low, 0), part(1, alert.High, 0)}, alert.High},
		"what is over does not count":    {[]story.Part{part(0, alert.Low, 0), over(part(1, alert.High, 0))}, alert.Low},
		"all over":                       {[]story.Part{over(part(0, alert.Low, 0)), over(part(1, alert.High, 0))}, alert.High},
		"a pattern":                      {[]story.Part{part(0, alert.Medium, story.Identity), part(1, alert.Medium, story.Rights), part(2, alert.Low, story.Persistence)}, alert.High},
		"a pattern in any order":         {[]story.Part{part(0, alert.Medium, story.Persistence), part(1, alert.Medium, story.Rights), part(2, alert.Low, story.Identity)}, alert.High},
		"a part of a pattern":            {[]story.Part{part(0, alert.Medium, story.Identity), part(1, alert.Medium, story.Rights)}, alert.Medium},
		"at most critical":               {[]story.Part{part(0, alert.Critical, story.Read|story.Deleted|story.Note)}, alert.Critical},
		"guessing, then success":         {[]story.Part{part(0, alert.Low, story.Guessed), part(1, alert.Medium, story.SignedIn)}, alert.High},
		"success, then failures":         {[]story.Part{part(0, alert.Medium, story.SignedIn), part(1, alert.Low, story.Guessed)}, alert.Medium},
		"refusals, then a grant":         {[]story.Part{part(0, alert.Low, story.Refused), part(1, alert.High, story.Rights|story.OwnRights)}, alert.Critical},
		"a guard off, opened, then read": {[]story.Part{part(0, alert.High, story.Weakened|story.Opened), part(1, alert.Medium, story.Read)}, alert.Critical},
	} {
		if got := story.Severity(tt.parts); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestAFewFailuresAreNoGuessing(t *testing.T) {
	a := &alert.Alert{RuleID: "console-login-failed", Attempt: true, EventIDs: []string{"1", "2"}}
	if got := story.StepsOf(a, false); got != 0 {
		t.Errorf("two failures are step %b", got)
	}
	a.EventIDs = []string{"1", "2", "3", "4", "5"}
	if got := story.StepsOf(a, false); got != story.Guessed {
		t.Errorf("five failures are step %b", got)
	}
	if got := story.StepsOf(&alert.Alert{RuleID: "iam-admin-granted", Attempt: true, EventIDs: a.EventIDs}, true); got != 0 {
		t.Errorf("denied grants are step %b", got)
	}
}

// put notes an alert of a story in which the actor is the only key.
func put(t *story.Tracker, id, alertID, actor string, at time.Time) {
	t.Put(id, actor, &story.Member{Keys: []string{actor}, From: at, Until: at}, story.Part{ID: alertID, Severity: alert.Low, Live: true, First: at, Last: at})
}

func TestAnEpisodeEndsAfterSixQuietHours(t *testing.T) {
	tr := story.NewTracker()
	put(tr, "s", "s", "eve", start)
	put(tr, "s", "a", "eve", start.Add(5*time.Hour))
	for after, want := range map[time.Duration]string{
		0: "s", 10 * time.Hour: "s", 11 * time.Hour: "", -5 * time.Hour: "s", -6 * time.Hour: "",
	} {
		if got := tr.Find([]string{"eve"}, start.Add(after)); got != want {
			t.Errorf("after %s story %q, want %q", after, got, want)
		}
	}
	if got := tr.Find([]string{"bob"}, start); got != "" {
		t.Errorf("bob is in story %q", got)
	}
}

func TestPartsBeyondThoseListedAreCounted(t *testing.T) {
	tr := story.NewTracker()
	for n := range alert.MaxStoryParts + 50 {
		put(tr, "s", fmt.Sprint(n), "eve", start)
	}
	m := &story.Member{Keys: []string{"eve"}, From: start, Until: start}
	tr.Put("s", "eve", m, story.Part{ID: "worst", Severity: alert.Critical, Live: true, First: start, Last: start})
	if ref := tr.Ref("s"); ref.Alerts != alert.MaxStoryParts+51 || ref.Severity != alert.Critical {
		t.Errorf("%d alerts, %s", ref.Alerts, ref.Severity)
	}
}

func TestTheOldestStoriesAreForgotten(t *testing.T) {
	tr := story.NewTracker()
	tr.Limit(10)
	for n := range 100 {
		put(tr, fmt.Sprint(n), fmt.Sprint(n), fmt.Sprint("actor-", n), start.Add(time.Duration(n)*time.Minute))
	}
	held := 0
	for n := range 100 {
		if tr.Has(fmt.Sprint(n)) {
			held++
		}
	}
	if held > 11 || !tr.Has("99") || tr.Has("50") {
		t.Errorf("%d stories are held", held)
	}
	if got := tr.Find([]string{"actor-0"}, start); got != "" {
		t.Errorf("a forgotten story %q is found", got)
	}
}
