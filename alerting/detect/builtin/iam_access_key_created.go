package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamAccessKeyCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-access-key-created",
		Title:      "IAM access key created",
		Why:        "Long-lived keys leak. A key created for another user is a common way to keep access.",
		Do:         "Ask the key's owner. Delete the key if they did not request it.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.001"},
		Controls:   []string{"CIS 1.13", "NIST AC-2"},
		Events:     events("iam", "CreateAccessKey"),
		NoEnd:      misused,
		Match:      createKey,
		Examples: []detect.Example{
			match("for another", "iam/CreateAccessKey", `{"userName":"bob"}`),
			match("refused", "iam/CreateAccessKey", `{"userName":"admin"}`, failed("AccessDenied")),
			miss("root, told by its own rule", "iam/CreateAccessKey", ``, byRoot()),
		},
	}
}

func createKey(in *detect.Input) *detect.Hit {
	rec, user := in.Record, param(in, "userName")
	if user == "" || user == rec.UserIdentity.UserName {
		if rec.UserIdentity.Type == "Root" {
			return nil
		}
		return done("created an access key for itself")(in)
	}
	return at(alert.Medium, say(in, "created an access key for IAM user {}", user))
}
