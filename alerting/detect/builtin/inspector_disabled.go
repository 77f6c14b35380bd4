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
		Events:     events("inspector2", "Disable", "DisableDelegatedAdminAccount", "DisassociateMember", "CreateFilter", "Enable", "EnableDelegatedAdminAccount", "AssociateMember", "DeleteFilter"),
		Ends:       events("inspector2", "Enable", "EnableDelegatedAdminAccount", "AssociateMember", "DeleteFilter"),
		Match: undone(inspectorOff,
			undo{by: []string{"Disable"}, over: []string{"Enable"}, of: []string{"accountIds", "resourceTypes"}},
			undo{by: []string{"DisableDelegatedAdminAccount"}, over: []string{"EnableDelegatedAdminAccount"}, of: []string{"delegatedAdminAccountId"}},
			undo{by: []string{"DisassociateMember"}, over: []string{"AssociateMember"}, of: []string{"accountId"}},
			undo{by: []string{"CreateFilter"}, over: []string{"DeleteFilter"}, of: []string{"arn"}},
		),
		Examples: []detect.Example{
			ending(match("until it is enabled", "inspector2/Disable", `{"accountIds":["111122223333"],"resourceTypes":["EC2","ECR"]}`), "inspector2/Enable", `{"accountIds":["111122223333"],"resourceTypes":["EC2","ECR"]}`),
			ending(match("until the filter is deleted", "inspector2/CreateFilter", `{"action":"SUPPRESS","name":"f"}`, answering(`{"arn":"arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/f1"}`)), "inspector2/DeleteFilter", `{"arn":"arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/f1"}`),
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
