package builtin

import (
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/enrich/history"
)

func cloudtrailInsightsOff() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-insights-off",
		Title:      "CloudTrail Insights disabled",
		Why:        "Unusual API call rates are no longer reported.",
		Do:         "Restore the insight selectors and ask the actor for the reason.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("cloudtrail", "PutInsightSelectors"),
		Ends:       events("cloudtrail", "PutInsightSelectors"),
		Match: undone(insightsOff,
			undo{by: []string{"PutInsightSelectors"}, over: []string{"PutInsightSelectors"}, of: []string{"trailName"}},
		),
		Examples: []detect.Example{
			ending(match("until it is undone", "cloudtrail/PutInsightSelectors", `{"trailName":"main","insightSelectors":[]}`), "cloudtrail/PutInsightSelectors", `{"trailName":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}`),
			match("none left", "cloudtrail/PutInsightSelectors", `{"trailName":"main","insightSelectors":[]}`),
			miss("one kept", "cloudtrail/PutInsightSelectors", `{"trailName":"main","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}`),
		},
	}
}

func insightsOff(in *detect.Input) *detect.Hit {
	if len(in.Record.RequestParameters.Get("insightSelectors").List()) > 0 {
		return nil
	}
	hit := say(in, "disabled CloudTrail Insights on trail {}", lastPart(param(in, "trailName")))
	if trailMade(in) {
		return at(alert.Info, hit)
	}
	return hit
}

// trailMade reports whether the actor made a trail a moment ago: the console then puts empty selectors on it.
func trailMade(in *detect.Input) bool {
	return slices.ContainsFunc(in.Facts.History.Recent, func(m history.Moment) bool {
		return m.Name == "CreateTrail" && m.Error == "" && in.Record.EventTime.Sub(m.Time).Abs() <= time.Minute
	})
}
