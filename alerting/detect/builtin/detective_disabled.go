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
		Events:     events("detective", "DeleteGraph", "DeleteMembers", "DisassociateMembership", "DisableOrganizationAdminAccount", "CreateGraph", "CreateMembers", "AcceptInvitation", "EnableOrganizationAdminAccount"),
		Ends:       events("detective", "CreateGraph", "CreateMembers", "AcceptInvitation", "EnableOrganizationAdminAccount"),
		Match: undone(tried("disabled Amazon Detective or removed members of behavior graph {}", "graphArn"),
			undo{by: []string{"DeleteGraph"}, over: []string{"CreateGraph"}},
			undo{by: []string{"DeleteMembers"}, over: []string{"CreateMembers"}, of: []string{"graphArn", "accountIds|accounts[].accountId"}},
			undo{by: []string{"DisassociateMembership"}, over: []string{"AcceptInvitation"}, of: []string{"graphArn"}},
			undo{by: []string{"DisableOrganizationAdminAccount"}, over: []string{"EnableOrganizationAdminAccount"}},
		),
		Examples: []detect.Example{
			ending(match("until there is a graph again", "detective/DeleteGraph", `{"graphArn":"g"}`), "detective/CreateGraph", ``),
			ending(match("until the member is back", "detective/DeleteMembers", `{"graphArn":"g","accountIds":["444455556666"]}`), "detective/CreateMembers", `{"graphArn":"g","accounts":[{"accountId":"444455556666"}]}`),
			match("deleted", "detective/DeleteGraph", `{"graphArn":"g"}`),
			miss("created", "detective/CreateGraph", ``),
		},
	}
}
