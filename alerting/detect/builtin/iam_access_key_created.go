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
		Events:     events("iam", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"),
		Ends:       events("iam", "DeleteAccessKey", "UpdateAccessKey"),
		Match: undone(createKey,
			undo{by: []string{"CreateAccessKey"}, over: []string{"DeleteAccessKey", "UpdateAccessKey"}, of: []string{"accessKeyId|accessKey.accessKeyId"}, when: retired},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "iam/CreateAccessKey", `{"userName":"bob"}`, answering(`{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}`)), "iam/DeleteAccessKey", `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}`),
			ending(match("until it is deactivated", "iam/CreateAccessKey", `{"userName":"bob"}`, answering(`{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}`)), "iam/UpdateAccessKey", `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Inactive"}`),
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

// retired reports whether a call deletes an access key or deactivates it.
func retired(in *detect.Input) bool {
	return in.Record.EventName == "DeleteAccessKey" || param(in, "status") == "Inactive"
}
