package incident

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// SilentRule is the rule id of the alerts that tell of a silence. No rule of that id runs: the alert is about events
// that do not come.
const SilentRule = "cloudtrail-silent"

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

// fall opens the incident of a silence, unless it was opened before.
func (b *Book) fall(cmd *Command) *Incident {
	s := cmd.Silence
	if s == nil || b.incidents[cmd.AlertID] != nil {
		return nil
	}
	i := &Incident{
		Kind: State, Group: join(string(State), s.AccountID(), SilentRule, s.Region), Received: cmd.At.UnixMilli(),
		Alert: alert.Alert{
			ID: cmd.AlertID, RuleID: SilentRule, Rules: []string{SilentRule}, Status: alert.Open, Revision: 1,
			AccountID: s.AccountID(), AccountName: s.AccountName, Region: orUnknown(s.Region),
			Actor:     alert.Actor{ARN: alert.Unknown, Type: alert.Unknown, Name: alert.Unknown},
			Source:    alert.Source{IP: alert.Unknown, Country: alert.Unknown, City: alert.Unknown, Org: alert.Unknown, Network: alert.Unknown, UserAgent: alert.Unknown},
			EventTime: s.Since.UTC(), FirstSeen: s.Since.UTC(), LastSeen: cmd.At.UTC(),
			EventIDs: []string{}, Timeline: []alert.Moment{}, Techniques: []string{"T1562.008"}, Controls: []string{"CIS 3.1", "NIST AU-5"},
			Why: "Who stops a trail, or cuts its way to the queue, acts unseen from then on. A silence is the only trace of it.",
		},
	}
	s.describe(&i.Alert)
	b.index(i)
	return i
}

// describe says whose silence it is, how bad that is, and where to look.
func (s *Silence) describe(a *alert.Alert) {
	detail := fmt.Sprintf("nothing heard for %s; the longest silence before was %s", lasted(s.For), lasted(s.Usual))
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
	a.Factors = []alert.Factor{{Name: "silent", Points: a.Score, Detail: detail}}
	addUpdate(a, alert.Update{Time: a.LastSeen, Kind: "opened", Text: detail})
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
