package alert

import "time"

// StoryRef names the story that an alert is a part of: the alerts of one actor in one episode.
type StoryRef struct {
	ID       string   `json:"id"`       // that of its first alert
	Severity Severity `json:"severity"` // of the story; see Story
	Alerts   int      `json:"alerts"`   // how many it has
	Actor    string   `json:"actor"`    // name of the user, role, person or account whose story it is
}

// MaxStoryParts is how many parts a Story lists; further ones are only counted.
const MaxStoryParts = 200

// Story is what one actor did in one episode, in its latest state.
type Story struct {
	ID string `json:"id"`
	// Severity is that of the worst part that is open or acknowledged, or of the worst of all once none is; one step more
	// where the parts complete a known pattern of attack.
	Severity    Severity  `json:"severity"`
	AccountID   string    `json:"account_id"`
	AccountName string    `json:"account_name,omitempty"`
	Actor       string    `json:"actor"`
	FirstSeen   time.Time `json:"first_seen"`
	LastSeen    time.Time `json:"last_seen"`
	Alerts      int       `json:"alerts"` // how many parts it has, listed or not
	Parts       []Part    `json:"parts"`  // by time of the first event, at most MaxStoryParts
}

// Part is an alert as a line of its story.
type Part struct {
	AlertID  string     `json:"alert_id"`
	Time     time.Time  `json:"time"` // of the event that raised it
	RuleID   string     `json:"rule_id"`
	Severity Severity   `json:"severity"`
	Attempt  bool       `json:"attempt"`
	Sentence string     `json:"sentence"`
	Resource string     `json:"resource"`
	Status   Status     `json:"status"`
	EndedAt  *time.Time `json:"ended_at"`
	EventIDs []string   `json:"event_ids"`
}

// Part gives the alert as a line of its story.
func (a *Alert) Part() Part {
	p := Part{
		AlertID: a.ID, Time: a.EventTime, RuleID: a.RuleID, Severity: a.Severity, Attempt: a.Attempt, Sentence: a.Summary,
		Resource: a.Resource, Status: a.Status, EndedAt: a.ResolvedAt, EventIDs: a.EventIDs,
	}
	if len(a.Factors) > 0 && a.Factors[0].Detail != "" {
		p.Sentence = a.Factors[0].Detail
	}
	return p
}

// StoryPage is a part of a list of stories, newest first.
type StoryPage struct {
	Stories []*Story
	Next    string // cursor of the page behind it; empty if there is none
}
