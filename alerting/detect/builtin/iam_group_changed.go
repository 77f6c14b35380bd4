package builtin

import (
	"cmp"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamGroupChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-group-changed",
		Title:      "IAM group or user changed",
		Why:        "A user added to a group gets all permissions of the group.",
		Do:         "Confirm that the membership was approved.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003"},
		Controls:   []string{"CIS 4.4", "NIST AC-2"},
		Events:     events("iam", "AddUserToGroup", "CreateGroup", "UpdateGroup", "UpdateUser", "RemoveUserFromGroup", "DeleteGroup"),
		Ends:       events("iam", "RemoveUserFromGroup", "DeleteGroup"),
		Match: undone(changeGroup,
			undo{by: []string{"AddUserToGroup"}, over: []string{"RemoveUserFromGroup"}, of: []string{"groupName", "userName"}},
			undo{by: []string{"CreateGroup"}, over: []string{"DeleteGroup"}, of: []string{"groupName"}},
		),
		Examples: []detect.Example{
			ending(match("until the user is removed", "iam/AddUserToGroup", `{"userName":"bob","groupName":"Administrators"}`), "iam/RemoveUserFromGroup", `{"userName":"bob","groupName":"Administrators"}`),
			match("into administrators", "iam/AddUserToGroup", `{"userName":"bob","groupName":"Administrators"}`),
			miss("missing", "iam/AddUserToGroup", `{"userName":"bob","groupName":"x"}`, failed("NoSuchEntity")),
		},
	}
}

func changeGroup(in *detect.Input) *detect.Hit {
	group := param(in, "groupName")
	switch in.Record.EventName {
	case "AddUserToGroup":
		hit := done("added IAM user "+cmp.Or(param(in, "userName"), "(name unknown)")+" to group {}", "groupName")(in)
		if strings.Contains(strings.ToLower(group), "admin") {
			return at(alert.High, say(in, "added IAM user "+cmp.Or(param(in, "userName"), "(name unknown)")+" to group {}", group))
		}
		return hit
	case "CreateGroup":
		return done("created IAM group {}", "groupName")(in)
	case "UpdateUser":
		return done("changed the name or path of IAM user {}", "userName")(in)
	default:
		return done("changed the name or path of IAM group {}", "groupName")(in)
	}
}
