package incident

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// SilentRule is the rule id of the alerts that tell of a silence. No rule of that id runs: the alert is about events
// that do not come.
const SilentRule = "cloudtrail-silent"

// CanaryRule is the rule id of the alerts that tell of canaries that do not arrive.
const CanaryRule = "canary-missing"

// Missing is what is told when the canaries of a queue do not arrive.
type Missing struct {
	Queue  string        `json:"queue"`
	Since  time.Time     `json:"since"` // when the last that arrived was sent, or when they were first waited for
	Within time.Duration `json:"within"`
}

// ID is the id of the alert.
func (m *Missing) ID() string {
	return alert.NewID(string(State), CanaryRule, m.Queue, m.Since.UTC().Format(time.RFC3339Nano))
}

func (m *Missing) describe(a *alert.Alert) (detail string) {
	a.RuleID, a.Title, a.Severity, a.Score = CanaryRule, "Trailwarden is not receiving events: test events missing", alert.Critical, 90
	a.EventTime, a.Resource = m.Since.UTC(), m.Queue
	a.Why = "Trailwarden sends test events through every queue. If they do not arrive, real events may be lost or late, and so are alerts."
	a.Do = "Check /-/ready, the age of the oldest message in the queue and the sqs:SendMessage permission."
	detail = fmt.Sprintf("no test event sent to queue %s after %s arrived within %s", m.Queue, spelledTime(m.Since), m.Within)
	a.Summary = "Test events do not arrive: " + detail + "."
	return detail
}

// Silence is what is told of a source of events that fell silent.
type Silence struct {
	Account     string        `json:"account,omitempty"` // empty: the whole feed
	AccountName string        `json:"account_name,omitempty"`
	Region      string        `json:"region,omitempty"` // empty: the whole account
	Since       time.Time     `json:"since"`            // of the last event heard
	For         time.Duration `json:"for"`
	Usual       time.Duration `json:"usual"` // the widest gap there was before
}

// ID is the id of the silence's alert.
func (s *Silence) ID() string {
	return alert.NewID(string(State), SilentRule, s.Account, s.Region, s.Since.UTC().Format(time.RFC3339Nano))
}

// AccountID is the account as alerts name it.
func (s *Silence) AccountID() string { return orUnknown(s.Account) }

func orUnknown(text string) string {
	if text == "" {
		return alert.Unknown
	}
	return text
}

// fall opens the incident of a silence, or of a canary that does not arrive, unless it was opened before.
func (b *Book) fall(cmd *Command) *Incident {
	if b.has(cmd.AlertID) || cmd.Silence == nil && cmd.Missing == nil {
		return nil
	}
	i := &Incident{Kind: State, Received: cmd.At.UnixMilli(), Alert: alert.Alert{
		ID: cmd.AlertID, Status: alert.Open, Revision: 1, AccountID: alert.Unknown, Region: alert.Unknown, LastSeen: cmd.At.UTC(),
		Actor:    alert.Actor{ARN: alert.Unknown, Type: alert.Unknown, Name: alert.Unknown},
		Source:   alert.Source{IP: alert.Unknown, Country: alert.Unknown, City: alert.Unknown, Org: alert.Unknown, Network: alert.Unknown, UserAgent: alert.Unknown},
		EventIDs: []string{}, Timeline: []alert.Moment{}, Techniques: []string{}, Controls: []string{}, Remediation: []string{},
	}}
	a, detail := &i.Alert, ""
	if cmd.Silence != nil {
		detail = cmd.Silence.describe(a)
	} else {
		detail = cmd.Missing.describe(a)
	}
	a.Rules, a.FirstSeen = []string{a.RuleID}, a.EventTime
	a.Factors = []alert.Factor{{Name: "silent", Points: a.Score, Detail: detail}}
	addUpdate(a, alert.Update{Time: a.LastSeen, Kind: "opened", Text: detail})
	i.Group = join(string(State), a.AccountID, a.RuleID, a.Region, a.Resource)
	b.index(i)
	b.begin(i, a.EventTime)
	return i
}

// describe says whose silence it is, how bad that is, and where to look.
func (s *Silence) describe(a *alert.Alert) (detail string) {
	a.RuleID, a.AccountID, a.AccountName, a.Region, a.EventTime = SilentRule, s.AccountID(), s.AccountName, orUnknown(s.Region), s.Since.UTC()
	a.Why = "If a trail or its delivery is stopped, activity is no longer recorded. Missing events may be the only sign."
	a.Techniques, a.Controls = []string{"T1562.008"}, []string{"CIS 3.1", "NIST AU-5"}
	detail = fmt.Sprintf("no events for %s (longest gap so far: %s)", lasted(s.For), lasted(s.Usual))
	check := "aws cloudtrail get-trail-status --name TRAIL"
	switch {
	case s.Account == "":
		a.Title, a.Severity, a.Score = "No CloudTrail events received", alert.Critical, 90
		a.Summary = "No events from any account since " + spelledTime(s.Since) + ", although the queues respond: " + detail + "."
		a.Do = "Check that the trail is logging and delivering, that the bucket sends notifications to the queue, and that the queue policy allows it."
	case s.Region == "":
		a.Title, a.Severity, a.Score = "No CloudTrail events from an account", alert.High, 70
		a.Summary = "No events from account " + s.Account + " since " + spelledTime(s.Since) + ", while other accounts send events: " + detail + "."
		a.Do = "Check that the account is still in the organization and that its trail is logging."
	default:
		a.Title, a.Severity, a.Score = "No CloudTrail events from a Region", alert.Medium, 50
		a.Summary = "No events from account " + s.Account + " in Region " + s.Region + " since " + spelledTime(s.Since) + ", while its other Regions send events: " + detail + "."
		a.Do = "Check that the trail still covers all Regions and that the Region is enabled. If nothing runs there any more, resolve this alert."
		check += " --region " + s.Region
	}
	a.Resource = "cloudtrail"
	a.Remediation = []string{check}
	return detail
}

func spelledTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// lasted is a duration in words short enough for a sentence.
func lasted(d time.Duration) string {
	d = d.Round(time.Minute)
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}
