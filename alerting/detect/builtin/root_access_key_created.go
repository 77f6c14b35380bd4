package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rootAccessKeyCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "root-access-key-created",
		Title:      "Root user access key created",
		Why:        "A root access key has full access to the account and is not limited by MFA or IAM policies.",
		Do:         "Delete the key now, then find out who created it.",
		Severity:   alert.Critical,
		Techniques: []string{"T1098.001"},
		Controls:   []string{"CIS 1.4", "NIST AC-6"},
		Events:     events("iam", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"),
		Ends:       events("iam", "DeleteAccessKey", "UpdateAccessKey"),
		Match: undone(rootKey,
			undo{by: []string{"CreateAccessKey"}, over: []string{"DeleteAccessKey", "UpdateAccessKey"}, of: []string{"accessKeyId|accessKey.accessKeyId"}, when: retired},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "iam/CreateAccessKey", ``, answering(`{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}`), byRoot()), "iam/DeleteAccessKey", `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}`),
			ending(match("until it is deactivated", "iam/CreateAccessKey", ``, answering(`{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}`), byRoot()), "iam/UpdateAccessKey", `{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Inactive"}`),
			match("created", "iam/CreateAccessKey", ``, byRoot()),
			miss("a user's own", "iam/CreateAccessKey", ``),
		},
	}
}

func rootKey(in *detect.Input) *detect.Hit {
	if in.Record.UserIdentity.Type != "Root" || param(in, "userName") != "" {
		return nil
	}
	return say(in, "created an access key for the root user", "")
}
