package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func organizationLeft() *detect.Rule {
	return &detect.Rule{
		ID:         "organization-left",
		Title:      "Account leaves the organization",
		Why:        "Outside the organization its guard rails, its central logging and its billing no longer hold.",
		Do:         "Refuse or undo the removal; find out who asked for it.",
		Severity:   alert.High,
		Techniques: []string{"T1562", "T1666"},
		Controls:   []string{"CIS 4.15", "NIST AC-2"},
		Events: slices.Concat(
			events("organizations", "LeaveOrganization", "RemoveAccountFromOrganization", "DeleteOrganization", "CloseAccount"),
			events("account", "CloseAccount"),
		),
		Match: tried("took an account out of the organization", "accountId"),
		Examples: []detect.Example{
			match("refused", "organizations/LeaveOrganization", ``, failed("AccessDenied")),
			miss("described", "organizations/DescribeOrganization", ``),
		},
	}
}
