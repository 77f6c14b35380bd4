package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func eventbridgeRuleCut() *detect.Rule {
	return &detect.Rule{
		ID:         "eventbridge-rule-cut",
		Title:      "EventBridge rule disabled or deleted",
		Why:        "Findings and API events no longer reach the targets of this rule.",
		Do:         "Enable or recreate the rule with its targets. Check whether it delivers to Trailwarden.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("events", "DisableRule", "DeleteRule", "RemoveTargets", "EnableRule", "PutRule"),
		Ends:       events("events", "EnableRule", "PutRule"),
		Match:      cutRule,
		Examples: []detect.Example{
			ending(match("until it is undone", "events/DisableRule", `{"name":"r"}`), "events/EnableRule", `{"name":"r"}`),
			match("disabled", "events/DisableRule", `{"name":"findings-to-soc"}`),
			match("put as disabled", "events/PutRule", `{"name":"findings-to-soc","eventPattern":"{\"source\":[\"aws.guardduty\"]}","state":"DISABLED"}`),
			miss("put as enabled", "events/PutRule", `{"name":"findings-to-soc","eventPattern":"{\"source\":[\"aws.guardduty\"]}","state":"ENABLED"}`),
			miss("put", "events/PutRule", `{"name":"nightly","scheduleExpression":"rate(1 day)"}`),
			miss("described", "events/DescribeRule", `{"name":"findings-to-soc"}`),
		},
	}
}

func cutRule(in *detect.Input) *detect.Hit {
	rule := param(in, "name", "rule")
	state := param(in, "state")
	if in.Record.EventName == "EnableRule" || strings.HasPrefix(state, "ENABLED") {
		return over(in, "rule/"+rule, "enabled EventBridge rule "+rule)
	}
	if in.Record.EventName == "PutRule" && state != "DISABLED" {
		return nil
	}
	if in.Record.UserIdentity.InvokedBy != "" {
		return nil // services and stacks tidy up rules of their own
	}
	if in.Record.Failed() && !stopped(in.Record) {
		return nil
	}
	hit := tried("disabled or deleted EventBridge rule {} ("+in.Record.EventName+")", "name", "rule")(in)
	switch {
	case feeds(in, rule):
		hit = at(alert.High, hit)
	case in.Record.Failed():
		hit = at(alert.Medium, hit) // a rule that a service keeps for itself, to see
	}
	return episode("rule/"+rule, hit)
}
