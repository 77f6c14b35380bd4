package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamLoginProfile() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-login-profile",
		Title:      "IAM user console password created or changed",
		Why:        "The actor knows the new password and can sign in to the console as this user.",
		Do:         "Ask the user. Reset the password if they did not request it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1136.003"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("iam", "CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"),
		Ends:       events("iam", "DeleteLoginProfile"),
		Match: undone(setPassword,
			undo{by: []string{"CreateLoginProfile", "UpdateLoginProfile"}, over: []string{"DeleteLoginProfile"}, of: []string{"userName"}},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "iam/CreateLoginProfile", `{"userName":"ci"}`), "iam/DeleteLoginProfile", `{"userName":"ci"}`),
			match("another's password, from the console", "iam/UpdateLoginProfile", `{"userName":"bob"}`, byRole("IAM", "alice")),
			match("created", "iam/CreateLoginProfile", `{"userName":"ci"}`),
			miss("read", "iam/GetLoginProfile", `{"userName":"ci"}`),
		},
	}
}

// setPassword tells of a user's own new password, which the console sets from inside AWS under a session of the user's name, as
// low.
func setPassword(in *detect.Input) *detect.Hit {
	user := param(in, "userName")
	hit := tried("created or changed the console password of IAM user {}", "userName")(in)
	if rec := in.Record; rec.EventName == "UpdateLoginProfile" && user != "" && rec.SourceIPAddress == "AWS Internal" && rec.Actor().Session == user {
		return at(alert.Low, hit)
	}
	return hit
}
