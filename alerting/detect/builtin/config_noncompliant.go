package builtin

import (
	"cmp"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func configNoncompliant() *detect.Rule {
	return &detect.Rule{
		ID:         "config-noncompliant",
		Title:      "AWS Config reported a noncompliant resource",
		Why:        "A resource violates one of your AWS Config rules, or a remediation for it was started.",
		Do:         "Check the noncompliant resource and its last change.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST CM-6"},
		Events: slices.Concat(
			events("config", "PutEvaluations"),
			events("ssm", "StartAutomationExecution"),
		),
		NoEnd: anAct,
		Match: nonCompliant,
		Examples: []detect.Example{
			match("non-compliant", "config/PutEvaluations", `{"evaluations":[{"complianceResourceId":"b","complianceType":"NON_COMPLIANT"}]}`),
			miss("compliant", "config/PutEvaluations", `{"evaluations":[{"complianceResourceId":"b","complianceType":"COMPLIANT"}]}`),
		},
	}
}

func nonCompliant(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "StartAutomationExecution" {
		if in.Record.SourceIPAddress != "config.amazonaws.com" {
			return nil
		}
		if in.Record.Failed() {
			return nil
		}
		document := param(in, "documentName")
		return &detect.Hit{Resource: document, Detail: "AWS Config " + placed("started a remediation ({}) for a noncompliant resource", cmp.Or(document, "document unknown")) + "."}
	}
	for _, evaluation := range in.Record.RequestParameters.Get("evaluations").List() {
		if evaluation.Get("complianceType").Text() == "NON_COMPLIANT" && !in.Record.Failed() {
			id := evaluation.Get("complianceResourceId").Text()
			return &detect.Hit{Resource: id, Detail: "AWS Config reported " + cmp.Or(id, "a resource") + " as noncompliant."}
		}
	}
	return nil
}
