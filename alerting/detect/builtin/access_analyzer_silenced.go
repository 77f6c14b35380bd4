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
		Events:     events("access-analyzer", "CreateArchiveRule", "UpdateArchiveRule", "ApplyArchiveRule", "DeleteAnalyzer", "UpdateFindings", "DeleteArchiveRule", "CreateAnalyzer"),
		Ends:       events("access-analyzer", "DeleteArchiveRule", "CreateAnalyzer", "UpdateFindings"),
		Match: undone(silenceAnalyzer,
			undo{by: []string{"CreateArchiveRule", "UpdateArchiveRule"}, over: []string{"DeleteArchiveRule"}, of: []string{"analyzerName", "ruleName"}},
			undo{by: []string{"DeleteAnalyzer"}, over: []string{"CreateAnalyzer"}, of: []string{"analyzerName"}},
			undo{by: []string{"UpdateFindings"}, over: []string{"UpdateFindings"}, of: []string{"ids"}, when: says("status", "ACTIVE")},
		),
		Examples: []detect.Example{
			ending(match("until the rule is deleted", "access-analyzer/CreateArchiveRule", `{"analyzerName":"a","ruleName":"r"}`), "access-analyzer/DeleteArchiveRule", `{"analyzerName":"a","ruleName":"r"}`),
			ending(match("until the analyzer is back", "access-analyzer/DeleteAnalyzer", `{"analyzerName":"a"}`), "access-analyzer/CreateAnalyzer", `{"analyzerName":"a","type":"ACCOUNT"}`),
			ending(match("until the findings are active", "access-analyzer/UpdateFindings", `{"status":"ARCHIVED","ids":["f1","f2"]}`), "access-analyzer/UpdateFindings", `{"status":"ACTIVE","ids":["f2","f1"]}`),
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
