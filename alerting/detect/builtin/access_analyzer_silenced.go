package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func accessAnalyzerSilenced() *detect.Rule {
	return &detect.Rule{
		ID:         "access-analyzer-silenced",
		Title:      "IAM Access Analyzer findings suppressed",
		Why:        "Findings about resources shared outside the account are archived, or the analyzer was deleted.",
		Do:         "Delete the archive rule or recreate the analyzer, then review the archived findings.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("access-analyzer", "CreateArchiveRule", "UpdateArchiveRule", "ApplyArchiveRule", "DeleteAnalyzer", "UpdateFindings"),
		NoEnd:      unproven,
		Match:      silenceAnalyzer,
		Examples: []detect.Example{
			match("archive rule", "access-analyzer/CreateArchiveRule", `{"analyzerName":"a","ruleName":"r"}`),
			miss("finding reopened", "access-analyzer/UpdateFindings", `{"status":"ACTIVE"}`),
		},
	}
}

func silenceAnalyzer(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "UpdateFindings" {
		if param(in, "status") != "ARCHIVED" {
			return nil
		}
		return at(alert.Low, say(in, "archived IAM Access Analyzer findings", ""))
	}
	return tried("suppressed IAM Access Analyzer findings ("+in.Record.EventName+"): {}", "ruleName", "analyzerName")(in)
}
