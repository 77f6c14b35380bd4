package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func detectiveDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "detective-disabled",
		Title:      "Detective switched off",
		Why:        "Detective keeps the graph an investigation works with; deleting it removes the evidence.",
		Do:         "Create the graph again; ask the actor why.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("detective", "DeleteGraph", "DeleteMembers", "DisassociateMembership", "DisableOrganizationAdminAccount"),
		Match:      tried("removed Detective", "graphArn"),
		Examples: []detect.Example{
			match("deleted", "detective/DeleteGraph", `{"graphArn":"g"}`),
			miss("created", "detective/CreateGraph", ``),
		},
	}
}
