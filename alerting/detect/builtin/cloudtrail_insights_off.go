package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailInsightsOff() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-insights-off",
		Title:      "CloudTrail Insights switched off",
		Why:        "Insights would have shown unusual call rates; switching it off removes one of the ways an intrusion is noticed.",
		Do:         "Put the insight selectors back and ask the actor why.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("cloudtrail", "PutInsightSelectors"),
		Match:      insightsOff,
		Examples: []detect.Example{
			match("none left", "cloudtrail/PutInsightSelectors", `{"trailName":"main","insightSelectors":[]}`),
			miss("one kept", "cloudtrail/PutInsightSelectors", `{"trailName":"main","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}`),
		},
	}
}

func insightsOff(in *detect.Input) *detect.Hit {
	if len(in.Record.RequestParameters.Get("insightSelectors").List()) > 0 {
		return nil
	}
	return say(in, "switched off Insights of trail", lastPart(param(in, "trailName")))
}
