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
	a.RuleID, a.Title, a.Severity, a.Score = CanaryRule, "Events do not get through: canaries are missing", alert.Critical, 90
	a.EventTime, a.Resource = m.Since.UTC(), m.Queue
	a.Why = "The daemon's own test events take the way of all others. While they do not arrive, neither does an alert, or it comes too late."
	a.Do = "Look at /-/ready, at the age of the queue's oldest message, and whether the daemon may send to the queue."
	detail = fmt.Sprintf("of those sent to the queue %s after %s none has arrived within %s", m.Queue, spelledTime(m.Since), m.Within)
	a.Summary = "No canary has come through: " + detail + "."
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
	if b.incidents[cmd.AlertID] != nil || cmd.Silence == nil && cmd.Missing == nil {
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
	return i
}

// describe says whose silence it is, how bad that is, and where to look.
func (s *Silence) describe(a *alert.Alert) (detail string) {
	a.RuleID, a.AccountID, a.AccountName, a.Region, a.EventTime = SilentRule, s.AccountID(), s.AccountName, orUnknown(s.Region), s.Since.UTC()
	a.Why = "Who stops a trail, or cuts its way to the queue, acts unseen from then on. A silence is the only trace of it."
	a.Techniques, a.Controls = []string{"T1562.008"}, []string{"CIS 3.1", "NIST AU-5"}
	detail = fmt.Sprintf("nothing heard for %s; the longest silence before was %s", lasted(s.For), lasted(s.Usual))
	check := "aws cloudtrail get-trail-status --name TRAIL"
	switch {
	case s.Account == "":
		a.Title, a.Severity, a.Score = "CloudTrail fell silent altogether", alert.Critical, 90
		a.Summary = "No event of any account has come since " + spelledTime(s.Since) + ", though the queues answer: " + detail + "."
		a.Do = "Look whether the trail still logs and delivers, whether the bucket still notifies the queue, and whether the queue's policy lets it."
	case s.Region == "":
		a.Title, a.Severity, a.Score = "An account fell silent", alert.High, 70
		a.Summary = "No event of account " + s.Account + " has come since " + spelledTime(s.Since) + ", while others do: " + detail + "."
		a.Do = "Look whether the account is still in the organization and its trail still logs: somebody may have stopped it, or left the organization with it."
	default:
		a.Title, a.Severity, a.Score = "A region of an account fell silent", alert.Medium, 50
		a.Summary = "No event of account " + s.Account + " in " + s.Region + " has come since " + spelledTime(s.Since) + ", while other regions do: " + detail + "."
		a.Do = "Look whether the trail is still a multi-region one and the region still enabled. If the work there has ended, resolve the alert."
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
