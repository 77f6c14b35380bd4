package pagerduty

import (
	"encoding/json"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// Limits of the Events API v2, in bytes where PagerDuty counts characters.
const (
	maxSummary = 1024
	maxSource  = 255
	maxDetail  = 2000      // of one custom detail at first
	maxDetails = 400 << 10 // of all of them; an event may have 512 KB
)

type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Payload    *payload `json:"payload,omitempty"`
	Client     string   `json:"client,omitempty"`
	ClientURL  string   `json:"client_url,omitempty"`
	Links      []link   `json:"links,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type payload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp string         `json:"timestamp"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Class     string         `json:"class,omitempty"`
	Details   map[string]any `json:"custom_details"`
}

func (n *Notifier) event(a *alert.Alert, action, dedupKey string) event {
	e := event{Action: action, DedupKey: dedupKey}
	if action != "trigger" {
		return e
	}
	e.Client = "Trailwarden"
	if n.opts.Page != nil {
		e.ClientURL = n.opts.Page(a.ID)
		e.Links = []link{{Href: e.ClientURL, Text: "Open alert details"}}
	}
	e.Payload = &payload{
		Summary:   short(wording.Headline(a, 300)+" · "+wording.Summary(a), maxSummary),
		Source:    short(source(a), maxSource),
		Severity:  severity(a.Severity),
		Timestamp: a.EventTime.UTC().Format(time.RFC3339Nano),
		Component: safetext.Middle(wording.Object(a), maxSource),
		Group:     safetext.Middle(safetext.Line(a.AccountID), maxSource),
		Class:     safetext.Middle(safetext.Line(a.RuleID), maxSource),
		Details:   details(a),
	}
	if dedupKey != a.ID {
		e.Payload.Details["first_dedup_key"] = a.ID
		e.Payload.Details["pages_again"] = short(again(a), maxDetail)
	}
	return e
}

// again says why an alert pages once more: who had acknowledged it, and what came since.
func again(a *alert.Alert) string {
	text := "worse since it was acknowledged"
	if a.AcknowledgedBy != "" {
		text += " by " + a.AcknowledgedBy
	}
	if n := len(a.Updates); n > 0 {
		text += ". " + wording.Update(a.Updates[n-1], a.EventTime)
	}
	return text
}

// source is required and never empty.
func source(a *alert.Alert) string {
	if text := safetext.Line(a.Resource); text != "" {
		return text
	}
	return wording.Object(a)
}

// severity maps to the four levels PagerDuty knows.
func severity(s alert.Severity) string {
	switch s {
	case alert.Critical:
		return "critical"
	case alert.High:
		return "error"
	case alert.Medium:
		return "warning"
	default:
		return "info"
	}
}

func short(s string, limit int) string {
	return safetext.Defang(safetext.End(safetext.Line(s), limit-limit/8))
}

// details gives everything a responder asks for. What is too long is cut field by field, so that the longest
// text of a stranger takes nothing from the others.
func details(a *alert.Alert) map[string]any {
	for limit, items := maxDetail, 1000; ; limit, items = limit/2, items/2 {
		d := detailsWithin(a, limit, items)
		if data, err := json.Marshal(d); err == nil && len(data) <= maxDetails || items == 0 {
			return d
		}
	}
}

func detailsWithin(a *alert.Alert, limit, items int) map[string]any {
	d := map[string]any{"score": a.Score, "severity": a.Severity.String(), "attempt": a.Attempt}
	for key, text := range map[string]string{
		"alert_id": a.ID, "account": wording.Account(a), "bucket": a.Bucket, "resource": a.Resource, "sensitivity": wording.Sensitivity(a),
		"actor": wording.Actor(a), "actor_arn": a.Actor.ARN, "source": wording.Source(a), "source_ip": a.Source.IP, "country": a.Source.Country,
		"network": a.Source.Network, "user_agent": a.Source.UserAgent, "event_name": a.EventName, grantKey(a): wording.Grant(a),
		"blocked_by": wording.Blocks(a), "why_it_matters": a.Why, "what_to_do": a.Do,
		// The names of these three until the next release.
		"still_in_the_way": wording.Blocks(a), "why": a.Why, "do": a.Do, "counterfactual": a.Counterfactual, "error_code": a.ErrorCode,
	} {
		if text = short(text, limit); text != "" {
			d[key] = text
		}
	}
	moment := func(m alert.Moment) string { return wording.Moment(m, a.EventTime) }
	update := func(u alert.Update) string { return wording.Update(u, a.EventTime) }
	lists := map[string][]string{
		"remediation": a.Remediation, "remediation_notes": a.RemediationNotes, "event_ids": a.EventIDs, "techniques": a.Techniques, "controls": a.Controls,
		"factors": wording.Factors(a), "timeline": each(a.Timeline, items, moment), "updates": each(a.Updates, items, update),
	}
	if len(a.Buckets) > 1 {
		lists["buckets"] = wording.WorstFirst(a)
	}
	for key, list := range lists {
		if len(list) == 0 {
			continue
		}
		texts := make([]string, 0, min(len(list), items))
		for _, text := range list[:min(len(list), items)] {
			if key == "remediation" {
				texts = append(texts, safetext.Unmention(wording.Command(text, limit)))
				continue
			}
			texts = append(texts, short(text, limit))
		}
		d[key] = texts
	}
	return d
}

// grantKey is the key under which wording.Grant stands.
func grantKey(a *alert.Alert) string {
	if a.Exposure == nil || a.Exposure.Grant == "" {
		return "call"
	}
	return "grant"
}

// each says the first so many of all.
func each[T any](all []T, items int, say func(T) string) []string {
	all = all[:min(len(all), items)]
	texts := make([]string, 0, len(all))
	for _, one := range all {
		texts = append(texts, say(one))
	}
	return texts
}
