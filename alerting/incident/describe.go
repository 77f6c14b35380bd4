package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// open makes the alert of a new incident.
func (c *changes) open(id string, v *Verdict) alert.Alert {
	rec, facts := c.ev.Record, c.ev.Facts
	a := alert.Alert{
		ID: id, Status: alert.Open, Attempt: v.Hit.Attempt,
		AccountID: cmp.Or(c.ev.account(v.Change), alert.Unknown), AccountName: facts.Account.Name,
		Region:   cmp.Or(rec.Region, alert.Unknown),
		EventIDs: []string{rec.EventID}, EventTime: rec.EventTime, FirstSeen: rec.EventTime, LastSeen: rec.EventTime,
		Techniques: []string{}, Controls: []string{}, Remediation: []string{}, Timeline: c.timeline(),
	}
	if v.Change == nil || v.Change.Scope != exposure.AccountScope {
		a.Bucket = v.Hit.Bucket
	}
	c.lead(&a, v)
	c.noteOn(&a, "opened", v.Hit.Detail)
	return a
}

// lead makes a verdict the one the alert speaks of: its worst.
func (c *changes) lead(a *alert.Alert, v *Verdict) {
	rec, facts := c.ev.Record, c.ev.Facts
	a.RuleID, a.Title, a.Why, a.Do = v.Rule.ID, v.Rule.Title, v.Rule.Why, v.Rule.Do
	a.Severity, a.Score, a.Factors, a.Counterfactual = v.Score.Severity, v.Score.Score, v.Score.Factors, v.Score.Counterfactual
	a.EventName, a.ErrorCode, a.EventTime = rec.EventName, rec.ErrorCode, rec.EventTime
	a.Resource = cmp.Or(v.Hit.Resource, a.Resource)
	a.Actor = actorOf(c.ev.Actor)
	a.Source = sourceOf(rec, facts)
	a.Summary = summary(v, c.ev.Actor, rec)
	if facts.Bucket.Sensitivity > 0 || facts.Bucket.Public {
		a.Sensitivity = &alert.Sensitivity{Points: facts.Bucket.Sensitivity, Reasons: facts.Bucket.Reasons}
	}
	if v.Change != nil {
		a.Exposure = exposureOf(v, a.Exposure)
	}
	c.addRule(a, v)
}

func (c *changes) addRule(a *alert.Alert, v *Verdict) {
	a.Rules = appendNew(a.Rules, v.Rule.ID)
	for _, t := range v.Rule.Techniques {
		a.Techniques = appendNew(a.Techniques, t)
	}
	for _, t := range v.Rule.Controls {
		a.Controls = appendNew(a.Controls, t)
	}
}

// grow adds a further event, or a further verdict on the same event, to a live incident.
func (c *changes) grow(i *Incident, v *Verdict) {
	a, rec := &i.Alert, c.ev.Record
	fresh := !slices.Contains(a.EventIDs, rec.EventID)
	a.EventIDs = appendEvent(a.EventIDs, rec.EventID)
	later := !rec.EventTime.Before(a.LastSeen)
	if rec.EventTime.After(a.LastSeen) {
		a.LastSeen = rec.EventTime
	}
	if rec.EventTime.Before(a.FirstSeen) {
		a.FirstSeen = rec.EventTime
	}
	if fresh {
		a.Timeline = appendMoment(a.Timeline, c.moment())
	}
	before := a.Severity
	switch {
	case !v.confirms() && outweighs(v, a), v.Score.Score == a.Score && c.firstOpens(i):
		c.lead(a, v)
		i.Call, i.Deed = call(c.ev.Actor, rec), v.Change != nil && v.Change.Kind == exposure.Unchanged
		if a.Severity > before {
			i.renew()
			c.note(i, "escalated", fmt.Sprintf("%s to %s. %s", before, a.Severity, v.Hit.Detail))
		} else {
			c.note(i, "grew", v.Hit.Detail)
		}
	case fresh:
		if v.Change != nil && v.Change.Proof == "" && later && v.Change.Resource == a.Resource && v.Change.Kind != exposure.Unchanged {
			i.Call = call(c.ev.Actor, rec)
			if a.Exposure != nil {
				a.Exposure = exposureOf(v, a.Exposure)
			}
		}
		if later && v.counts() && a.RuleID == v.Rule.ID {
			a.Summary = summary(v, c.ev.Actor, rec) // the number is what it is about
		}
		c.addRule(a, v)
		c.note(i, "grew", v.Hit.Detail)
	default:
		c.addRule(a, v)
	}
	c.touch(i)
}

// counts reports whether a verdict is on a number of calls.
func (v *Verdict) counts() bool {
	return v.Rule.Correlation != nil || slices.Contains(v.Rule.Events, detect.OnBurst)
}

// confirms reports whether a verdict only shows that somebody uses what is known to be open: the alert goes on to speak of
// the one who opened it.
func (v *Verdict) confirms() bool {
	return v.Change != nil && v.Change.Proof != "" && !v.Change.Unexplained
}

// outweighs reports whether a verdict is worse than what the alert speaks of. Of two that both come to a hundred it is
// the one with more points before the cut.
func outweighs(v *Verdict, a *alert.Alert) bool {
	if v.Score.Score != a.Score || v.Score.Severity != a.Severity {
		return v.Score.Score > a.Score || v.Score.Severity > a.Severity
	}
	return score.Uncut(v.Score.Factors) > score.Uncut(a.Factors)
}

// firstOpens reports whether the event lets somebody in where the incident was only of guards taken away: from then on
// that is what it speaks of.
func (c *changes) firstOpens(i *Incident) bool {
	return i.Kind == Exposure && !slices.ContainsFunc(i.Parts, func(p Part) bool { return p.Open }) &&
		slices.ContainsFunc(c.ev.Changes, func(change *exposure.Change) bool { return opens(change.Kind) })
}

// note adds an update to the incident's story.
func (c *changes) note(i *Incident, kind, text string) { c.noteOn(&i.Alert, kind, text) }

func (c *changes) noteOn(a *alert.Alert, kind, text string) {
	rec := c.ev.Record
	addUpdate(a, alert.Update{Time: rec.EventTime, EventID: rec.EventID, Kind: kind, Text: text})
}

func addUpdate(a *alert.Alert, u alert.Update) {
	const longest = 400 // bytes: an object's name alone may have a thousand
	if len(u.Text) > longest {
		u.Text = strings.ToValidUTF8(u.Text[:longest], "") + "…"
	}
	if len(a.Updates) >= maxUpdates {
		a.Updates = slices.Delete(a.Updates, 1, 2)
		a.Forgotten++
	}
	a.Updates = append(a.Updates, u)
}

// summary is the deed in a sentence, and who made the call, or where it came from.
func summary(v *Verdict, actor cloudtrail.Actor, rec *cloudtrail.Record) string {
	text := strings.TrimSuffix(v.Hit.Detail, ".") + ". "
	at := rec.EventTime.UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case v.Change != nil && v.Change.Kind != exposure.Unchanged && !v.Hit.Attempt:
		return text + call(actor, rec)
	case v.Hit.Attempt:
		text += "Nothing changed. "
	}
	if rec.SourceIPAddress == "" {
		return text + "Time: " + at + "."
	}
	return text + "Source: " + rec.SourceIPAddress + ", " + at + "."
}

// call says who made a call, from where and when.
func call(actor cloudtrail.Actor, rec *cloudtrail.Record) string {
	from := ""
	if rec.SourceIPAddress != "" {
		from = " from " + rec.SourceIPAddress
	}
	name := who(actor)
	if actor.Name == cloudtrail.Anonymous || name == unknownPrincipal {
		name = "A" + name[1:] // "an" begins the sentence
	}
	return name + " called " + rec.EventName + from + " at " + rec.EventTime.UTC().Format("2006-01-02 15:04:05 UTC") + "."
}

// person names an actor in short, where the role stands elsewhere.
func person(a cloudtrail.Actor) string {
	a.Name = cmp.Or(a.Session, a.Name)
	a.Session = ""
	return who(a)
}

const unknownPrincipal = "an unknown principal"

// who names an actor in a sentence.
func who(a cloudtrail.Actor) string {
	if a.Name == cloudtrail.Anonymous {
		return "an anonymous request"
	}
	if a.Session != "" && a.Session != a.Name {
		return fmt.Sprintf("%s (assumed role %s)", a.Session, a.Name)
	}
	if a.Name == alert.Unknown {
		a.Name = ""
	}
	return cmp.Or(a.Name, a.ARN, unknownPrincipal)
}

// closedText says how a resource was closed; who did it is told beside it.
func (c *changes) closedText(change *exposure.Change) string {
	if change.Superseded != nil {
		return "already removed by a later event that was processed first"
	}
	return c.ev.Record.EventName
}

func (c *changes) narrowedText(change *exposure.Change) string {
	text := fmt.Sprintf("%s by %s removed one public grant; others remain", c.ev.Record.EventName, person(c.ev.Actor))
	if len(change.Reasons) > 0 {
		text += ": " + change.Reasons[0]
	}
	return text
}

func actorOf(a cloudtrail.Actor) alert.Actor {
	return alert.Actor{
		ARN: cmp.Or(a.ARN, alert.Unknown), Type: cmp.Or(a.Type, alert.Unknown), Name: cmp.Or(a.Name, alert.Unknown),
		Session: a.Session, Issuer: a.Issuer,
	}
}

// exposureOf describes what a verdict says, with what was the case before the incident from what was described so far;
// nil: nothing was.
func exposureOf(v *Verdict, known *alert.Exposure) *alert.Exposure {
	ch := v.Change
	e := &alert.Exposure{
		Before: string(ch.Before), After: string(ch.Now), Attempted: string(ch.Attempted), Reach: cmp.Or(string(ch.Reach), "none"),
		Scope: string(ch.Scope), Grant: cmp.Or(v.Hit.Grant, ch.Grant), Blocks: ch.Blocks, Unseen: ch.Unseen, Confidence: string(ch.Confidence),
		Reasons: append([]string{}, ch.Reasons...),
	}
	if known != nil {
		e.Before, e.Widest, e.WidestSince = known.Before, known.Widest, known.WidestSince
	}
	return e
}

func (c *changes) timeline() []alert.Moment {
	recent := c.ev.Facts.History.Recent
	out := make([]alert.Moment, 0, len(recent)+1)
	for _, m := range recent {
		out = append(out, alert.Moment{Time: m.Time.UTC(), Name: m.Name, Bucket: m.Bucket, Error: m.Error, IP: m.IP, First: m.First})
	}
	return appendMoment(out, c.moment())
}

// moment is the event itself in its actor's timeline.
func (c *changes) moment() alert.Moment {
	rec := c.ev.Record
	return alert.Moment{
		Time: rec.EventTime.UTC(), Name: rec.EventName, Bucket: rec.Bucket(), Error: rec.ErrorCode, IP: rec.SourceIPAddress, First: c.ev.Facts.History.First,
	}
}

const maxTimeline = 64

// appendMoment adds a moment where its time belongs.
func appendMoment(list []alert.Moment, m alert.Moment) []alert.Moment {
	at, _ := slices.BinarySearchFunc(list, m.Time, func(x alert.Moment, t time.Time) int {
		if x.Time.After(t) {
			return 1
		}
		return -1
	})
	list = slices.Insert(list, at, m)
	if len(list) > maxTimeline {
		list = slices.Delete(list, 0, len(list)-maxTimeline)
	}
	return list
}
