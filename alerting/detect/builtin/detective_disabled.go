package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func detectiveDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "detective-disabled",
		Title:      "Amazon Detective disabled",
		Why:        "The behavior graph used for investigations was deleted or lost member data.",
		Do:         "Create the behavior graph again and ask the actor for the reason.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("detective", "DeleteGraph", "DeleteMembers", "DisassociateMembership", "DisableOrganizationAdminAccount"),
		NoEnd:      unproven,
		Match:      tried("disabled Amazon Detective or removed members of behavior graph {}", "graphArn"),
		Examples: []detect.Example{
			match("deleted", "detective/DeleteGraph", `{"graphArn":"g"}`),
			miss("created", "detective/CreateGraph", ``),
		},
	}
}
