package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func securityhubFindingsHidden() *detect.Rule {
	return &detect.Rule{
		ID:         "securityhub-findings-hidden",
		Title:      "Security Hub findings changed or suppressed",
		Why:        "Updated findings, insights or automation rules can hide true positives.",
		Do:         "Check which findings changed and whether the actor normally works on findings.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("securityhub", "BatchUpdateFindings", "UpdateFindings", "DeleteInsight", "UpdateInsight", "CreateAutomationRule", "BatchUpdateAutomationRules"),
		NoEnd:      "No record holds what the findings, insights and rules were before, so none shows that they are back.",
		Match:      unlessUsual(done("changed Security Hub findings, insights or automation rules {}", "insightArn", "name")),
		Examples: []detect.Example{
			match("insight deleted", "securityhub/DeleteInsight", `{"insightArn":"i"}`),
			miss("insight created", "securityhub/CreateInsight", `{"name":"i"}`),
		},
	}
}
