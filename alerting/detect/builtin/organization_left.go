package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func organizationLeft() *detect.Rule {
	return &detect.Rule{
		ID:         "organization-left",
		Title:      "Account left the organization or was closed",
		Why:        "Service control policies, central logging and consolidated billing no longer apply to the account.",
		Do:         "Find out who requested it, then re-invite or reopen the account unless it was planned.",
		Severity:   alert.High,
		Techniques: []string{"T1562", "T1666"},
		Controls:   []string{"CIS 4.15", "NIST AC-2"},
		Events: slices.Concat(
			events("organizations", "LeaveOrganization", "RemoveAccountFromOrganization", "DeleteOrganization", "CloseAccount"),
			events("account", "CloseAccount"),
		),
		NoEnd: "Joining again does not put the account back into its organizational unit and under its policies.",
		Match: leaveOrganization,
		Examples: []detect.Example{
			match("refused", "organizations/LeaveOrganization", ``, failed("AccessDenied")),
			miss("described", "organizations/DescribeOrganization", ``),
		},
	}
}

func leaveOrganization(in *detect.Input) *detect.Hit {
	switch name := in.Record.EventName; name {
	case "DeleteOrganization":
		return tried("deleted the organization")(in)
	case "CloseAccount":
		return tried("closed account {}", "accountId")(in)
	case "LeaveOrganization":
		return say(in, "removed account {} from the organization ("+name+")", in.Record.OwnerAccount())
	default:
		return tried("removed account {} from the organization ("+name+")", "accountId")(in)
	}
}
