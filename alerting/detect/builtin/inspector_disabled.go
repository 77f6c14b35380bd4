package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func inspectorDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "inspector-disabled",
		Title:      "Amazon Inspector disabled or findings suppressed",
		Why:        "Vulnerabilities in instances, images and functions are no longer reported.",
		Do:         "Enable the scans again and review suppression filters.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST RA-5"},
		Events:     events("inspector2", "Disable", "DisableDelegatedAdminAccount", "DisassociateMember", "CreateFilter"),
		NoEnd:      unproven,
		Match:      inspectorOff,
		Examples: []detect.Example{
			match("off", "inspector2/Disable", `{"accountIds":["111122223333"]}`),
			miss("plain filter", "inspector2/CreateFilter", `{"action":"NONE","name":"f"}`),
		},
	}
}

func inspectorOff(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "CreateFilter" && param(in, "action") != "SUPPRESS" {
		return nil
	}
	return tried("disabled Amazon Inspector or suppressed its findings {} ("+in.Record.EventName+")", "name")(in)
}
